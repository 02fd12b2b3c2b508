"""docs/lint.md: its tables of rules are made of the rules. `python -m tests.lint.page` writes them anew."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rollouts_router.lint.catalogue import FAMILIES, Family

PAGE: Final = Path(__file__).parents[2] / "docs" / "lint.md"
BEGIN: Final = "<!-- rules: made by python -m tests.lint.page -->\n"


def page(written: str) -> str:
    """The page with its own words as they are and its tables as the rules are."""
    words, mark, _ = written.partition(BEGIN)
    assert mark, f"{PAGE.name} has lost the line that its tables begin at"
    sections = "\n".join("".join(_section(family)) for family in FAMILIES)
    return f"{words}{BEGIN}\n{sections}"


def _section(family: Family) -> Iterator[str]:
    yield f"### {family.title}\n\n| code | | what | what to do |\n|---|---|---|---|\n"
    for rule in family.rules:
        yield f"| {rule.code} | {rule.severity.value} | {_cell(rule.title)} | {_cell(rule.remedy)} |\n"


def _cell(text: str) -> str:
    """Text in a cell of a table; what looks like Markdown in it is YAML."""
    return text.replace("|", "\\|").replace("*", "\\*")


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
