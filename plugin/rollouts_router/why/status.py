"""A Rollout's own account of itself: phase, conditions, pauses. Untyped JSON in, values out; nothing is judged here."""

from dataclasses import dataclass
from enum import StrEnum

from rollouts_router.core.untyped import JsonObject, integer, items, mapping, text
from rollouts_router.why.wording import MESSAGE, one_line


class PauseReason(StrEnum):
    """Why the controller paused (`status.pauseConditions`)."""

    STEP = "CanaryPauseStep"
    BLUE_GREEN = "BlueGreenPause"
    INCONCLUSIVE_ANALYSIS = "InconclusiveAnalysisRun"
    INCONCLUSIVE_EXPERIMENT = "InconclusiveExperiment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One of `status.conditions`."""

    kind: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the controller wrote last, and whether it knows the newest specification.

    `ready` and `updated` are pods out of `wanted`. `pause` is the first reason, which is what the controller shows.
    """

    phase: str
    message: str
    revision: str
    is_current: bool
    is_aborted: bool
    is_held: bool
    is_promoted: bool
    pause: str
    paused_since: str
    conditions: tuple[Condition, ...]
    wanted: int
    updated: int
    ready: int

    def condition(self, kind: str = "", reason: str = "") -> Condition | None:
        """The first condition of this kind and reason, as far as they are given."""
        return next(
            (each for each in self.conditions if kind in {"", each.kind} and reason in {"", each.reason}),
            None,
        )


def status_of(rollout: JsonObject) -> Status:
    """Read a Rollout."""
    metadata, spec, status = (mapping(rollout.get(key)) for key in ("metadata", "spec", "status"))
    pause = mapping(next(iter(items(status.get("pauseConditions"))), None))
    wanted = integer(spec.get("replicas"))
    return Status(
        phase=text(status.get("phase")),
        message=one_line(text(status.get("message")), MESSAGE * 4),
        revision=text(mapping(metadata.get("annotations")).get("rollout.argoproj.io/revision")),
        is_current=text(status.get("observedGeneration")) in {"", str(metadata.get("generation"))},
        is_aborted=status.get("abort") is True,
        is_held=spec.get("paused") is True,
        is_promoted=status.get("stableRS") == status.get("currentPodHash"),
        pause=text(pause.get("reason")),
        paused_since=text(pause.get("startTime")),
        conditions=tuple(map(_condition, items(status.get("conditions")))),
        wanted=1 if wanted is None else wanted,
        updated=integer(status.get("updatedReplicas")) or 0,
        ready=integer(status.get("availableReplicas")) or 0,
    )


def _condition(value: object) -> Condition:
    fields = mapping(value)
    return Condition(
        kind=text(fields.get("type")),
        reason=text(fields.get("reason")),
        message=one_line(text(fields.get("message")), MESSAGE * 4),
    )
