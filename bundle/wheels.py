"""The Python packages that go in: fetched as wheels by requirements/runtime.lock, for either machine, and opened."""

from __future__ import annotations

import email
import hashlib
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bundle import cache, tools
from bundle.errors import BundleError
from bundle.tree import File, Tree

if TYPE_CHECKING:
    from pathlib import Path

    from bundle.arches import Arch

LOCK: Final = tools.ROOT / "requirements" / "runtime.lock"
PYTHON: Final = "3.11"  # Debian 12's, whatever version builds


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """An opened wheel: what its METADATA says, its files as they lie after an installation, its own sum."""

    name: str
    version: str
    licence: str
    files: Tree
    sha256: str = ""


def fetched(arch: Arch) -> list[Wheel]:
    """The wheels of the lock for this machine, in the order of their names.

    Raises:
        BundleError: pip could not fetch one, or one cannot be opened.
    """

    def fill(folder: Path) -> None:
        tags = [word for tag in arch.wheel_platforms for word in ("--platform", tag)]
        exactly = ("--require-hashes", "--no-deps", "--only-binary=:all:", "--implementation", "cp")
        tools.pip("download", *exactly, "--python-version", PYTHON, *tags, "--dest", folder, "-r", LOCK)

    folder = cache.folder("runtime-wheels", f"{arch.name}-{tools.keyed(LOCK.read_bytes())}", fill)
    return [opened(file.read_bytes(), file.name) for file in sorted(folder.glob("*.whl"))]


def opened(data: bytes, file_name: str) -> Wheel:
    """A wheel's contents.

    Raises:
        BundleError: It is damaged, or wants to install more than packages.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [each for each in archive.namelist() if not each.endswith("/")]
            files = {_placed(member): File(archive.read(member)) for member in members}
    except (zipfile.BadZipFile, ValueError) as error:
        raise BundleError(f"{file_name} cannot be opened: {error}") from error
    about = next((path for path in files if path.endswith(".dist-info/METADATA")), None)
    if about is None:
        raise BundleError(f"{file_name} has no METADATA")
    metadata = email.message_from_bytes(files[about].data)
    licence = metadata["License-Expression"] or metadata["License"] or ""
    return Wheel(
        name=metadata["Name"],
        version=metadata["Version"],
        licence=str(licence),
        files=files,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _placed(member: str) -> str:
    """Where a member goes: the libraries of a `.data` folder lie beside the others."""
    folder, _, rest = member.partition("/")
    if not folder.endswith(".data"):
        return member
    scheme, _, inner = rest.partition("/")
    if scheme not in {"purelib", "platlib"}:
        return member  # scripts and the like, which `runtime` does not take
    return inner
