"""Runs a program of the build, with a bound on its time and its last words in the error. Nothing else."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

from bundle.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LIMIT: Final = 1800.0  # seconds; the longest job fetches a hundred megabytes
TAIL: Final = 15  # lines of a failed program that are worth showing


def run(
    command: Sequence[str | Path],
    *,
    environ: Mapping[str, str],
    folder: Path | None = None,
    given: bytes = b"",
) -> bytes:
    """What the program writes, given these bytes to read and this whole environment.

    Raises:
        BundleError: It failed, or took more than half an hour.
    """
    what = " ".join(str(word) for word in command[:4])
    try:
        done = subprocess.run(
            [str(word) for word in command],
            env=dict(environ),
            cwd=folder,
            input=given,
            capture_output=True,
            timeout=LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BundleError(f"`{what} ...` could not be run: {error}") from error
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).decode(errors="replace").splitlines()[-TAIL:])
        raise BundleError(f"`{what} ...` failed:\n{last}")
    return done.stdout
