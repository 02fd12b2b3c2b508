"""Prometheus and promtool out of Debian's package, laid into the cache. Starts neither.

The package is fetched as those of the executable are (see `bundle.archive`) and believed only by the sum in
`prometheus.lock`. Nothing is installed and no root is needed: of the package the two programs are taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bundle.errors import BundleError

from bundle import arches, archive, cache, debs, locks, tree
from e2e.bed.errors import BuildError

if TYPE_CHECKING:
    from bundle.locks import Pin

LOCK: Final = Path(__file__).with_name("prometheus.lock")
PROGRAMS: Final = ("prometheus", "promtool")


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the two programs are on disk."""

    prometheus: Path
    promtool: Path


def programs() -> Programs:
    """Both programs; the first call on a machine fetches 19 MB.

    Raises:
        BuildError: The package could not be had, or is not the one of the lock.
    """
    try:
        pin = _pin()
        folder = cache.folder("prometheus", pin.sha256[:16], lambda empty: _unpack(pin, empty))
    except BundleError as error:
        raise BuildError(f"Debian's Prometheus: {error}") from error
    return Programs(*(folder / name for name in PROGRAMS))


def _pin() -> Pin:
    """The package for this machine."""
    arch = arches.of_this_machine()
    return next(pin for pin in locks.parse(LOCK.read_text()) if pin.arch == arch.name)


def _unpack(pin: Pin, folder: Path) -> None:
    package = debs.Contents()
    package.add(archive.get(pin))
    found = {name: package.find(f"usr/bin/{name}") for name in PROGRAMS}
    tree.write({name: file for name, file in found.items() if file is not None}, folder)
