"""`python -m tests.gates.page`: writes the tables of docs/gates.md anew, from what the chart renders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.charts.rendering import ROOT
from tests.gates.gated import BUSINESS, gates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE: Final[Path] = ROOT / "docs" / "gates.md"
BEGIN, END = "<!-- thresholds -->", "<!-- end of thresholds -->"
WEIGHTS: Final = (5, 25, 50)  # one of each level


def thresholds() -> str:
    """The table of limits by criticality and level."""
    head = "| criticality | argument | up to 5 % | below 50 % | from 50 % |\n|---|---|---|---|---|\n"
    return head + "\n".join(_rows())


def page() -> str:
    """The page with its table made anew."""
    before, rest = PAGE.read_text().split(BEGIN)
    return f"{before}{BEGIN}\n\n{thresholds()}\n\n{END}{rest.split(END)[1]}"


def _rows() -> Iterator[str]:
    for criticality in ("low", "standard", "critical"):
        found = gates(criticality=criticality, gates={"business": BUSINESS})
        at = [found.args(weight) for weight in WEIGHTS]
        for name in at[0]:
            if not name.endswith("hash"):
                yield f"| {criticality} | `{name}` | {' | '.join(args[name] for args in at)} |"


if __name__ == "__main__":
    PAGE.write_text(page())
