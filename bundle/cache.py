"""The folder outside the repository in which downloads, tools and built files are kept. Knows nothing of what they are."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def root() -> Path:
    """`$ROLLOUTS_ROUTER_CACHE`, else a folder of ours in the user's cache."""
    own = os.environ.get("ROLLOUTS_ROUTER_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rollouts-router"


def folder(kind: str, key: str, fill: Callable[[Path], None]) -> Path:
    """The folder of this kind and key; `fill` is given an empty one to fill if there is none yet.

    A folder that exists is complete: it is filled beside its place and renamed. Two processes at once fill one
    folder once; the second waits for as long as the first takes.
    """
    home = root() / kind / key
    home.parent.mkdir(parents=True, exist_ok=True)
    with locked(home.with_name(f".{key}.lock")):
        if not home.is_dir():
            scratch = Path(tempfile.mkdtemp(prefix=f".{key}-", dir=home.parent))
            try:
                fill(scratch)
                scratch.rename(home)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    return home


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file; the kernel drops the lock with the process."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
