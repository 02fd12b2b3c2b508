"""`python -m bundle.relock`: writes requirements/debian.lock anew from the archive's own indexes. Builds nothing.

The indexes come by TLS from the mirror; their signatures are not checked here. A lock is reviewed like code.
"""

from __future__ import annotations

import lzma
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bundle import archive, locks
from bundle.arches import ARCHES
from bundle.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOCK: Final = Path(__file__).parents[1] / "requirements" / "debian.lock"
PACKAGES: Final = (
    "base-files",  # the licences that others only name
    "gcc-12-base",  # the copyright file of the two libraries of gcc
    "libc6",
    "libexpat1",
    "libffi8",
    "libgcc-s1",
    "libpython3.11-minimal",
    "libpython3.11-stdlib",
    "libssl3",
    "libstdc++6",
    "python3.11-minimal",
    "zlib1g",
)
SOURCE: Final = "libzstd"
SUITES: Final = ("debian/dists/bookworm", "debian-security/dists/bookworm-security")
FIELD: Final = re.compile(r"^([A-Za-z0-9-]+):[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)

Stanza = dict[str, str]


def main() -> int:
    """Write the lock; 1 when an index cannot be had or lacks a package."""
    try:
        pins = [*_binaries(), _source()]
    except (BundleError, lzma.LZMAError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    LOCK.write_text(locks.serialize(pins))
    return 0


def _binaries() -> Iterator[locks.Pin]:
    for arch in ARCHES:
        newest: dict[str, locks.Pin] = {}
        for pin in _offered(arch):
            _take(newest, pin)
        if missing := set(PACKAGES) - set(newest):
            raise BundleError(f"the archive has no {', '.join(sorted(missing))} for {arch}")
        yield from newest.values()


def _offered(arch: str) -> Iterator[locks.Pin]:
    """Every version of a package of ours, in every suite."""
    for suite in SUITES:
        for stanza in stanzas(_index(f"{suite}/main/binary-{arch}/Packages.xz")):
            if stanza["Package"] in PACKAGES:
                yield _binary_pin(arch, suite, stanza)


def _take(newest: dict[str, locks.Pin], pin: locks.Pin) -> None:
    known = newest.get(pin.name)
    if known is None or _is_newer(pin.version, known.version):
        newest[pin.name] = pin


def _binary_pin(arch: str, suite: str, stanza: Mapping[str, str]) -> locks.Pin:
    return locks.Pin(
        arch=arch,
        name=stanza["Package"],
        version=stanza["Version"],
        path=f"{suite.partition('/')[0]}/{stanza['Filename']}",
        sha256=stanza["SHA256"],
    )


def _source() -> locks.Pin:
    suite = SUITES[0]
    for stanza in stanzas(_index(f"{suite}/main/source/Sources.xz")):
        if stanza["Package"] == SOURCE:
            return _source_pin(stanza)
    raise BundleError(f"the archive has no source of {SOURCE}")


def _source_pin(stanza: Mapping[str, str]) -> locks.Pin:
    rows = (line.split() for line in stanza["Checksums-Sha256"].splitlines() if line.strip())
    sha256, name = next((row[0], row[2]) for row in rows if ".orig.tar." in row[2])
    return locks.Pin(
        arch="source",
        name=SOURCE,
        version=stanza["Version"],
        path=f"debian/{stanza['Directory']}/{name}",
        sha256=sha256,
    )


def stanzas(text: str) -> Iterator[Stanza]:
    """The paragraphs of a Debian control file, each as its fields."""
    for paragraph in text.split("\n\n"):
        fields = {found[1]: found[2] for found in FIELD.finditer(paragraph)}
        if fields:
            yield fields


def _index(path: str) -> str:
    return lzma.decompress(archive.fetch(path)).decode()


def _is_newer(version: str, than: str) -> bool:
    """By dpkg's rules, and dpkg's own word: the lock is written on Debian or a child of it."""
    command = ("dpkg", "--compare-versions", version, "gt", than)
    return subprocess.run(command, check=False, timeout=archive.TIMEOUT).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
