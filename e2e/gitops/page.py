"""The YAML of docs/gitops.md, by the name behind each block's opening fence. The tests read it from there only."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

if TYPE_CHECKING:
    from e2e.bed.kinds import Object

PAGE: Final = Path(__file__).parents[2] / "docs" / "gitops.md"
_BLOCK: Final = re.compile(r"^```yaml\s+(?P<name>\S*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> dict[str, Object]:
    """All blocks in the order of the page."""
    return {found["name"]: yaml.safe_load(found["text"]) for found in _BLOCK.finditer(PAGE.read_text())}


def block(name: str) -> Object:
    """One block."""
    return blocks()[name]


def laid_over(whole: Object, name: str) -> Object:
    """An object with a block laid over it: maps are merged, everything else is replaced."""
    return _merged(whole, block(name))


def _merged(under: Object, over: Object) -> Object:
    merged = copy.deepcopy(under)
    for field, value in over.items():
        below = merged.get(field)
        if isinstance(below, dict) and isinstance(value, dict):
            merged[field] = _merged(below, value)
        else:
            merged[field] = value
    return merged
