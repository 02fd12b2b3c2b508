"""Certificates for a server on loopback and for its clients, made with openssl. What they allow is not known here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

LIMIT: Final = 30.0  # seconds for one call of openssl
_KEY: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True, slots=True)
class Authority:
    """A folder with `ca.crt` and `ca.key`, and whatever is issued there."""

    folder: Path

    @classmethod
    async def found(cls, folder: Path) -> Authority:
        """Make one."""
        await _openssl(
            folder, "req", "-x509", *_KEY, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.crt"
        )
        return cls(folder)

    @property
    def certificate(self) -> Path:
        """Its own."""
        return self.folder / "ca.crt"

    async def issue(self, name: str, subject: str, extension: str) -> tuple[Path, Path]:
        """A certificate for a subject in openssl's form, with its key."""
        (self.folder / f"{name}.ext").write_text(extension)
        files = ("-keyout", f"{name}.key", "-out", f"{name}.csr")
        await _openssl(self.folder, "req", *_KEY, "-subj", subject, *files)
        signer = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", f"{name}.ext")
        await _openssl(self.folder, "x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.crt", *signer)
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"


async def _openssl(folder: Path, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        "openssl", *arguments, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(LIMIT):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
