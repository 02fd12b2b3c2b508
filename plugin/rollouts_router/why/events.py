"""What Events say of a Rollout, newest first. Values in, values out.

An Event carries its time in one of three fields, by the API it was written through (core/v1 Event).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rollouts_router.core.untyped import JsonObject, integer, mapping, text
from rollouts_router.why.wording import one_line

_LONGEST: Final = 1000
"""Characters of one message; our own texts name every route, and are the cause that is looked for."""

PROGRESS: Final = frozenset(
    {"RolloutUpdated", "RolloutStepCompleted", "RolloutCompleted", "RolloutResumed", "TrafficWeightUpdated"}
)
"""Reasons of the controller that make an older warning history."""

STEP_COMPLETED: Final = "RolloutStepCompleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One Event. `at` is its last time as the API writes it, which sorts as text; `times` is at least 1."""

    reason: str
    message: str
    is_warning: bool
    at: str
    times: int

    def __str__(self) -> str:
        """`TrafficRoutingError, 12 times: …`."""
        return f"{self.reason}{f', {self.times} times' if self.times > 1 else ''}: {self.message}"


def told_of(uid: str, events: Iterable[JsonObject]) -> tuple[Told, ...]:
    """The Events of the object of this uid, newest first."""
    about = (each for each in events if mapping(each.get("involvedObject")).get("uid") == uid)
    return tuple(sorted(map(_told, about), key=lambda each: each.at, reverse=True))


def warnings_since_progress(told: Iterable[Told]) -> tuple[Told, ...]:
    """The newest warning of each reason, up to the last Event that shows that things went on."""
    found: dict[str, Told] = {}
    for each in told:
        if each.reason in PROGRESS:
            break
        if each.is_warning:
            found.setdefault(each.reason, each)
    return tuple(found.values())


def last_step_completed(told: Iterable[Told]) -> str:
    """The controller's words for the last step that it completed, such as `Rollout step 3/8 completed (setWeight: 25)`."""
    return next((each.message for each in told if each.reason == STEP_COMPLETED), "")


def _told(event: JsonObject) -> Told:
    series = mapping(event.get("series"))
    at = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    counts = (integer(series.get("count")), integer(event.get("count")), 1)
    return Told(
        reason=text(event.get("reason")),
        message=one_line(text(event.get("message")), _LONGEST),
        is_warning=event.get("type") == "Warning",
        at=next((text(time) for time in at if time), ""),
        times=next(count for count in counts if count),
    )
