"""What README shows of docs/performance.md, which `make bench` writes. Nothing is measured or judged here."""

from __future__ import annotations

from typing import Final

from pages.tables import PageError, table

_TARGETS: Final = "| target "


def targets(page: str) -> str:
    """The table of targets of the last run, a line for each floor.

    Raises:
        PageError: the page has no such table.
    """
    _, found, after = page.partition(_TARGETS)
    if not found:
        raise PageError("docs/performance.md has no table of targets")
    lines = (_TARGETS + after.split("\n\n", 1)[0]).splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return table(rows[0], rows[2:])
