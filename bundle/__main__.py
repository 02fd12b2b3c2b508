"""`python -m bundle [--out FOLDER] [--arch NAME] [--twice]`: builds everything that is given to users.

`--twice` builds all of it a second time and fails unless every file is the same, byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bundle import arches, oci, project, tools
from bundle.build import Inputs, Made, inputs, made
from bundle.errors import BundleError
from bundle.tree import EXECUTABLE, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bundle.arches import Arch

LARGEST: Final = 25_000_000  # bytes that an executable may take
SUMS: Final = "SHA256SUMS"
OCI: Final = "oci"


def main(words: Sequence[str]) -> int:
    """Build; 1 when that fails, with one sentence that says why."""
    parser = argparse.ArgumentParser(prog="python -m bundle", description=__doc__)
    parser.add_argument("--out", type=Path, default=tools.ROOT / "dist", help="where to (default: dist)")
    parser.add_argument("--arch", choices=arches.ARCHES, action="append", help="only this machine")
    parser.add_argument("--twice", action="store_true", help="build again and compare")
    given = parser.parse_args(words)
    chosen = [arches.ARCHES[name] for name in given.arch or arches.ARCHES]
    try:
        build_into(given.out, chosen)
        if given.twice:
            _compare_with_another(given.out, chosen)
    except (BundleError, OSError) as error:
        sys.stderr.write(f"not built: {error}\n")
        return 1
    sys.stdout.write((given.out / SUMS).read_text())
    return 0


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
    for arch, result in results.items():
        _lay_out(folder, arch, result)
    _write_image(folder / OCI, results, shared)
    _write_sums(folder)


def _lay_out(folder: Path, arch: Arch, result: Made) -> None:
    name = f"rollouts-router-linux-{arch.name}"
    if len(result.program) > LARGEST:
        raise BundleError(f"{name} has {len(result.program)} bytes, {LARGEST} are allowed: see what got in")
    (folder / name).write_bytes(result.program)
    (folder / name).chmod(EXECUTABLE)
    (folder / f"{name}.cdx.json").write_bytes(result.sbom)
    (folder / f"{name}.licences.txt").write_bytes(result.licences)


def _write_image(folder: Path, results: Mapping[Arch, Made], shared: Inputs) -> None:
    images = {arch: (result.program, result.tree) for arch, result in results.items()}
    write(oci.layout(images, shared.wheel.version), folder)


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


def _compare_with_another(folder: Path, chosen: Sequence[Arch]) -> None:
    with tempfile.TemporaryDirectory(prefix="rollouts-router-") as scratch:
        build_into(Path(scratch, "dist"), chosen)
        first, second = digests(folder), digests(Path(scratch, "dist"))
    if differing := sorted(name for name in first | second if first.get(name) != second.get(name)):
        raise BundleError(f"a second build gave other bytes: {', '.join(differing)}")
    sys.stdout.write(f"built twice, the same {len(first)} files\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
