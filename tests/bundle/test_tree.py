"""A tree as a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bundle.tree import File

from bundle import tree as trees

if TYPE_CHECKING:
    from pathlib import Path

TREE = {"lib/a/b.py": File(b"1"), "lib/c": File(b""), "run": File(b"2", executable=True)}


def test_folders_are_those_of_the_files_each_after_its_parent() -> None:
    assert trees.folders(TREE) == ["lib", "lib/a"]


@pytest.mark.parametrize(
    "other",
    [
        {**TREE, "lib/c": File(b"x")},
        {**TREE, "lib/c": File(b"", executable=True)},
        {**TREE, "d": File(b"")},
        {path: file for path, file in TREE.items() if path != "run"},
    ],
)
def test_trees_that_differ_in_anything_differ_in_their_digest(other: dict[str, File]) -> None:
    assert trees.digest(other) != trees.digest(TREE)


def test_the_order_of_files_does_not_matter_to_the_digest() -> None:
    assert trees.digest(dict(reversed(TREE.items()))) == trees.digest(TREE)


def test_it_is_written_as_it_is(tmp_path: Path) -> None:
    trees.write(TREE, tmp_path)
    written = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    assert {name: path.read_bytes() for name, path in written.items()} == {
        name: file.data for name, file in TREE.items()
    }
    assert [name for name, path in written.items() if path.stat().st_mode & 0o100] == ["run"]
