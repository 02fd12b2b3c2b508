"""A tree of files as a value: what is to lie where, with no word of where it came from. The only disk access is `write`.

Folders are those that files need. There are no links, no owners and no times, so equal trees are equal bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class File:
    """A file's bytes, and whether it is a program."""

    data: bytes
    executable: bool = False


Tree = dict[str, File]
"""Files by their path, relative, with slashes."""

EXECUTABLE, READABLE = 0o755, 0o644


def folders(tree: Mapping[str, File]) -> list[str]:
    """All folders of the tree, each after the one that it is in."""
    parents = {str(parent) for path in tree for parent in PurePosixPath(path).parents}
    return sorted(parents - {"."})


def digest(tree: Mapping[str, File]) -> str:
    """64 hexadecimal digits that differ for trees that differ in a name, a byte, or in what is a program."""
    whole = hashlib.sha256()
    for path, file in sorted(tree.items()):
        whole.update(f"{path}\0{file.executable:d}{hashlib.sha256(file.data).hexdigest()}\n".encode())
    return whole.hexdigest()


def write(tree: Mapping[str, File], folder: Path) -> None:
    """Lay the tree into a folder."""
    for name in folders(tree):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for path, file in tree.items():
        (folder / path).write_bytes(file.data)
        (folder / path).chmod(EXECUTABLE if file.executable else READABLE)
