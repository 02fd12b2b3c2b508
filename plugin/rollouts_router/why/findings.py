"""What an AnalysisRun found: for each metric that did not pass its value, the threshold and the query. Values only.

Source of the rules: Argo Rollouts 1.10, `utils/evaluate` and `analysis/analysis.go`. A failed measurement tripped the
failure condition when there is one, and did not meet the success condition otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rollouts_router.core.untyped import JsonObject, integer, items, mapping, text
from rollouts_router.why import wording
from rollouts_router.why.steps import Place, place_of_run, place_words

MOST_METRICS: Final = 7
"""Of one run that are shown; a message of Slack has room for fifty blocks: three runs, two blocks a metric."""

_ERRORS_ALLOWED: Final = "4"
"""In a row, when `consecutiveErrorLimit` is not set (`utils/defaults`)."""


class Phase(StrEnum):
    """How a run or one of its metrics ended when it did not pass."""

    FAILED = "Failed"
    ERROR = "Error"
    INCONCLUSIVE = "Inconclusive"


_RUN_WORDS: Final[Mapping[Phase, str]] = {
    Phase.FAILED: "failed",
    Phase.ERROR: "could not be measured",
    Phase.INCONCLUSIVE: "is inconclusive",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One metric that did not pass.

    `threshold` has the conditions that matter for the phase, with words. `needs` and `fails_when` are the two
    conditions as they stand in the template, arguments filled in, empty when there is none.
    """

    metric: str
    phase: Phase
    value: str
    needs: str
    fails_when: str
    threshold: str
    message: str
    counts: str
    query: str

    def lines(self) -> tuple[str, ...]:
        """The metric in one line, how often it was measured in the next, and the query, if there is one."""
        rest = (f"  {self.counts}", *((f"  query: {self.query}",) if self.query else ()))
        return (f"- {self.sentence()}", *rest)

    def sentence(self) -> str:
        """`errors = 0.034, needs result[0] <= 0.01`."""
        if self.phase is Phase.ERROR:
            told = f"{self.metric} could not be measured: {self.message or 'no reason is given'}"
            return f"{told}; {self.threshold}" if self.threshold else told
        measured = f"{self.metric} = {self.value or 'nothing'}"
        if self.phase is Phase.INCONCLUSIVE:
            measured += ", inconclusive"
        told = f"{measured}, {self.threshold}" if self.threshold else measured
        return f"{told} ({self.message})" if self.message else told


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A run that did not pass. `omitted` metrics are left out of `findings`; `message` is the controller's.

    `passed` are the other metrics and their last values: an alert has no room for them, and they tell origins apart.
    """

    run: str
    phase: Phase
    where: str
    place: Place | None
    message: str
    findings: tuple[Finding, ...]
    omitted: int
    passed: tuple[tuple[str, str], ...]

    def lines(self) -> tuple[str, ...]:
        """What the alert says of the run as well, word for word."""
        head = f"Analysis {self.run} {_RUN_WORDS[self.phase]}{self.where}"
        told = [line for finding in self.findings for line in finding.lines()]
        if self.omitted:
            told.append(f"- and {self.omitted} more")
        if not told and self.message:
            told.append(f"- {self.message}")
        return (head, *told)


def verdict_of(rollout: JsonObject, run: JsonObject) -> Verdict | None:
    """What the run found; None when it passed, or is not over."""
    status = mapping(run.get("status"))
    phase = _phase(status.get("phase"))
    if phase is None:
        return None
    found = [
        each for result in items(status.get("metricResults")) if (each := _finding(run, mapping(result)))
    ]
    return Verdict(
        run=text(mapping(run.get("metadata")).get("name")),
        phase=phase,
        where=place_words(rollout, run),
        place=place_of_run(rollout, run),
        message=wording.one_line(text(status.get("message")), wording.MESSAGE),
        findings=tuple(found[:MOST_METRICS]),
        omitted=max(0, len(found) - MOST_METRICS),
        passed=tuple(map(_passed, filter(_has_passed, map(mapping, items(status.get("metricResults")))))),
    )


def _has_passed(result: JsonObject) -> bool:
    return _phase(result.get("phase")) is None and result.get("dryRun") is not True


def _passed(result: JsonObject) -> tuple[str, str]:
    last = mapping(next(reversed(items(result.get("measurements"))), None))
    value = wording.value_shown(text(last.get("value")))
    return wording.one_line(text(result.get("name")), wording.NAME), value or "nothing"


def _phase(word: object) -> Phase | None:
    return next((phase for phase in Phase if phase == word), None)


def _finding(run: JsonObject, result: JsonObject) -> Finding | None:
    """What one metric has to tell; None when it passed, or cannot fail the run because it is a dry run."""
    phase = _phase(result.get("phase"))
    if phase is None or result.get("dryRun") is True:
        return None
    name = text(result.get("name"))
    spec = mapping(run.get("spec"))
    arguments = items(spec.get("args"))
    metric = next((each for each in map(mapping, items(spec.get("metrics"))) if each.get("name") == name), {})
    needs, fails_when = (
        wording.filled(text(metric.get(key)), arguments) for key in ("successCondition", "failureCondition")
    )
    measured = _measurement(items(result.get("measurements")), phase)
    return Finding(
        metric=wording.one_line(name, wording.NAME),
        phase=phase,
        value=wording.value_shown(text(measured.get("value"))),
        needs=needs,
        fails_when=fails_when,
        threshold=_threshold(phase, needs, fails_when),
        message=wording.one_line(text(measured.get("message")), wording.MESSAGE),
        counts=_counts(phase, result, metric, arguments),
        query=wording.one_line(_query(result, metric, spec.get("args")), wording.QUERY),
    )


def _measurement(measurements: Sequence[object], phase: Phase) -> JsonObject:
    """The last one that ended like the metric; the last one of all when a limit over all of them decided."""
    taken = list(map(mapping, measurements))
    alike = [each for each in taken if each.get("phase") == phase]
    return (alike or taken or [{}])[-1]


def _threshold(phase: Phase, needs: str, fails_when: str) -> str:
    """What decided: of a failure, the failure condition if there is one; of anything else, both."""
    shown = () if phase is Phase.FAILED and fails_when else (("needs ", needs),)
    parts = [f"{words}{condition}" for words, condition in (*shown, ("fails when ", fails_when)) if condition]
    return wording.one_line(", ".join(parts), wording.THRESHOLD)


def _counts(phase: Phase, result: JsonObject, metric: JsonObject, arguments: Sequence[object]) -> str:
    """How many measurements ended so, and how many may."""

    def count(key: str) -> int:
        return integer(result.get(key)) or 0

    def limit(key: str, default: str) -> str:
        given = metric.get(key)
        return (
            default
            if given is None
            else wording.one_line(wording.filled(str(given), arguments), wording.LIMIT)
        )

    if phase is Phase.ERROR:
        return f"errors in a row: {count('consecutiveError')}, allowed {limit('consecutiveErrorLimit', _ERRORS_ALLOWED)}"
    key, allowed = (
        ("failed", "failureLimit") if phase is Phase.FAILED else ("inconclusive", "inconclusiveLimit")
    )
    return f"{key} {count(key)} of {count('count')}, allowed {limit(allowed, '0')}"


def _query(result: JsonObject, metric: JsonObject, arguments: object) -> str:
    """As it was sent; in a run with secrets as it stands in the template, for what was sent may hold them."""
    sent = mapping(result.get("metadata"))
    for key in ("ResolvedPrometheusQuery", "ResolvedNewRelicQuery"):
        if sent.get(key) and not wording.has_secrets(arguments):
            return text(sent[key])
    provider = next(iter(mapping(metric.get("provider")).values()), None)
    return wording.filled(text(mapping(provider).get("query")), items(arguments))
