"""What is given to users, laid out in a folder: executables, their papers, image, wheel, sdist, and the list of sums."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING, Final

from bundle import cache, oci, project, tools
from bundle.build import Made, inputs, made
from bundle.errors import BundleError
from bundle.tree import EXECUTABLE, write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bundle.arches import Arch

LARGEST: Final = 25_000_000  # bytes that an executable may take
SUMS: Final = "SHA256SUMS"
OCI: Final = "oci"
DECIDING: Final = ("pyproject.toml", "README.md", "plugin", "bundle", "requirements")
"""What the executable's bytes depend on, below the root of the repository."""


def name_for(arch: Arch) -> str:
    """The executable's file name."""
    return f"rollouts-router-linux-{arch.name}"


def cached(arch: Arch) -> Path:
    """The folder of a build for this machine alone, from the cache if nothing changed that decides its bytes.

    Raises:
        BundleError: As `build_into`.
    """
    parts = [path.read_bytes() for path in _deciding()]
    return cache.folder(
        "dist", f"{arch.name}-{tools.keyed(*parts)}", lambda folder: build_into(folder, [arch])
    )


def _deciding() -> list[Path]:
    found = [tools.ROOT / name for name in DECIDING]
    below = [path for folder in found for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path for path in (*found, *below) if path.is_file() and "__pycache__" not in path.parts]


def build_into(folder: Path, chosen: Iterable[Arch]) -> None:
    """Replace the folder by a fresh one with everything for these machines.

    Raises:
        BundleError: As `build.made`, or an executable is too large.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with_tools = tools.ready()
    wheel, _ = project.wheel_and_sdist(folder, with_tools)
    shared = inputs(wheel, with_tools)
    results = {arch: made(arch, shared) for arch in chosen}
    images = {arch: _lay_out(folder, arch, result) for arch, result in results.items()}
    write(oci.layout(images, shared.wheel.version), folder / OCI)
    _write_sums(folder)


def _lay_out(folder: Path, arch: Arch, result: Made) -> tuple[oci.Layer, ...]:
    """Write one machine's files; the layers of its image."""
    name = name_for(arch)
    if len(result.program) > LARGEST:
        raise BundleError(f"{name} has {len(result.program)} bytes, {LARGEST} are allowed: see what got in")
    (folder / name).write_bytes(result.program)
    (folder / name).chmod(EXECUTABLE)
    (folder / f"{name}.cdx.json").write_bytes(result.sbom)
    (folder / f"{name}.licences.txt").write_bytes(result.licences)
    runtime = oci.runtime_layer(result.tree)
    (folder / f"{name}.runtime.tar.gz").write_bytes(runtime.data)
    return runtime, oci.program_layer(result.program)


def _write_sums(folder: Path) -> None:
    """For every file, those of the image too, in the form that `sha256sum --check` reads."""
    sums = (f"{digest}  {name}\n" for name, digest in digests(folder).items())
    (folder / SUMS).write_text("".join(sums))


def digests(folder: Path) -> dict[str, str]:
    """The sha256 of every file below the folder, but for the list of them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
