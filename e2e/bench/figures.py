"""Figures as values: samples, a row of the table with its columns, and the targets. Nothing is measured or printed.

Times are in milliseconds, memory is in megabytes of a million bytes.
"""

from __future__ import annotations

import statistics
from enum import Enum
from typing import TYPE_CHECKING, Final, Self

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Column(Enum):
    """Who is measured; the value heads the column."""

    OURS = "this plugin"
    GRPC = "this plugin, gRPC"
    PYTHON_LOOP = "floor, Python loop"
    GO_LOOP = "floor, Go loop"
    PEER = "peer"
    BARE = "bare interpreter"


FLOORS: Final = (Column.PYTHON_LOOP, Column.GO_LOOP)
"""The first is the bare loop in the language of the plugin; the second is stricter."""


def turned(columns: Sequence[Column], number: int) -> Sequence[Column]:
    """The order of turns in this round: it moves on, so that nobody profits from always coming after another."""
    start = number % len(columns)
    return (*columns[start:], *columns[:start])


class Unit(Enum):
    """What a row's numbers are."""

    MILLISECONDS = "ms"
    MEGABYTES = "MB"


class Samples(msgspec.Struct, frozen=True):
    """Repetitions of one measurement, at least one."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Of any values."""
        return cls(tuple(values))

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def span(self) -> tuple[float, float]:
        """The least and the greatest."""
        return min(self.values), max(self.values)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table; `key` is the name by which a target and the JSON file refer to it."""

    key: str
    text: str
    unit: Unit
    samples: dict[Column, Samples]

    def times(self, floor: Column) -> float | None:
        """Our median as a multiple of a floor's, where both were measured."""
        ours, least = self.samples.get(Column.OURS), self.samples.get(floor)
        return None if ours is None or least is None else ours.median / least.median


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a row should reach: a multiple of each floor, or a number in the row's unit."""

    row: str
    text: str
    times: float | None = None
    at_most: float | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A target against one measurement; `against` is the floor's column, empty for a plain number."""

    text: str
    against: str
    limit: float
    measured: float

    @property
    def reached(self) -> bool:
        """Whether the median is within the limit."""
        return self.measured <= self.limit


_AGAIN: Final = "100 routes: at most 2 times one LIST"
TARGETS: Final = (
    Target(row="100 changed", text="changed weight, 100 routes: at most 1.5 times the floor", times=1.5),
    Target(row="100 unchanged", text="unchanged weight, 100 routes: at most 2 times one LIST", times=2.0),
    Target(row="header 100 changed", text="header step, 100 routes: at most 1.5 times the floor", times=1.5),
    Target(row="mirror 100 changed", text="mirror step, 100 routes: at most 1.5 times the floor", times=1.5),
    Target(row="header 100 unchanged", text=f"header step again, {_AGAIN}", times=2.0),
    Target(row="mirror 100 unchanged", text=f"mirror step again, {_AGAIN}", times=2.0),
    Target(row="one changed", text="one route: at most 2 times GET plus PATCH", times=2.0),
    Target(row="handshake", text="handshake within 250 ms of the launch", at_most=250.0),
    Target(row="rss after 100", text="RSS of 60 MB at most after the 100-route run", at_most=60.0),
)


def verdicts(rows: Iterable[Row]) -> list[Verdict]:
    """Every target against what was measured; a row that a short run left out gives none."""
    by_key = {row.key: row for row in rows}
    return [
        verdict
        for target in TARGETS
        if target.row in by_key
        for verdict in _judge(target, by_key[target.row])
    ]


def _judge(target: Target, row: Row) -> list[Verdict]:
    if target.at_most is not None:
        measured = row.samples[Column.OURS].median
        return [Verdict(text=target.text, against="", limit=target.at_most, measured=measured)]
    return [
        Verdict(text=target.text, against=floor.value, limit=target.times or 0.0, measured=times)
        for floor in FLOORS
        if (times := row.times(floor)) is not None
    ]
