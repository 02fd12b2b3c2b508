"""Manifests and examples are clean for yamllint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifests.generate import FOLDER
from yamllint import linter
from yamllint.config import YamlLintConfig

if TYPE_CHECKING:
    from pathlib import Path

ROOT = FOLDER.parent
CONFIG = YamlLintConfig(file=str(ROOT / ".yamllint.yaml"))
FILES = [path for folder in (FOLDER, ROOT / "examples") for path in sorted(folder.rglob("*.yaml"))]


def test_every_file_is_clean() -> None:
    assert len(FILES) > 50
    assert not [f"{path.relative_to(ROOT)}: {problem}" for path in FILES for problem in _problems(path)]


def _problems(path: Path) -> list[object]:
    return [*linter.run(path.read_text(), CONFIG, str(path))]
