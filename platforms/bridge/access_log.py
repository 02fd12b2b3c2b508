"""The example's source: a file of finished requests, one a line, as `seconds,version,status,milliseconds`.

Replace this module by whatever your monitoring can be asked with: SQL, a REST API, a command. What it gives is
`Event`s; it bounds what it reads, for a gate asks every minute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from platforms.bridge.measuring import Event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST: Final = 64 << 20
"""Bytes that are read, from the end of the file: the newest."""


class SourceError(Exception):
    """The source cannot be read; the text says why."""


def events(path: Path) -> Iterator[Event]:
    """The newest requests of the file, oldest first. A line that is none is left out, as a log may be cut.

    Raises:
        SourceError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MOST))
            lines = file.read(MOST).decode("ascii", "replace").splitlines()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error
    for line in lines:
        if (event := _event(line)) is not None:
            yield event


def _event(line: str) -> Event | None:
    try:
        at, version, status, milliseconds = line.split(",")
        return Event(at=float(at), version=version, status=int(status), milliseconds=float(milliseconds))
    except ValueError:
        return None
