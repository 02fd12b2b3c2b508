"""The named blocks of a page in docs/: what a fence with a language and a name holds. Nothing is run here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from e2e.install.shell import ROOT

_BLOCK: Final = re.compile(
    r"^```(?P<language>sh|yaml) (?P<name>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_ANY: Final = re.compile(r"^```(?:sh|yaml)(?P<name>.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """The text of each block, by its name."""

    blocks: dict[str, str]

    @classmethod
    def of(cls, name: str) -> Page:
        """A page of docs/; each of its blocks of shell and YAML has to have a name."""
        text = (ROOT / "docs" / name).read_text()
        found = {block["name"]: block["text"] for block in _BLOCK.finditer(text)}
        assert len(found) == len(_ANY.findall(text)), f"{name}: a block without a name, or a name twice"
        return cls(found)

    def __getitem__(self, name: str) -> str:
        """One block."""
        return self.blocks[name]
