"""Generated files as people like to read them: YAML with long texts as blocks, JSON with an indent."""

import json
from typing import Final

import yaml

_WIDTH: Final = 1 << 20
"""Characters of a line: the emitter shall fold none."""


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as literal blocks."""


def _literal(dumper: yaml.SafeDumper, words: str) -> yaml.ScalarNode:
    """A block, unless the text has what a block cannot hold: other ends of lines, say, or a space in front."""
    lines = words.split("\n")
    fits = len(lines) > 1 and not words[0].isspace() and all(line.isprintable() for line in lines)
    return dumper.represent_scalar("tag:yaml.org,2002:str", words, style="|" if fits else None)


_Dumper.add_representer(str, _literal)


def block_yaml(value: object) -> str:
    """YAML of plain values, keys in the order given."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=_WIDTH, allow_unicode=True)


def pretty_json(value: object) -> str:
    """JSON of plain values, keys in the order given, with a last newline."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
