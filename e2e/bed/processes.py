"""Starts and stops child processes so that none is left behind. Knows nothing of Kubernetes.

Each child has a log file, a session of its own (a terminal's Ctrl-C reaches only the runner, which then stops
the bed in order) and a signal that the kernel sends it when the runner dies. That signal is tied to the thread
which started the child: start from the main thread, or from one that lives as long.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from e2e.bed import sessions, waiting
from e2e.bed.errors import NotInTimeError, ProcessDiedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

Value = TypeVar("Value")

TETHER = Path(__file__).with_name("tether.py")
REPOSITORY = Path(__file__).parents[2]
GRACE = 10.0  # seconds from SIGTERM to SIGKILL
TAIL = 15  # lines of a log that an error quotes
FOREIGN = (
    "KUBE",
    "ARGO_ROLLOUTS_",
    "ROLLOUTS_",
    "PLUGIN_",
)  # a user's own cluster is none of the bed's business


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run. `environment` is laid over the runner's own, cleansed of cluster settings."""

    name: str
    program: Path
    arguments: tuple[str, ...]
    log: Path
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    guarded: bool = False  # whether it starts processes of its own, which must not outlive a killed runner


class Process:
    """One running child, as an async context manager: entered it runs, left it is gone."""

    def __init__(self, command: Command) -> None:
        """Only remembers; `start` starts."""
        self.command = command
        self._child: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def pid(self) -> int:
        """The process id; only asked of a child that was started."""
        if self._child is None:
            raise ProcessDiedError(f"{self.command.name} is not running")
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the child is alive now."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Starts the child; its log continues where an earlier run of the same command left off."""
        command = self.command
        tether = (sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), str(int(signal.SIGKILL)))
        with command.log.open("ab") as log:
            self._child = subprocess.Popen(
                (*tether, str(command.program), *command.arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=command.folder,
                env=_environment(command.environment),
                start_new_session=True,
            )
        if command.guarded:
            self._guard = _guard(self._child.pid)

    async def stop(self, grace: float = GRACE) -> None:
        """Asks, waits, then kills, the child's own children included. Safe to call twice."""
        child, self._child = self._child, None
        if child is None:
            return
        try:
            if child.poll() is None:
                child.terminate()
                await _ended(child, grace)
        finally:
            # Also when the wait was cancelled: leaving a child behind is never the better choice.
            if child.poll() is None:
                child.kill()
            child.wait(GRACE)
            await _sweep(child.pid)
            self._dismiss_guard()

    def _dismiss_guard(self) -> None:
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.communicate(timeout=GRACE)  # closes the pipe: it finds nobody left and ends

    def require_running(self) -> None:
        """Raises with the end of the log if the child has died."""
        if not self.running:
            code = self._child.returncode if self._child else "none"
            raise ProcessDiedError(
                f"{self.command.name} ended (exit code {code}); its log ends:\n{self.tail()}"
            )

    async def until(
        self,
        ask: Callable[[], Awaitable[Value | None]],
        *,
        within: float,
        what: str,
    ) -> Value:
        """Asks until there is an answer; gives up early when the child has died."""

        async def watched() -> Value | None:
            self.require_running()
            return await ask()

        return await waiting.until(
            watched, within=within, what=lambda: f"{what}; log of {self.command.name} ends:\n{self.tail()}"
        )

    def tail(self, lines: int = TAIL) -> str:
        """The last lines of the log."""
        return "\n".join(self.command.log.read_text(errors="replace").splitlines()[-lines:])


async def _sweep(session: int) -> None:
    """What a dead child started itself still carries the child's session."""

    async def ask() -> bool | None:
        return None if sessions.kill_members(session) else True

    await waiting.until(ask, within=GRACE, what=f"an end of what process {session} started")


async def _ended(child: subprocess.Popen[bytes], grace: float) -> None:
    async def ask() -> bool | None:
        return None if child.poll() is None else True

    with contextlib.suppress(NotInTimeError):  # then it is killed
        await waiting.until(ask, within=grace, what="an end")


def _guard(session: int) -> subprocess.Popen[bytes]:
    # In a session of its own, so that a terminal's Ctrl-C or hang-up leaves it at its post.
    command = (sys.executable, "-S", "-m", "e2e.bed.guard", str(session))
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=REPOSITORY,
        start_new_session=True,
    )


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {**kept, **extra}
