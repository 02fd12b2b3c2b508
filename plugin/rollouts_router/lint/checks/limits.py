"""How often a metric is measured, how it ends, and what it asks. Conditions are looked at in `conditions`."""

from collections.abc import Iterator

from rollouts_router.findings.model import Finding, Rule
from rollouts_router.lint.checks.metrics import Metric, metrics, templates
from rollouts_router.lint.checks.nrql import unnamed_terms
from rollouts_router.lint.manifests import Given
from rollouts_router.lint.rules import analysis as rules

_JUDGES_ITSELF = frozenset({"job", "kayenta", "plugin"})
"""Providers whose outcome is no matter of conditions."""

_CAN_BE_INCONCLUSIVE = frozenset({"kayenta", "plugin"})


def check_limits(given: Given) -> Iterator[Finding]:
    """Each metric of each template by itself."""
    for template in templates(given):
        for metric in metrics(template):
            yield from _verdict(metric)
            yield from _counts(metric)
            yield from _failures(metric)
            yield from _provider(metric)


def _verdict(metric: Metric) -> Iterator[Finding]:
    """Source: analysis.assessMetricStatus. Without consecutiveSuccessLimit, a count that is reached is Successful."""
    count, limit = metric.count(), metric.number("inconclusiveLimit", 0)
    if not count or limit is None:
        return
    if limit > count and metric.number("count", 0):
        told = f"inconclusiveLimit {limit} is above count {count}"
        yield _found(metric, rules.INCONCLUSIVE_OVER_COUNT, told, "inconclusiveLimit")
        return
    successes = metric.number("consecutiveSuccessLimit", 0)
    if limit >= count and successes == 0 and _can_be_inconclusive(metric):
        yield _found(
            metric,
            rules.ALL_INCONCLUSIVE,
            f"{count} of {count} Inconclusive measurements stay within inconclusiveLimit {limit}, no"
            " consecutiveSuccessLimit asks for a good one, and so the run passes",
            "inconclusiveLimit",
        )


def _can_be_inconclusive(metric: Metric) -> bool:
    return len(metric.conditions) > 1 or bool(_CAN_BE_INCONCLUSIVE.intersection(metric.providers))


def _counts(metric: Metric) -> Iterator[Finding]:
    """Source: utils/analysis.ValidateMetric."""
    count = metric.number("count", 0)
    if not count:
        return
    if count > 1 and not metric.has_interval:
        yield _found(metric, rules.NO_INTERVAL, f"count is {count} and there is no interval", "count")
    failures, successes = metric.number("failureLimit", 0), metric.number("consecutiveSuccessLimit", 0)
    if failures is None or successes is None:
        return
    least = max(failures, 0) + successes
    if count < least:
        yield _found(
            metric,
            rules.COUNT_TOO_SMALL,
            f"count is {count}, failureLimit {failures} and consecutiveSuccessLimit {successes} ask for {least}",
            "count",
        )


def _failures(metric: Metric) -> Iterator[Finding]:
    if metric.number("failureLimit", 0) != -1:
        return
    successes = metric.number("consecutiveSuccessLimit", 0)
    if successes == 0:
        yield _found(
            metric,
            rules.NO_LIMIT,
            "failureLimit is -1 and consecutiveSuccessLimit is not set",
            "failureLimit",
        )
    elif "failureCondition" not in metric.conditions and metric.number("count", 0) != 0:
        yield _found(
            metric,
            rules.FAILS_AT_COUNT,
            f"failureLimit is -1 without a failureCondition: the last measurement without {successes or 'enough'}"
            " successes in a row makes the run Failed",
            "failureLimit",
        )


def _provider(metric: Metric) -> Iterator[Finding]:
    if len(metric.providers) != 1:
        told = " and ".join(metric.providers) or "none"
        yield _found(metric, rules.PROVIDERS, f"its providers are: {told}", "provider")
        return
    provider = metric.providers[0]
    if not metric.conditions and provider not in _JUDGES_ITSELF:
        yield _found(
            metric,
            rules.NO_CONDITION,
            f"the provider {provider} only measures, and nothing judges",
            "provider",
        )
    if provider == "newRelic":
        for term in unnamed_terms(metric.query):
            yield _found(metric, rules.NO_ALIAS, f"its query selects {term}", "provider", "newRelic", "query")


def _found(metric: Metric, rule: Rule, sentence: str, *path: str) -> Finding:
    return metric.template.finding(rule, f'metric "{metric.name}": {sentence}', *metric.path, *path)
