"""What can go wrong in evaluating a condition, and what its outcome hides. Source: Argo Rollouts 1.10, utils/evaluate."""

import re
from collections.abc import Iterator
from typing import Final

from rollouts_router.findings.model import Finding, Rule
from rollouts_router.lint.checks.metrics import Metric, is_dry, metrics, templates
from rollouts_router.lint.checks.nrql import terms
from rollouts_router.lint.expressions.guards import (
    Facts,
    Positive,
    reads,
    unguarded_entries,
    unguarded_values,
)
from rollouts_router.lint.expressions.thresholds import shown
from rollouts_router.lint.expressions.tree import Call, Index, Member, Name, Node, walk
from rollouts_router.lint.manifests import Given
from rollouts_router.lint.rules import analysis as rules

_RESULT: Final = Name("result")
_CLOCK: Final = frozenset({"now", "Hour", "Weekday"})
_OPERANDS: Final = re.compile(r"[\w)\]}]\s*/\s*[\w({]")


def check_conditions(given: Given) -> Iterator[Finding]:
    """Each condition that is understood; what is not, is passed over."""
    for template in templates(given):
        for metric in metrics(template):
            for field, condition in metric.conditions.items():
                if condition is not None:
                    yield from _entries(metric, field, condition)
                    yield from _values(metric, field, condition)
            yield from _clock(metric)
            if not is_dry(metric):
                yield from _no_data(metric)


def _entries(metric: Metric, field: str, condition: Node) -> Iterator[Finding]:
    for entry in dict.fromkeys(unguarded_entries(condition)):
        if _root(entry) == _RESULT:
            yield _found(
                metric,
                rules.UNGUARDED_ENTRY,
                f"{shown(entry)} is read whether or not the result has that entry",
                field,
            )


def _values(metric: Metric, field: str, condition: Node) -> Iterator[Finding]:
    if metric.providers != ["newRelic"]:
        return
    counts = {term.alias for term in terms(metric.query) if term.is_count and term.alias}
    for value, facts in dict.fromkeys(unguarded_values(condition)):
        if _root(value) == _RESULT and value.name not in counts and not _saw_something(facts, counts):
            yield _found(
                metric, rules.UNGUARDED_VALUE, f"{shown(value)} is null when nothing was found", field
            )


def _saw_something(facts: Facts, counts: set[str]) -> bool:
    """Whether a count of the same query is above 0, so that its averages and rates are numbers."""
    return any(
        isinstance(fact, Positive) and isinstance(fact.node, Member) and fact.node.name in counts
        for fact in facts
    )


def _clock(metric: Metric) -> Iterator[Finding]:
    condition = metric.conditions.get("successCondition")
    if condition is None or "failureCondition" in metric.conditions:
        return
    if any(isinstance(part, Call) and part.name in _CLOCK for part in walk(condition)):
        yield _found(
            metric,
            rules.WINDOW_ABORTS,
            "successCondition asks for the time, and without a failureCondition a reading outside of the window is Failed",
            "successCondition",
        )


def _no_data(metric: Metric) -> Iterator[Finding]:
    """Two ways to pass on nothing: NaN fails no comparison, and all() of an empty list is true."""
    success, failure = metric.conditions.get("successCondition"), metric.conditions.get("failureCondition")
    alone = failure is not None and "successCondition" not in metric.conditions
    if (
        alone
        and metric.providers == ["prometheus"]
        and _OPERANDS.search(metric.query)
        and not _calls(failure, "isNaN")
    ):
        yield _found(
            metric,
            rules.PASSES_WITHOUT_DATA,
            "its query divides, 0 / 0 is NaN, and NaN is never above a limit: without traffic nothing is a failure",
            "failureCondition",
        )
    for read in reads(success) if success is not None else ():
        match read.node:
            case Call(name="all" | "none" as name, arguments=(base, _)) if not read.has_length(base, 1):
                yield _found(
                    metric,
                    rules.PASSES_WITHOUT_DATA,
                    f"{name}() of an empty {shown(base)} is true",
                    "successCondition",
                )
            case _:
                pass


def _calls(condition: Node | None, name: str) -> bool:
    return condition is not None and any(
        isinstance(part, Call) and part.name == name for part in walk(condition)
    )


def _root(node: Node) -> Node:
    while isinstance(node, Member | Index):
        node = node.base
    return node


def _found(metric: Metric, rule: Rule, sentence: str, field: str) -> Finding:
    return metric.template.finding(rule, f'metric "{metric.name}": {field}: {sentence}', *metric.path, field)
