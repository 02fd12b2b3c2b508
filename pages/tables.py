"""Markdown tables, and the marks between which they stand in a page. What they say is not known here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class PageError(Exception):
    """A page's marks and the tables that are made do not fit together."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar in a cell is escaped, as it would end the cell."""
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def filled(page: str, tables: Mapping[str, str]) -> str:
    """The page with each table between its marks.

    Raises:
        PageError: a mark names no table, or is not closed.
    """
    if page.count(_OPENED) != len(_BLOCK.findall(page)):
        raise PageError(f'a mark "{_OPENED} NAME" is not followed by its "<!-- end of NAME -->"')
    return _BLOCK.sub(lambda found: _block(found["name"], tables), page)


def names(page: str) -> list[str]:
    """The tables that a page asks for, in order."""
    return [found["name"] for found in _BLOCK.finditer(page)]


_OPENED = "<!-- made by `make pages`:"
_BLOCK = re.compile(rf"{re.escape(_OPENED)} (?P<name>[a-z-]+) -->\n.*?<!-- end of (?P=name) -->", re.DOTALL)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _block(name: str, tables: Mapping[str, str]) -> str:
    if name not in tables:
        raise PageError(f'no table is called "{name}"; there are {", ".join(sorted(tables))}')
    return f"{_OPENED} {name} -->\n{tables[name]}\n<!-- end of {name} -->"
