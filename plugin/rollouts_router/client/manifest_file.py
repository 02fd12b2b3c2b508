"""The manifest of a Rollout in a file or on stdin, YAML or JSON, as the contract carries it. Its fields are not looked at."""

import sys
from pathlib import Path
from typing import Final

import yaml
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.struct_pb2 import Struct

MAX_BYTES: Final = 4 * 1024 * 1024
"""Of a file; the API server takes objects of 1.5 MiB, as JSON."""

STDIN: Final = "-"
_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"


class UnusableFileError(Exception):
    """There is no manifest in it; the text says why."""


class _Loader(yaml.SafeLoader):
    """Reads the types of JSON only: what looks like a date is a text, as it is to kubectl."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - where PyYAML looks for them
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def manifest_in(path: str) -> Struct:
    """Read the one document at a path; `-` is stdin.

    Raises:
        UnusableFileError: It cannot be read, or is no map as JSON has one.
    """
    name = "stdin" if path == STDIN else path
    try:
        text = _text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableFileError(f"{name} cannot be read: {error}") from error
    if len(text) > MAX_BYTES:
        raise UnusableFileError(f"{name} is longer than {MAX_BYTES} bytes")
    try:
        return ParseDict(yaml.load(text, _Loader), Struct())  # noqa: S506 - a safe loader, see above
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark is not None else ""
        raise UnusableFileError(f"{name} is not one YAML document{line}") from error
    except (ParseError, TypeError, AttributeError, RecursionError) as error:
        raise UnusableFileError(f"{name} holds no manifest, which is a map as JSON has it") from error


def _text(path: str) -> str:
    if path == STDIN:
        return sys.stdin.read(MAX_BYTES + 1)
    with Path(path).open(encoding="utf-8") as file:
        return file.read(MAX_BYTES + 1)
