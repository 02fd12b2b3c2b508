"""One bed for all test processes: kept by a thread of the process that pytest was started as, joined by the others.

What tests do in the bed does not live here. The only thing that passes between the processes is one file.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from e2e.bed import servers, waiting
from e2e.bed.control_plane import ControlPlane
from e2e.bed.controller import Plugin, RolloutsController
from e2e.bed.errors import BedError
from e2e.bed.identities import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

MEETING_POINT = pytest.StashKey[Path]()  # in pytest's configuration: where the bed is announced
COMMAND_VARIABLE = "ROLLOUTS_ROUTER_COMMAND"
ROOT = Path(__file__).parents[2]
COMMAND = ROOT / ".venv" / "bin" / "rollouts-router"
RIGHTS = ROOT / "manifests" / "rbac.yaml"
START = 3600.0  # seconds; with a cold cache all programs are built first, else it takes ten
STOP = 60.0  # seconds
READABLE = 0o600  # the file holds tokens


def command() -> Path:
    """The product: an executable file, by default the one that `make` installs."""
    path = Path(os.environ.get(COMMAND_VARIABLE) or COMMAND)
    if not os.access(path, os.X_OK):
        raise BedError(f"{path} is no executable file: run `make test`, or set {COMMAND_VARIABLE} to one")
    return path.absolute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """All that is needed to join the bed; or why there is none."""

    folder: str = ""
    url: str = ""
    tokens: Mapping[str, str] = field(default_factory=dict)
    controller_log: str = ""
    failure: str = ""


class SharedBed:
    """A control plane and a controller with our plugin, in a thread that lives as long as they do.

    The bed's programs are tied to the thread which starts them, see `e2e.bed.processes`.
    """

    def __init__(self) -> None:
        """Starts nothing yet."""
        self._folder = tempfile.TemporaryDirectory(prefix="rollouts-shared-", ignore_cleanup_errors=True)
        self._thread = threading.Thread(target=self._run, name="shared bed", daemon=True)
        self._running = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def meeting_point(self) -> Path:
        """The file that says how to join, as soon as the bed is up, or why there will be none."""
        return Path(self._folder.name) / "bed.json"

    def start(self) -> None:
        """Begins to start the bed; at once, and only the first time."""
        if self._thread.ident is None:
            self._thread.start()

    def stop(self) -> None:
        """Stops the bed, wherever it has got to, and returns when all is gone."""
        if self._thread.is_alive() and self._running.wait(STOP) and self._loop and self._task:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(STOP)
        self._folder.cleanup()

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._keep())

    async def _keep(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._running.set()
        try:
            async with (
                ControlPlane(audit=True) as plane,
                RolloutsController(plane, Plugin(executable=command())) as controller,
            ):
                await plane.install(RIGHTS)
                self._say(
                    Invitation(
                        folder=str(plane.folder),
                        url=plane.url,
                        tokens={name: who.token for name, who in plane.identities.items()},
                        controller_log=str(controller.log),
                    )
                )
                await asyncio.Event().wait()  # `stop` cancels
        except Exception as error:  # noqa: BLE001 -- whatever it is, every test is to say it
            self._say(Invitation(failure=f"{type(error).__name__}: {error}"))

    def _say(self, words: Invitation) -> None:
        """Readers see nothing or all of it."""
        draft = self.meeting_point.with_suffix(".draft")
        draft.touch(READABLE)
        draft.write_text(json.dumps(asdict(words)))
        draft.rename(self.meeting_point)


class JoinedPlane(ControlPlane):
    """The shared control plane as another process sees it: its servers are not this one's to start or stop."""

    def __init__(self, invitation: Invitation) -> None:
        """Opens nothing yet."""
        known = [Identity(name=name, token=token) for name, token in invitation.tokens.items()]
        super().__init__(extra_identities=known)
        self.layout = servers.Layout(Path(invitation.folder))
        self.url = invitation.url

    async def _start(self) -> None:
        self.admin = await self._stack.enter_async_context(self.api("admin"))


async def accepted(meeting_point: Path) -> Invitation:
    """How to join the bed, as soon as it is up."""

    async def ask() -> Invitation | None:
        return _read(meeting_point)

    words = await waiting.until(ask, within=START, what=f"a shared bed, announced in {meeting_point}")
    if words.failure:
        raise BedError(f"the shared bed did not start: {words.failure}")
    return words


def _read(meeting_point: Path) -> Invitation | None:
    return Invitation(**json.loads(meeting_point.read_text())) if meeting_point.exists() else None
