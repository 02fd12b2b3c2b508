"""Finds the shared libraries that programs and extension modules need, in Debian's packages and nowhere else. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bundle import elf
from bundle.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundle.arches import Arch
    from bundle.debs import Contents
    from bundle.tree import File, Tree

LOADER: Final = "lib/ld.so"
BY_NAME: Final = ("libgcc_s.so.1",)  # glibc opens it by this name when a thread is cancelled


def closure(tree: Mapping[str, File], debian: Contents, arch: Arch) -> Tree:
    """The loader and all libraries that the tree needs and lacks, in `lib/`, each under its soname.

    Raises:
        BundleError: One is in no package, or is for another machine.
    """
    found: Tree = {LOADER: _library(arch.loader, debian, arch)}
    present = {path.rpartition("/")[2] for path in tree} | {arch.loader}
    wanted = [name for path, file in sorted(tree.items()) for name in _needed(path, file.data, arch)]
    wanted += BY_NAME
    while wanted:
        name = wanted.pop()
        if name not in present:
            present.add(name)
            found[f"lib/{name}"] = library = _library(name, debian, arch)
            wanted += _needed(name, library.data, arch)
    return found


def _library(name: str, debian: Contents, arch: Arch) -> File:
    for folder in (f"lib/{arch.triplet}", f"usr/lib/{arch.triplet}"):
        if file := debian.find(f"{folder}/{name}"):
            return file
    raise BundleError(
        f"{name} for {arch.name} is in none of the locked Debian packages: add its package to the lock"
    )


def _needed(path: str, data: bytes, arch: Arch) -> tuple[str, ...]:
    if not elf.is_elf(data):
        return ()
    read = elf.parse(data)
    if read.machine != arch.elf:
        raise BundleError(f"{path} is for another machine than {arch.name} (e_machine {read.machine})")
    return read.needed
