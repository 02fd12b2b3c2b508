"""The gates that values render to: each metric, its arguments at each weight, and readable forms of its query. Pure."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.charts.rendering import Object, Rendered, render

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE: Final[Object] = {"image": "shop:1", "port": 8080, "host": "shop.example.com"}
WORKER: Final[Object] = {
    "image": "shop:1",
    "profile": "worker",
    "worker": {"queue": "kafka", "kafka": {"bootstrapServers": "kafka:9092", "consumerGroup": "orders", "topic": "orders"}},
}  # fmt: skip
BUSINESS: Final[Object] = {"name": "orders", "metric": "orders_total", "event": "Order", "minimumEvents": 20}
PLANES: Final = ("app", "istio", "kgateway", "traefik", "envoy-gateway", "contour", "linkerd")
HASHES: Final = {"canary-hash": "c1", "stable-hash": "s1"}
PLACEHOLDER: Final = re.compile(r"\{\{args\.([a-z0-9-]+)\}\}")
UNITS: Final = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Gates:
    """All analyses of one release."""

    rendered: Rendered

    @property
    def metrics(self) -> dict[str, Object]:
        """Every metric by its name."""
        templates = self.rendered.of_kind("AnalysisTemplate")
        return {metric["name"]: metric for each in templates for metric in each["spec"]["metrics"]}

    @property
    def declared(self) -> dict[str, set[str]]:
        """The arguments that each template declares, by the template's name."""
        templates = self.rendered.of_kind("AnalysisTemplate")
        return {
            each["metadata"]["name"]: {arg["name"] for arg in each["spec"].get("args", ())}
            for each in templates
        }

    @property
    def analyses(self) -> list[tuple[int, Object]]:
        """The analysis steps of a canary, each with the weight at that time."""
        found, weight = [], 0
        for step in self.rendered.steps():
            weight = int(step.get("setWeight", weight))
            if "analysis" in step:
                found.append((weight, step["analysis"]))
        return found

    def args(self, weight: int) -> dict[str, str]:
        """What the gates at a weight are given; hashes have a fixed text."""
        analysis = next(
            each
            for at, each in self.analyses
            if at == weight and "-gate-" in each["templates"][0]["templateName"]
        )
        return {arg["name"]: str(arg.get("value", HASHES.get(arg["name"]))) for arg in analysis["args"]}

    def names(self, weight: int) -> set[str]:
        """The gates at a weight."""
        return {
            each["templateName"].partition("-gate-")[2]
            for at, analysis in self.analyses
            if at == weight
            for each in analysis["templates"]
            if "-gate-" in each["templateName"]
        }


def gates(**values: object) -> Gates:
    """The gates of a canary with these values over the least there is."""
    return _gates(json.dumps({**SERVICE, **values}, sort_keys=True))


def worker(**values: object) -> Gates:
    """The gates of a Kafka worker."""
    return _gates(json.dumps({**WORKER, **values}, sort_keys=True))


@functools.cache
def _gates(values: str) -> Gates:
    return Gates(render(json.loads(values)))


def filled(text: str, args: Mapping[str, str]) -> str:
    """A query or condition with its arguments in place."""
    return PLACEHOLDER.sub(lambda found: args[found[1]], text)


def seconds(duration: str) -> int:
    """A duration as the chart writes it."""
    return int(duration[:-1]) * UNITS[duration[-1]]
