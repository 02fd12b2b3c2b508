"""The programs that build: C compiler, zstd, hatchling, out of the hashed wheels of requirements/dist.lock.

pip puts them into a folder of the cache, so that neither the machine nor the development environment changes.
"""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bundle import cache, commands

ROOT: Final = Path(__file__).parents[1]
LOCK: Final = ROOT / "requirements" / "dist.lock"
PIP: Final = ("-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
EPOCH: Final = "1700000000"  # any moment will do, if it is always the same; zip files know none before 1980
COMPRESS: Final = """
import sys, zstandard
compressor = zstandard.ZstdCompressor(level=19, write_checksum=True, write_content_size=True)
sys.stdout.buffer.write(compressor.compress(sys.stdin.buffer.read()))
"""


@dataclass(frozen=True, slots=True)
class Tools:
    """The folder with the tools' packages."""

    folder: Path

    def python(self, *arguments: str | Path, folder: Path | None = None, given: bytes = b"") -> bytes:
        """Run this interpreter, with the tools importable and nothing random; what it writes.

        Raises:
            BundleError: It failed.
        """
        environ = {
            **os.environ,
            "PYTHONPATH": str(self.folder),
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SOURCE_DATE_EPOCH": EPOCH,
            "ZIG_GLOBAL_CACHE_DIR": str(cache.root() / "zig"),
            "ZIG_LOCAL_CACHE_DIR": str(cache.root() / "zig"),
        }
        return commands.run((sys.executable, *arguments), environ=environ, folder=folder, given=given)

    def compress(self, data: bytes) -> bytes:
        """A zstd frame of its strongest common level, with a checksum. The same bytes give the same frame."""
        return self.python("-c", COMPRESS, given=data)


def ready() -> Tools:
    """The tools, fetched the first time.

    Raises:
        BundleError: pip could not fetch them.
    """
    return Tools(cache.folder("tools", keyed(LOCK.read_bytes()), _install))


def pip(*arguments: str | Path) -> None:
    """Run pip.

    Raises:
        BundleError: It failed.
    """
    commands.run((sys.executable, *PIP, *arguments), environ=os.environ)


def keyed(*parts: bytes) -> str:
    """A short name for these bytes under this interpreter."""
    whole = hashlib.sha256(sys.version.encode())
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:16]


def _install(folder: Path) -> None:
    pip("install", "--require-hashes", "--no-deps", "--only-binary=:all:", "--target", folder, "-r", LOCK)
