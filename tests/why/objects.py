"""Rollouts at a moment, for the tests of `why`."""

from datetime import UTC, datetime
from typing import Any

from observability.objects import rollout

from rollouts_router.why.answers import Cause
from rollouts_router.why.report import Read, Report, report_of

NOW = datetime(2026, 3, 2, 10, 20, tzinfo=UTC)
ABORTED = "Rollout aborted update to revision 3"
BY_ANALYSIS = f'{ABORTED}: Step-based analysis phase error/failed: Metric "errors" assessed Failed'


def condition(kind: str, reason: str, message: str) -> dict[str, Any]:
    return {"type": kind, "status": "False", "reason": reason, "message": message}


def aborted(message: str = ABORTED) -> dict[str, Any]:
    """Aborted, as the controller leaves it: the index is back at 0."""
    conditions = [condition("Progressing", "RolloutAborted", message)]
    return rollout(
        index=0, abort=True, phase="Degraded", conditions=conditions, message=f"RolloutAborted: {message}"
    )


def paused(reason: str, index: int = 4, since: str = "2026-03-02T10:15:00Z") -> dict[str, Any]:
    return rollout(index=index, phase="Paused", pauseConditions=[{"reason": reason, "startTime": since}])


def event(reason: str, message: str, at: str, kind: str = "Warning", **fields: object) -> dict[str, Any]:
    about = {"kind": "Rollout", "name": "web", "uid": rollout()["metadata"]["uid"]}
    return {
        "involvedObject": about,
        "reason": reason,
        "message": message,
        "type": kind,
        "lastTimestamp": at,
        **fields,
    }


def asked(made: dict[str, Any], *runs: dict[str, Any], events: tuple[dict[str, Any], ...] = ()) -> Report:
    return report_of(Read(rollout=made, runs=runs, events=events), NOW)


def cause(made: dict[str, Any], *runs: dict[str, Any], events: tuple[dict[str, Any], ...] = ()) -> Cause:
    return asked(made, *runs, events=events).cause
