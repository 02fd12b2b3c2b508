"""Reads `requirements/debian.lock`: which Debian packages go in, in which version, with which bytes. Pure.

A line is `ARCH NAME VERSION PATH SHA256`; ARCH is `source` for an upstream source archive. PATH is below the mirror.
"""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Final

from bundle.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Iterable

FIELDS: Final = 5
SHA256: Final = re.compile(r"[0-9a-f]{64}")
HEADER: Final = (
    "# Debian packages of the executable; `make lock` writes this. ARCH NAME VERSION PATH SHA256\n"
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Pin:
    """A locked file of the Debian archive."""

    arch: str
    name: str
    version: str
    path: str
    sha256: str


def parse(text: str) -> tuple[Pin, ...]:
    """The pins of a lock.

    Raises:
        BundleError: A line is not one, or two pin the same package.
    """
    lines = ((number, line.split()) for number, line in enumerate(text.splitlines(), 1))
    pins = [_pin(number, words) for number, words in lines if words and not words[0].startswith("#")]
    keys = [(pin.arch, pin.name) for pin in pins]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise BundleError(f"debian.lock pins twice: {', '.join(' '.join(key) for key in sorted(twice))}")
    return tuple(pins)


def serialize(pins: Iterable[Pin]) -> str:
    """The lock with these pins."""
    return HEADER + "".join(f"{' '.join(astuple(pin))}\n" for pin in sorted(pins))


def _pin(number: int, words: list[str]) -> Pin:
    if len(words) != FIELDS or not SHA256.fullmatch(words[-1]):
        raise BundleError(f"debian.lock line {number}: expected ARCH NAME VERSION PATH SHA256")
    arch, name, version, path, sha256 = words
    return Pin(arch=arch, name=name, version=version, path=path, sha256=sha256)
