"""One text with the licences of all that the executable contains, as their own files state them. Pure.

Debian's copyright files name the licences that they do not quote; those are put behind them. The wheels' licence
files are in their `.dist-info`. What is compiled into the launcher comes with its own text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bundle.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bundle.debs import Contents
    from bundle.tree import File
    from bundle.wheels import Wheel

FILE: Final = "LICENCES.txt"
COMMON: Final = "usr/share/common-licenses/"
NAMED: Final = re.compile(rf"/{COMMON}([A-Za-z0-9.-]*[A-Za-z0-9])")
WORDS: Final = re.compile(r"(^|/)(licen[cs]e|copying|notice|copyright)[^/]*$", re.IGNORECASE)
RULE: Final = "=" * 100
HEADER: Final = (
    "Licences of what is in this executable, besides rollouts-router itself.\n"
    "Sources of the Debian packages: `apt-get source NAME=VERSION`, or the archive of Debian, under these versions.\n"
)


def text(
    debian: Contents, packages: Mapping[str, str], wheels: Iterable[Wheel], linked: Mapping[str, bytes]
) -> bytes:
    """The whole text: `packages` are Debian's by name, with their versions; `linked` is what the launcher contains.

    Raises:
        BundleError: Something has no licence to show.
    """
    parts = [
        (f"{name} {version} (Debian)", _copyright(debian, name)) for name, version in sorted(packages.items())
    ]
    parts += _common(debian, b"".join(words for _, words in parts))
    parts += [part for wheel in wheels for part in _of_wheel(wheel)]
    parts += [(f"{name} (linked into the launcher)", words) for name, words in sorted(linked.items())]
    chapters = (f"\n{RULE}\n{title}\n{RULE}\n\n".encode() + words.strip() + b"\n" for title, words in parts)
    return HEADER.encode() + b"".join(chapters)


def _copyright(debian: Contents, name: str) -> bytes:
    file = debian.find(f"usr/share/doc/{name}/copyright")
    if file is None:
        raise BundleError(
            f"the Debian package {name} has no copyright file: lock the package that its folder links to"
        )
    return file.data


def _common(debian: Contents, copyrights: bytes) -> list[tuple[str, bytes]]:
    """The licences that those files name by their place on a Debian machine."""
    names = sorted(set(NAMED.findall(copyrights.decode())))
    found = {name: debian.find(f"{COMMON}{name}") for name in names}
    return [(f"{name} (Debian's copy)", file.data) for name, file in found.items() if file]


def _of_wheel(wheel: Wheel) -> Iterator[tuple[str, bytes]]:
    files: dict[str, File] = {
        path: file
        for path, file in sorted(wheel.files.items())
        if WORDS.search(path) and not path.endswith(".py")
    }
    if not files and not wheel.licence:
        raise BundleError(f"the wheel of {wheel.name} {wheel.version} states no licence")
    for path, file in files.items():
        yield f"{wheel.name} {wheel.version} (PyPI): {path}", file.data
    if not files:
        yield f"{wheel.name} {wheel.version} (PyPI)", wheel.licence.encode()
