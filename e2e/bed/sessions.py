"""Who is whose child, and who belongs to which session, read from /proc. Starts and waits for nothing."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path


def kill_members(session: int) -> list[int]:
    """Kills every process of the session; the answer is whom it found, so nobody is left when it is empty."""
    found = [pid for pid, state in _processes() if state.session == session and not state.ended]
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found


def children(pid: int) -> list[int]:
    """The live processes whose parent is `pid`."""
    return [child for child, state in _processes() if state.parent == pid and not state.ended]


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    parent: int
    session: int
    ended: bool


def _processes() -> list[tuple[int, _State]]:
    found = ((int(path.name), _state(path)) for path in Path("/proc").iterdir() if path.name.isdigit())
    return [(pid, state) for pid, state in found if state is not None]


def _state(path: Path) -> _State | None:
    try:
        # The name in brackets may hold anything; the fixed fields follow the last bracket.
        letter, parent, _, session, *_ = (path / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return _State(parent=int(parent), session=int(session), ended=letter in "ZX")
