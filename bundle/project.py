"""Our own wheel and sdist, by the project's build backend, without a network."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bundle import tools
from bundle.errors import BundleError

if TYPE_CHECKING:
    from bundle.tools import Tools


def wheel_and_sdist(folder: Path, with_tools: Tools) -> tuple[Path, Path]:
    """Build both into the folder. The same checkout gives the same bytes.

    Raises:
        BundleError: The backend failed.
    """
    with tempfile.TemporaryDirectory(prefix="rollouts-router-") as scratch:
        with_tools.python("-m", "hatchling", "build", "--directory", scratch, folder=tools.ROOT)
        built = sorted(Path(scratch).iterdir())
        folder.mkdir(parents=True, exist_ok=True)
        moved = [Path(shutil.copy(file, folder)) for file in built]
    wheel = next((file for file in moved if file.suffix == ".whl"), None)
    sdist = next((file for file in moved if file.name.endswith(".tar.gz")), None)
    if wheel is None or sdist is None:
        raise BundleError(
            f"hatchling built {[file.name for file in built]}, a wheel and an sdist were expected"
        )
    return wheel, sdist
