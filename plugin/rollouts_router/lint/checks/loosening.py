"""Whether later steps of a Rollout are less strict than earlier ones: the more traffic, the stricter, is the point."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rollouts_router.findings.model import Finding
from rollouts_router.lint.checks.metrics import Metric, arguments, is_dry, metrics
from rollouts_router.lint.checks.uses import Use, uses
from rollouts_router.lint.expressions.thresholds import Threshold, substituted, thresholds
from rollouts_router.lint.expressions.tree import Node
from rollouts_router.lint.manifests import Given
from rollouts_router.lint.rules import analysis as rules


@dataclass(frozen=True, slots=True)
class _Key:
    """What makes two thresholds of different steps comparable: the same metric, asked and compared the same way."""

    metric: str
    query: str
    field: str
    shape: Node


@dataclass(frozen=True, slots=True)
class _Limit:
    """A threshold as it counts in one step; `looser` is +1 when a larger number lets more pass."""

    threshold: Threshold
    looser: int
    step: int


def check_loosening(given: Given) -> Iterator[Finding]:
    """Each step of each Rollout against the last one before it that has the same threshold."""
    last: dict[tuple[int, _Key], _Limit] = {}
    for use in uses(given):
        if use.step is None:
            continue
        for key, limit in _limits(use, use.step):
            before = last.get((id(use.rollout), key))
            if before is not None and _is_looser(before, limit):
                yield _finding(use, key, before, limit)
            last[id(use.rollout), key] = limit


def _limits(use: Use, step: int) -> Iterator[tuple[_Key, _Limit]]:
    values = _values(use)
    for template in use.templates:
        for metric in metrics(template):
            if not is_dry(metric):
                found = list(_of_metric(metric, values, step))
                contradicted = _contradicted(found)
                yield from ((key, limit) for key, limit in found if key.shape not in contradicted)


def _of_metric(metric: Metric, values: Mapping[str, float], step: int) -> Iterator[tuple[_Key, _Limit]]:
    for field, condition in metric.conditions.items():
        if condition is None:
            continue
        good = 1 if field == "successCondition" else -1
        for threshold in thresholds(substituted(condition, values)):
            key = _Key(metric.name, metric.query, field, threshold.shape)
            yield key, _Limit(threshold, good * threshold.truer, step)


def _contradicted(found: list[tuple[_Key, _Limit]]) -> set[Node]:
    """Comparisons that stand in both conditions alike, as a minimum of traffic does: neither way is the looser one."""
    ways: dict[Node, set[int]] = {}
    for key, limit in found:
        ways.setdefault(key.shape, set()).add(limit.looser)
    return {shape for shape, each in ways.items() if len(each) > 1}


def _values(use: Use) -> dict[str, float]:
    """The arguments of a step that are numbers: what the Rollout gives, else the defaults."""
    declared = {name: each for template in use.templates for name, each in arguments(template).items()}
    texts = {
        name: use.arguments.get(name, {}).get("value", each.get("value")) for name, each in declared.items()
    }
    return {name: number for name, value in texts.items() if (number := _number(value)) is not None}


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _is_looser(before: _Limit, now: _Limit) -> bool:
    return (now.threshold.value - before.threshold.value) * now.looser > 0


def _finding(use: Use, key: _Key, before: _Limit, now: _Limit) -> Finding:
    return use.rollout.finding(
        rules.LOOSENED,
        f'metric "{key.metric}": the threshold for {now.threshold.subject} is {before.threshold.value:g} in step'
        f" {before.step + 1} and {now.threshold.value:g} in step {now.step + 1}, which lets more pass",
        *use.path,
    )
