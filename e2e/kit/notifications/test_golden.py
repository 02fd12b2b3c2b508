"""The golden files are what the stock controller's engine makes of the templates, now."""

from __future__ import annotations

from e2e.kit.notifications.golden import FOLDER, golden


def test_the_golden_files_are_what_the_engine_makes() -> None:
    """`python -m e2e.kit.notifications.golden` writes them anew."""
    made = golden()
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")} == made
