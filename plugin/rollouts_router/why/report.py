"""The whole answer, as text for people and as JSON for programs. Values in, text out."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from rollouts_router.core.untyped import JsonObject, mapping, text
from rollouts_router.why.answers import Cause, Seen
from rollouts_router.why.causes import cause_of
from rollouts_router.why.events import told_of, warnings_since_progress
from rollouts_router.why.findings import Verdict, verdict_of
from rollouts_router.why.running import is_running, lines_of
from rollouts_router.why.status import status_of
from rollouts_router.why.steps import place_now

MOST_RUNS: Final = 3
"""Runs that are told of, as in the alerts: those of earlier tries are history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read: the Rollout, its runs, Events of its namespace, and what could not be read, as sentences."""

    rollout: JsonObject
    runs: Sequence[JsonObject]
    events: Sequence[JsonObject]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The answer."""

    seen: Seen
    cause: Cause
    unread: tuple[str, ...]


def report_of(read: Read, now: datetime) -> Report:
    """Find the answer."""
    metadata = mapping(read.rollout.get("metadata"))
    status = status_of(read.rollout)
    told = told_of(text(metadata.get("uid")), read.events)
    runs = _current(read, status.revision)
    verdicts = [verdict for run in runs if (verdict := verdict_of(read.rollout, run))]
    seen = Seen(
        namespace=text(metadata.get("namespace")),
        name=text(metadata.get("name")),
        rollout=read.rollout,
        status=status,
        place=None if status.is_promoted else place_now(read.rollout),
        verdicts=tuple(verdicts),
        running=tuple(line for run in runs if is_running(run) for line in lines_of(read.rollout, run)),
        warnings=() if status.is_promoted else warnings_since_progress(told),
        told=told,
        now=now,
    )
    return Report(seen=seen, cause=cause_of(seen), unread=read.unread)


def _current(read: Read, revision: str) -> list[JsonObject]:
    """The runs of the present revision and pods, newest first: those that the controller shows to templates."""
    wanted = (mapping(read.rollout.get("status")).get("currentPodHash"), revision)

    def marks(run: JsonObject) -> tuple[object, object]:
        metadata = mapping(run.get("metadata"))
        labels, annotations = mapping(metadata.get("labels")), mapping(metadata.get("annotations"))
        return labels.get("rollouts-pod-template-hash"), annotations.get("rollout.argoproj.io/revision", "")

    mine = [run for run in read.runs if marks(run) == wanted]
    return sorted(
        mine, key=lambda run: text(mapping(run.get("metadata")).get("creationTimestamp")), reverse=True
    )


def as_text(report: Report) -> str:
    """Sentences, one a line."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    seen, cause = report.seen, report.cause
    at = f", {seen.place}" if seen.place else ""
    yield f"{seen.namespace}/{seen.name}: {cause.state}{at}"
    yield from cause.sentences
    for verdict in cause.verdicts[:MOST_RUNS]:
        yield ""
        yield from verdict.lines()
        if verdict.passed:
            yield f"  beside that: {', '.join(f'{name} = {value}' for name, value in verdict.passed)}"
    if seen.warnings:
        yield ""
        yield from (f"Event {told}" for told in seen.warnings)
    if cause.advice:
        yield ""
        for advice in cause.advice:
            yield f"{advice.what}:" if advice.command else f"{advice.what}."
            if advice.command:
                yield f"  {advice.command}"
    if report.unread:
        yield ""
        yield from report.unread


def as_json(report: Report) -> str:
    """One object, with an indent."""
    seen, cause = report.seen, report.cause
    shown = {
        "namespace": seen.namespace,
        "rollout": seen.name,
        "revision": seen.status.revision,
        "state": cause.state,
        "phase": seen.status.phase,
        "step": asdict(seen.place) if seen.place else None,
        "sentences": list(cause.sentences),
        "runs": list(map(_run, cause.verdicts[:MOST_RUNS])),
        "warnings": [
            {"reason": told.reason, "message": told.message, "times": told.times} for told in seen.warnings
        ],
        "advice": [asdict(advice) for advice in cause.advice],
        "unread": list(report.unread),
    }
    return json.dumps(shown, indent=2, ensure_ascii=False)


def _run(verdict: Verdict) -> dict[str, object]:
    """A verdict by the names that the webhook's payload has."""
    metrics = [
        {
            "metric": found.metric,
            "phase": found.phase,
            "value": found.value,
            "threshold": found.threshold,
            "needs": found.needs,
            "failsWhen": found.fails_when,
            "message": found.message,
            "counts": found.counts,
            "query": found.query,
            "sentence": found.sentence(),
        }
        for found in verdict.findings
    ]
    return {
        "run": verdict.run,
        "phase": verdict.phase,
        "where": verdict.where.strip(),
        "message": verdict.message,
        "metrics": metrics,
        "omitted": verdict.omitted,
        "passed": [{"metric": name, "value": value} for name, value in verdict.passed],
        "lines": list(verdict.lines()),
    }
