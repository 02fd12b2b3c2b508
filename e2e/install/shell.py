"""Commands as pages have them, run by a shell against a bed: with the real kubectl and its plugin for Argo Rollouts.

The shell stands in a folder that looks like the repository's root. What is run is the callers' business.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from e2e.bed import binaries
from e2e.bed.errors import BedError

if TYPE_CHECKING:
    from e2e.bed.control_plane import ControlPlane

ROOT: Final = Path(__file__).parents[2]
SEEN: Final = ("manifests", "examples")
LIMIT: Final = 120.0  # seconds for a command; the release's CRDs are three megabytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """A shell with `kubectl`, as the bed's admin. `folder` is where it stands."""

    kubeconfig: Path
    folder: Path

    @classmethod
    def at(cls, plane: ControlPlane, folder: Path) -> Self:
        """One for this bed, in a folder of its own."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in SEEN:
            (folder / name).symlink_to(ROOT / name)
        return cls(kubeconfig=plane.kubeconfig("admin"), folder=folder)

    async def run(self, command: str, *, given: str = "") -> str:
        """What a line of shell prints; `given` is its standard input.

        Raises:
            BedError: Its exit status is not 0; the text holds what it printed.
        """
        plugin = await asyncio.to_thread(binaries.program, "kubectl-argo-rollouts")
        places = (Path(sys.executable).parent, plugin.parent, Path(os.environ["PATH"]))
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-ec",
            command,
            cwd=self.folder,
            env={
                "PATH": ":".join(map(str, places)),
                "HOME": str(self.folder),
                "KUBECONFIG": str(self.kubeconfig),
            },
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(LIMIT):
            said, _ = await process.communicate(given.encode())
        if process.returncode:
            raise BedError(f"{command}\nended with {process.returncode}:\n{said.decode()}")
        return said.decode()
