"""How many API requests a call makes, counted by the API server's own audit log. Nothing is timed here."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from e2e.bed import waiting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WRITTEN: Final = 10.0  # seconds within which the log is complete; it lags behind the answers by milliseconds


class Audit:
    """An audit log, counted from where it was last looked at."""

    def __init__(self, log: Path, user: str) -> None:
        """Counts only what this user asks."""
        self._log = log
        self._user = user
        self._read = 0

    async def count(self) -> dict[str, int]:
        """The completed requests since the last count, by verb, the most frequent first. There must be some."""
        verbs: Counter[str] = Counter()

        async def ask() -> bool | None:
            more = Counter(self._verbs())
            verbs.update(more)
            return True if verbs and not more else None

        await waiting.until(ask, within=WRITTEN, what=f"requests of {self._user} in the audit log")
        return dict(verbs.most_common())

    def _verbs(self) -> Iterator[str]:
        for event in self._events():
            if (event.user.username, event.stage) == (self._user, "ResponseComplete"):
                yield event.verb

    def _events(self) -> Iterator[_Event]:
        with self._log.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if line.endswith(b"\n"):  # the last one may be in the middle of being written
                    self._read += len(line)
                    yield msgspec.json.decode(line, type=_Event)


class _User(msgspec.Struct, frozen=True):
    username: str


class _Event(msgspec.Struct, frozen=True):
    user: _User
    stage: str
    verb: str
