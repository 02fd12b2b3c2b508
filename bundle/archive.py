"""Gets files of the Debian archive over HTTP, with no apt and no root, and believes only what the lock says of them."""

from __future__ import annotations

import hashlib
import os
import tempfile
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bundle import cache
from bundle.errors import BundleError

if TYPE_CHECKING:
    from bundle.locks import Pin

MIRROR: Final = "ROLLOUTS_ROUTER_DEBIAN_MIRROR"
OFFICIAL: Final = "https://deb.debian.org"
TIMEOUT: Final = 60.0  # seconds without a byte
LARGEST: Final = 256 << 20  # bytes; the largest index takes fifty million when unpacked, a package three


def get(pin: Pin) -> bytes:
    """The file that this pin names; from the cache when it was fetched before.

    Raises:
        BundleError: The mirror does not have it, or has other bytes.
    """
    kept = cache.root() / "debian" / pin.sha256
    if kept.is_file() and _sha256(data := kept.read_bytes()) == pin.sha256:
        return data
    data = fetch(pin.path)
    if _sha256(data) != pin.sha256:
        raise BundleError(
            f"{mirror()}/{pin.path} has sha256 {_sha256(data)}, the lock says {pin.sha256}: do not use that mirror"
        )
    _keep(data, kept)
    return data


def fetch(path: str) -> bytes:
    """Whatever the mirror has at this path.

    Raises:
        BundleError: It could not be had.
    """
    url = f"{mirror()}/{path}"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:  # noqa: S310 -- the user names the mirror
            got: bytes = answer.read(LARGEST)
    except (urllib.error.URLError, HTTPException, TimeoutError, ValueError) as error:
        raise BundleError(
            f"{url}: {error}. Mirrors drop packages that have a newer version: run `make lock`, "
            f"or set {MIRROR} to an archive that keeps them"
        ) from error
    return got


def mirror() -> str:
    """Where Debian's archives are looked for: below it lie `debian` and `debian-security`."""
    return (os.environ.get(MIRROR) or OFFICIAL).rstrip("/")


def _keep(data: bytes, at: Path) -> None:
    at.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=at.parent) as scratch:  # so a file that is there is complete
        draft = Path(scratch, at.name)
        draft.write_bytes(data)
        draft.rename(at)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
