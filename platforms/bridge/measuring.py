"""What a bridge answers: one number, of how many events, over how many seconds. Where events come from is not known here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

WINDOWS: Final = range(10, 86_401)
"""Seconds that a question may be about: shorter measures noise, longer is not about this release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One finished request, as the old monitoring knows it: seconds since the epoch, status, duration."""

    at: float
    version: str
    status: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The answer. `value` is None when there was nothing to measure, which is not the same as 0."""

    value: float | None
    n: int
    window: int

    def as_json(self) -> dict[str, float | int | None]:
        """The body of the answer."""
        return {"value": self.value, "n": self.n, "window": self.window}


def measured(metric: str, events: Iterable[Event], *, version: str, window: int, now: float) -> Measured:
    """Measure what one version did in the last `window` seconds.

    Raises:
        KeyError: no metric has that name.
    """
    measure = METRICS[metric]
    counted = [event for event in events if event.version == version and now - window <= event.at <= now]
    return Measured(measure(counted) if counted else None, len(counted), window)


def _error_rate(events: Sequence[Event]) -> float:
    return 100 * sum(event.status >= 500 for event in events) / len(events)


def _p95(events: Sequence[Event]) -> float:
    """The least duration that at least 95 of 100 requests did not exceed (nearest rank)."""
    ordered = sorted(event.milliseconds for event in events)
    return ordered[math.ceil(0.95 * len(ordered)) - 1]


METRICS: Final[Mapping[str, Callable[[Sequence[Event]], float]]] = {
    "error-rate-percent": _error_rate,
    "p95-milliseconds": _p95,
}
