"""The window and the load: a release waits outside of them, pauses at the longest, and is never aborted for either."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import pytest

from e2e.kit.gates.service import Behaviour

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.kit.gates.watched import Watch

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVERY_DAY: Final = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def around_noon() -> str:
    """A time zone in which it is between 12:00 and 13:00 now."""
    ahead = 12 - dt.datetime.now(dt.UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # such names count west of Greenwich


def window(first: str, end: str) -> Object:
    return {"timezone": around_noon(), "from": first, "to": end, "days": EVERY_DAY}


async def test_outside_its_window_a_release_waits_then_pauses_and_is_not_aborted(watch: Watch) -> None:
    pace = {"window": window("01:00", "02:00"), "every": "1s", "longestWait": "3s"}
    judged = await watch.rolled(Behaviour(), given={"pace": pace})
    rollout = await judged.is_paused_inconclusive()
    assert rollout["status"]["currentStepIndex"] == 0
    assert not rollout["status"].get("abort")
    assert await judged.release.weight() == 0
    (run,) = await judged.runs()
    assert [each["phase"] for each in run["status"]["metricResults"][0]["measurements"]] == [
        "Inconclusive"
    ] * 3


async def test_inside_its_window_a_release_goes_on_at_once(watch: Watch) -> None:
    pace = {"window": window("06:00", "18:00"), "every": "1h", "longestWait": "24h"}
    judged = await watch.rolled(Behaviour(), given={"pace": pace})
    await judged.release.is_promoted()
    window_of = (await judged.results("Successful"))["window"]
    assert [each["phase"] for each in window_of["measurements"]] == ["Successful"]


async def test_a_busy_service_is_waited_for(watch: Watch) -> None:
    pace = {"load": {"ceiling": 150}, "every": "1s", "longestWait": "10m"}
    judged = await watch.rolled(Behaviour(), given={"pace": pace}, stable=Behaviour(requests=400.0))
    await judged.has_read("load", "Inconclusive", 3)
    assert await judged.release.weight() == 0
    judged.behaves(Behaviour(requests=40.0), stable=True)
    await judged.release.is_promoted()
