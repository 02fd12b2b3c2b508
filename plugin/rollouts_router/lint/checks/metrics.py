"""Metrics of analysis templates, read without trust. What is wrong with them is others' business."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from rollouts_router.core.untyped import integer, items, mapping, text
from rollouts_router.lint.documents import Step
from rollouts_router.lint.expressions.parsing import parse
from rollouts_router.lint.expressions.tree import Node
from rollouts_router.lint.manifests import ROLLOUTS, Given, Manifest

TEMPLATE: Final = "AnalysisTemplate"
CLUSTER_TEMPLATE: Final = "ClusterAnalysisTemplate"
_PLACEHOLDER: Final = re.compile(r"\{\{\s*args\.([A-Za-z0-9_.-]+?)\s*\}\}")
_MAX_PATTERN: Final = 200
"""Characters of a pattern that is tried; names of metrics are short."""

_NESTED_REPEAT: Final = re.compile(r"[*+}]\)?[*+{]|\([^()]*[*+][^()]*\)[*+{]")
"""A repetition of a repetition, for which Python's engine may take for ever where Go's does not."""


@dataclass(frozen=True, eq=False)
class Metric:
    """One metric of a template.

    Attributes:
        template: Where it stands.
        path: Where in the template.
    """

    template: Manifest
    path: tuple[Step, ...]

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """The metric as it is."""
        return self.template.map(*self.path)

    @property
    def name(self) -> str:
        """Its name."""
        return text(self.fields.get("name"))

    @cached_property
    def providers(self) -> list[str]:
        """The kinds of its providers; each plugin is one."""
        given = {
            key: value for key, value in mapping(self.fields.get("provider")).items() if value is not None
        }
        plugins = list(mapping(given.pop("plugin", None)))
        return [*given, *(["plugin"] * len(plugins))]

    @property
    def query(self) -> str:
        """The query of its provider, empty when it has none."""
        found = (text(mapping(each).get("query")) for each in mapping(self.fields.get("provider")).values())
        return next((each for each in found if each), "")

    @cached_property
    def conditions(self) -> Mapping[str, Node | None]:
        """Its conditions by field; None where one is not understood."""
        fields = ("successCondition", "failureCondition")
        given = {field: text(self.fields.get(field)) for field in fields}
        return {field: parse(condition) for field, condition in given.items() if condition.strip()}

    @property
    def has_interval(self) -> bool:
        """Whether it is measured again and again."""
        return bool(self.fields.get("interval"))

    def number(self, field: str, default: int) -> int | None:
        """A whole number; None when it is a placeholder, or none."""
        value = self.fields.get(field)
        if value is None:
            return default
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value):
            return int(value)
        return integer(value)

    def count(self) -> int | None:
        """How often it is measured; None when it is not known, or for as long as somebody looks.

        Source: v1alpha1.Metric.EffectiveCount: once, when neither count nor interval is set.
        """
        return None if self.is_endless() else self.number("count", 1)

    def is_endless(self) -> bool:
        """Whether nothing but the end of the canary ends it."""
        return (
            self.has_interval
            and not self.number("count", 0)
            and not isinstance(self.fields.get("count"), str)
        )


def metrics(template: Manifest) -> Iterator[Metric]:
    """The metrics of a template."""
    for at, _ in enumerate(template.list("spec", "metrics")):
        yield Metric(template, ("spec", "metrics", at))


def templates(given: Given) -> Iterator[Manifest]:
    """All templates, of a namespace and of the cluster."""
    for kind in (TEMPLATE, CLUSTER_TEMPLATE):
        yield from given.of(kind, ROLLOUTS)


def arguments(template: Manifest) -> Mapping[str, Mapping[str, Any]]:
    """What a template declares, by name."""
    entries = [mapping(each) for each in template.list("spec", "args")]
    return {text(each.get("name")): each for each in entries if each.get("name")}


def has_default(argument: Mapping[str, Any]) -> bool:
    """Whether a declared argument has a value of its own."""
    return argument.get("value") is not None or argument.get("valueFrom") is not None


def used_arguments(fields: object) -> frozenset[str]:
    """Arguments whose placeholders stand anywhere in a metric."""
    return frozenset(_PLACEHOLDER.findall(json.dumps(fields, default=str)))


def is_matched(pattern: str, name: str) -> bool:
    """Whether a metricName of dryRun or measurementRetention means a metric; when in doubt, it does."""
    if len(pattern) > _MAX_PATTERN or _NESTED_REPEAT.search(pattern):
        return True
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return True


def is_dry(metric: Metric) -> bool:
    """Whether the template itself says that its outcome does not count."""
    rules = (text(mapping(each).get("metricName")) for each in items(metric.template.get("spec", "dryRun")))
    return any(is_matched(each, metric.name) for each in rules if each)
