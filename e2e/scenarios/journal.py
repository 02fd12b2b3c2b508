"""What people get to read: the plugin's lines in the controller's log, API calls in the audit log, Events.

Files are read from a mark on, so that a test in a shared bed sees only what came after it began.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from e2e.bed.api import Api
    from e2e.bed.kinds import Object

PLUGIN_LINE = re.compile(r" \[(?P<level>[A-Z]+)\] +plugin\.gatewayAPI: (?P<text>.*)")
# The controller adds the time of a line that it could read as the plugin's JSON, and of no other.
READ_AS_JSON = re.compile(r"(: |\s)timestamp=\S+$")
BUG = "a bug in rollouts-router"
TRACES = ("Traceback (most recent call last)", BUG)


@dataclass(frozen=True, slots=True)
class Line:
    """One line that the plugin wrote to stderr, as the controller shows it."""

    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Journal:
    """A log file from a byte on."""

    path: Path
    since: int

    @classmethod
    def from_now(cls, path: Path) -> Journal:
        """What will be written after this moment."""
        return cls(path, path.stat().st_size if path.exists() else 0)

    def lines(self) -> list[str]:
        """All complete lines so far."""
        with self.path.open("rb") as file:
            file.seek(self.since)
            return file.read().decode(errors="replace").split("\n")[:-1]


def plugin_lines(journal: Journal) -> list[Line]:
    """What the plugin said."""
    found = (PLUGIN_LINE.search(line) for line in journal.lines())
    return [Line(each["level"], each["text"]) for each in found if each]


def flaws(journal: Journal) -> list[str]:
    """Lines of the plugin that nobody should have to see: not its own JSON, a traceback, a bug."""
    return [
        line.text
        for line in plugin_lines(journal)
        if not READ_AS_JSON.search(line.text) or any(trace in line.text for trace in TRACES)
    ]


def crashes(journal: Journal) -> list[str]:
    """Lines by which a controller tells that it panicked, which a plugin can make it do."""
    return [line for line in journal.lines() if line.startswith(("panic: ", "fatal error: "))]


def calls(journal: Journal, user: str, namespace: str) -> Iterator[str]:
    """The verbs of this user's API calls in the namespace, one an answered call."""
    for line in journal.lines():
        call = json.loads(line)
        place = (call.get("objectRef") or {}).get("namespace")
        if (call["stage"], call["user"]["username"], place) == ("ResponseComplete", user, namespace):
            yield str(call["verb"])


async def warnings(api: Api, namespace: str, name: str) -> list[Object]:
    """The warning Events on a Rollout, which `kubectl describe` shows."""
    events = await api.list("Event", namespace)
    return [
        event
        for event in events
        if event["type"] == "Warning" and event["involvedObject"].get("name") == name
    ]
