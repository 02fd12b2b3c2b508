"""Compiles the launcher for either machine on this one: static, against musl, with zstd's decoder in it."""

from __future__ import annotations

import io
import re
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from bundle import cache, tools
from bundle.errors import BundleError
from bundle.tree import File, Tree, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundle.arches import Arch
    from bundle.tools import Tools

SOURCE: Final = Path(__file__).with_name("launcher") / "launcher.c"
DECODER: Final = ("lib/zstd.h", "lib/zstd_errors.h", "lib/common/", "lib/decompress/")
"""The parts of zstd's sources that unpacking takes."""
LICENCE: Final = "LICENSE"
FLAGS: Final = (
    "-Os",
    "-static",
    "-s",
    "-g0",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-ffunction-sections",
    "-fdata-sections",
    "-Wl,--gc-sections",
    "-DZSTD_DISABLE_ASM=1",
    "-DNDEBUG=1",
)
MUSL_COPYRIGHT: Final = "ziglang/lib/libc/musl/COPYRIGHT"
MUSL_VERSION: Final = "ziglang/lib/libc/musl/src/internal/version.h"
ZIG_LICENCE: Final = "ziglang/LICENSE"  # its runtime library, a few functions, is linked in


def launcher(arch: Arch, zstd: Tree, with_tools: Tools) -> bytes:
    """The compiled launcher; from the cache when nothing changed.

    Raises:
        BundleError: It does not compile.
    """

    def fill(folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="rollouts-router-") as scratch:
            _compile(arch, zstd, with_tools, Path(scratch))
            (folder / "launcher").write_bytes(Path(scratch, "launcher").read_bytes())

    key = tools.keyed(SOURCE.read_bytes(), tools.LOCK.read_bytes(), repr((FLAGS, sorted(zstd))).encode())
    return (cache.folder("launchers", f"{arch.name}-{key}", fill) / "launcher").read_bytes()


def zstd_sources(archive: bytes) -> Tree:
    """What is taken of zstd's source archive: the decoder, and its licence.

    Raises:
        BundleError: The archive is damaged or laid out otherwise.
    """
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        files = {
            str(PurePosixPath(*PurePosixPath(member.name).parts[1:])): File(stream.read())
            for member in opened
            if member.isfile() and (stream := opened.extractfile(member))
        }
    taken = {path: file for path, file in files.items() if path.startswith(DECODER) or path == LICENCE}
    if LICENCE not in taken:
        raise BundleError("the locked source archive of zstd has no LICENSE: look whether its layout changed")
    return taken


def musl_version(of_tools: Tools) -> str:
    """Which musl is linked in.

    Raises:
        BundleError: The compiler's copy of it does not say.
    """
    found = re.search(r'"([0-9][^"]*)"', (of_tools.folder / MUSL_VERSION).read_text())
    if found is None:
        raise BundleError(f"{MUSL_VERSION} of the locked ziglang names no version of musl")
    return found[1]


def _compile(arch: Arch, zstd: Tree, with_tools: Tools, scratch: Path) -> None:
    """Names are relative, so that no folder of this machine gets into the program."""
    write({**zstd, "launcher.c": File(SOURCE.read_bytes())}, scratch)
    sources: Sequence[str] = ("launcher.c", *(path for path in sorted(zstd) if path.endswith(".c")))
    target = ("-target", f"{arch.machine}-linux-musl")
    with_tools.python(
        "-m", "ziglang", "cc", *target, *FLAGS, "-Ilib", *sources, "-o", "launcher", folder=scratch
    )
