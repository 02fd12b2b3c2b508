"""From the locks and this checkout to what is given to users. Every other module here does one step of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bundle import (
    arches,
    archive,
    compiling,
    debs,
    launchers,
    licences,
    locks,
    pack,
    runtime,
    sbom,
    tools,
    wheels,
)
from bundle.errors import BundleError
from bundle.tree import File, Tree

if TYPE_CHECKING:
    from pathlib import Path

    from bundle.arches import Arch
    from bundle.locks import Pin
    from bundle.tools import Tools
    from bundle.wheels import Wheel

DEBIAN_LOCK: Final = tools.ROOT / "requirements" / "debian.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What one machine gets: the executable, the runtime tree in it, and what it says of its contents."""

    program: bytes
    tree: Tree
    sbom: bytes
    licences: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What both machines share: our own wheel, the locked archive files, the tools."""

    wheel: Wheel
    pins: tuple[Pin, ...]
    tools: Tools
    zstd: Tree


def inputs(wheel: Path, with_tools: Tools) -> Inputs:
    """Read the lock, and get the sources of zstd.

    Raises:
        BundleError: A lock is malformed, or the archive does not have what it names.
    """
    pins = locks.parse(DEBIAN_LOCK.read_text())
    source = next((pin for pin in pins if pin.arch == "source"), None)
    if source is None:
        raise BundleError(f"{DEBIAN_LOCK.name} has no line for the sources of zstd: run `make lock`")
    return Inputs(
        wheel=wheels.opened(wheel.read_bytes(), wheel.name),
        pins=pins,
        tools=with_tools,
        zstd=launchers.zstd_sources(archive.get(source)),
    )


def made(arch: Arch, given: Inputs) -> Made:
    """Everything for one machine. Takes a minute, and the downloads the first time.

    Raises:
        BundleError: Something could not be had, or does not fit together.
    """
    debian, others = _debian(given, arch), wheels.fetched(arch)
    tree = runtime.assemble(debian, [*others, given.wheel], arch)
    tree = _without_sources(tree, compiling.compiled(runtime.modules(tree), _host(given)))
    packages = {
        pin.name: pin.version for pin in given.pins if pin.arch == arch.name and pin.name not in sbom.NOT_IN
    }
    words = licences.text(debian, packages, others, _linked(given))
    tree = pack.identified({**tree, licences.FILE: File(words)})
    launcher = launchers.launcher(arch, given.zstd, given.tools)
    return Made(
        program=pack.executable(launcher, tree, given.tools.compress),
        tree=tree,
        sbom=_bill(given, others, arch),
        licences=words,
    )


def _debian(given: Inputs, arch: Arch) -> debs.Contents:
    contents = debs.Contents()
    for pin in given.pins:
        if pin.arch == arch.name:
            contents.add(archive.get(pin))
    return contents


def _host(given: Inputs) -> Tree:
    """A Python of the same packages that runs on the machine that builds."""
    arch = arches.of_this_machine()
    return runtime.interpreter(_debian(given, arch), arch)


def _without_sources(tree: Tree, compiled: Tree) -> Tree:
    return {path: file for path, file in tree.items() if not path.endswith(".py")} | compiled


def _linked(given: Inputs) -> dict[str, bytes]:
    return {
        "zstd": given.zstd[launchers.LICENCE].data,
        "musl": (given.tools.folder / launchers.MUSL_COPYRIGHT).read_bytes(),
        "zig's runtime library": (given.tools.folder / launchers.ZIG_LICENCE).read_bytes(),
    }


def _bill(given: Inputs, others: list[Wheel], arch: Arch) -> bytes:
    pins = [pin for pin in given.pins if pin.arch in {arch.name, "source"} and pin.name not in sbom.NOT_IN]
    rows = [sbom.of_pin(pin) for pin in pins] + [sbom.of_wheel(wheel) for wheel in others]
    return sbom.text(
        sbom.of_wheel(given.wheel), [*rows, sbom.of_musl(launchers.musl_version(given.tools))], arch
    )
