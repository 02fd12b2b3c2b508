"""The compatibility matrix reads its versions where the builds read them."""

from pathlib import Path

import pytest
from pages.figures import targets
from pages.tables import PageError
from pages.versions import Pin, versions

ROOT = Path(__file__).parents[2]


def test_every_row_has_a_version() -> None:
    for line in versions(ROOT).splitlines()[2:]:
        assert any(character.isdigit() for character in line.split("|")[2]), line


def test_a_module_and_a_wheel_are_found(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("require (\n\texample.org/a/v2 v2.3.4 // indirect\n)\n")
    (tmp_path / "some.lock").write_text("proxy==1.2 \\\n    --hash=sha256:00\n")
    assert Pin("go.mod", "example.org/a/v2").version(tmp_path) == "2.3.4"
    assert Pin("some.lock", "proxy").version(tmp_path) == "1.2"


def test_a_pin_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module x\n")
    with pytest.raises(PageError, match="no version of example"):
        Pin("go.mod", "example").version(tmp_path)


def test_targets_are_taken_as_the_benchmark_wrote_them() -> None:
    page = "text\n\n| target   | limit |\n| -------- | ----- |\n| fast     | 2     |\n\n<!-- end -->"
    assert targets(page) == "| target | limit |\n| --- | --- |\n| fast | 2 |"


def test_a_page_without_targets_is_refused() -> None:
    with pytest.raises(PageError, match="no table of targets"):
        targets("nothing")
