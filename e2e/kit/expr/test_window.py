"""The window's expression over whole days, also those on which the clocks change, by the controller's own engine."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytest
from tests.gates.gated import gates

from e2e.kit.expr.oracle import Reading, judged

if TYPE_CHECKING:
    from e2e.bed.kinds import Object

QUARTER: Final = dt.timedelta(minutes=15)
EVERY_DAY: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WINDOW: Final = {"from": "01:30", "to": "17:00", "days": ["Mon", "Wed", "Sun"]}


def moments(day: dt.date) -> list[dt.datetime]:
    """Every quarter of an hour from noon before to noon after, in UTC."""
    noon = dt.datetime.combine(day - dt.timedelta(days=1), dt.time(12), dt.UTC)
    return [noon + number * QUARTER for number in range(2 * 24 * 4)]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Paris", dt.date(2026, 3, 29)),  # at 02:00 it is 03:00
        ("Europe/Paris", dt.date(2026, 10, 25)),  # at 03:00 it is 02:00
        ("America/New_York", dt.date(2026, 3, 8)),
        ("America/New_York", dt.date(2026, 11, 1)),
        ("Europe/Paris", dt.date(2026, 7, 1)),  # a Wednesday
        ("Asia/Kolkata", dt.date(2026, 7, 2)),  # a Thursday; half an hour off
        ("UTC", dt.date(2026, 12, 31)),
    ],
)
def test_it_is_open_by_the_local_clock_and_day(zone: str, day: dt.date) -> None:
    metric = gates(pace={"window": {"timezone": zone, **WINDOW}}).metrics["window"]
    asked = moments(day)
    readings = [
        Reading(metric=metric, result=[1.0], args={}, now=moment.isoformat().replace("+00:00", "Z"))
        for moment in asked
    ]
    for moment, verdict in zip(asked, judged(readings), strict=True):
        local = moment.astimezone(ZoneInfo(zone))
        is_open = local.strftime("%a") in WINDOW["days"] and dt.time(1, 30) <= local.time() < dt.time(17)
        assert verdict.phase == ("Successful" if is_open else "Inconclusive"), (local, verdict.error)


def test_it_takes_the_controllers_clock() -> None:
    """Without a moment put in its place, now() is now: on every day, but not on the one after tomorrow."""
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).strftime("%a")
    other = [day for day in EVERY_DAY if day != later]
    phases = [
        judged([Reading(metric=_open_on(days), result=[1.0], args={})])[0].phase for days in (other, [later])
    ]
    assert phases[1] == "Inconclusive"
    assert phases[0] == "Successful" or dt.datetime.now(dt.UTC).strftime("%H:%M") in {"23:59", "00:00"}


def _open_on(days: list[str]) -> Object:
    window = {"timezone": "UTC", "from": "00:00", "to": "23:59", "days": days}
    return gates(pace={"window": window}).metrics["window"]
