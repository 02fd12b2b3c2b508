"""What this repository itself gives to users keeps the rules; notes may stand."""

import re
from pathlib import Path

import pytest

from rollouts_router.findings.model import Severity
from rollouts_router.lint.linting import Text, lint
from rollouts_router.lint.sources import texts

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT / name for name in ("manifests", "examples", "tests/golden/charts")]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]


def bad(given: list[Text]) -> list[str]:
    """What is found and is more than a note."""
    found = [each for each in lint(given) if each.rule.severity is not Severity.NOTE]
    return [f"{each.place.file}:{each.place.line}: {each.rule.code} {each.sentence}" for each in found]


@pytest.mark.parametrize(
    "folder", [each for each in FOLDERS if each.exists()], ids=lambda folder: folder.name
)
def test_a_folder_of_manifests_keeps_the_rules(folder: Path) -> None:
    """Of the charts, what they are rendered to."""
    given = list(texts([str(folder)]))

    assert given
    assert bad(given) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_pages_show_keeps_the_rules(page: Path) -> None:
    blocks = re.findall(r"```ya?ml\n(.*?)```", page.read_text(), re.DOTALL)

    assert [line for at, block in enumerate(blocks) for line in bad([Text(f"block {at + 1}", block)])] == []
