"""What a test wants of the container and what it gets back. The container itself is `container.py`, a program of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from e2e.bed.errors import BedError

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM: Final = Path(__file__).with_name("container.py")
PLUGIN_BIN: Final = "/home/argo-rollouts/plugin-bin"
PLUGIN: Final = f"{PLUGIN_BIN}/gatewayAPI"
USER: Final = 999
OWN_ONLY, SHARED = 0o700, 0o1777
COOKIE: Final = {"ARGO_ROLLOUTS_RPC_PLUGIN": "trafficrouter"}
LIMIT: Final = 300.0  # seconds for a whole order
NO_EXECUTE: Final = 8  # MS_NOEXEC of mount(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One start of the plugin in the container.

    Attributes:
        refused: Why the kernel did not start it at all.
        processes: The command lines that ran when the handshake line was out.
        left: The same after the plugin was killed.
        resident: Kibibytes in memory at rest, if that was asked for.
        milliseconds: From just before the start to the handshake line.
        cpu: Milliseconds of processor time in all.
    """

    refused: str = ""
    line: str = ""
    said: str = ""
    status: int = 0
    processes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    resident: int = 0
    milliseconds: int = 0
    cpu: int = 0


@dataclass(kw_only=True)
class Container:
    """A container that may be run several times; its /tmp and plugin-bin stay, as in a pod."""

    folder: Path
    volume: Path | None = None
    remounts: dict[str, int] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Makes the two folders that can be written to."""
        for path in (self.plugin_bin, self.tmp, self.folder / "root"):
            path.mkdir(exist_ok=True)
        self.tmp.chmod(SHARED)
        self.hand_over(self.plugin_bin)

    @property
    def plugin_bin(self) -> Path:
        """The controller's folder for plugins, from outside."""
        return self.folder / "plugin-bin"

    @property
    def tmp(self) -> Path:
        """The container's /tmp, from outside."""
        return self.folder / "tmp"

    def receives(self, executable: Path) -> None:
        """The controller copies the file, as `location: file://` makes it do."""
        copy = self.plugin_bin / "gatewayAPI"
        shutil.copyfile(executable, copy)
        self.hand_over(copy)

    def hand_over(self, path: Path) -> None:
        """Give a file or folder to user 999, who is us where we are not root."""
        path.chmod(OWN_ONLY)
        if os.getuid() == 0:
            os.chown(path, USER, USER)

    def start(self, starts: int = 1, *, rests: bool = False) -> list[Seen]:
        """Start the plugin, one time after the other, and kill it as soon as it has spoken, or rests.

        Raises:
            BedError: There is no container to be had; the text says why.
        """
        return self._ordered((PLUGIN,), starts=starts, environ=COOKIE, serves=True, rests=rests)

    def run(self, *command: str) -> Seen:
        """Run a program to its end, with no environment.

        Raises:
            BedError: As `start`.
        """
        return self._ordered(command, starts=1, environ={}, serves=False, rests=False)[0]

    def _ordered(
        self, command: tuple[str, ...], *, starts: int, environ: Mapping[str, str], serves: bool, rests: bool
    ) -> list[Seen]:
        order = {
            "root": str(self.folder / "root"),
            "tmp": str(self.tmp),
            "plugin_bin": str(self.plugin_bin),
            "volume": str(self.volume) if self.volume else "",
            "remounts": self.remounts,
            "command": command,
            "environ": {**environ, **self.environ},
            "starts": starts,
            "serves": serves,
            "rests": rests,
        }
        done = subprocess.run(
            (sys.executable, str(PROGRAM), json.dumps(order)), capture_output=True, timeout=LIMIT, check=False
        )
        if done.returncode:
            raise BedError(f"no container: {done.stderr.decode(errors='replace')}")
        return msgspec.json.decode(done.stdout, type=list[Seen])


def why_not(folder: Path) -> str:
    """Why this machine lets us make no container; empty when it does."""
    try:
        Container(folder=folder).run("/nothing")
    except (BedError, OSError) as error:
        return f"{error}: it takes root, or user namespaces that anyone may make"
    return ""
