"""What is counted, and the page on which Prometheus finds it. Counting never fails and never waits.

The library's own process metrics are there as well (memory, CPU, descriptors).
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from rollouts_router.transports.standalone.page import Page

MOST_ROLLOUTS: Final = 1000
"""Rollouts whose weights are told at a time; each makes two series."""

FORGET_SECONDS: Final = 3600.0
"""After which a weight that nobody set again is told no more. A controller sets it at least every few minutes."""

_BUCKETS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds: from a call that reads one route to the 30 s that a call may take."""


class Metrics:
    """Takes notice of calls, patches and weights. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._calls = Counter(
            "rollouts_router_calls",
            "Calls that ended, by method and status code.",
            ("method", "code"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "rollouts_router_call_seconds",
            "Seconds from the arrival of a call to its end.",
            ("method",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._patches = Counter(
            "rollouts_router_patches",
            "Patches of routes that were sent, by resource and result: applied, conflict, or failed.",
            ("resource", "result"),
            registry=self._registry,
        )
        self._weights = _Weights(clock)
        self._registry.register(self._weights)

    def call_ended(self, method: str, code: str, seconds: float) -> None:
        """A call of `method` ended with the status of this name, so many seconds after it came."""
        self._calls.labels(method, code).inc()
        self._seconds.labels(method).observe(seconds)

    def patched(self, resource: str, result: str) -> None:
        """A patch was sent, with this result."""
        self._patches.labels(resource, result).inc()

    def weights_set(self, namespace: str, rollout: str, canary: int, stable: int) -> None:
        """All routes of a Rollout carry these weights."""
        self._weights.put((namespace, rollout), canary, stable)

    def page(self) -> Page:
        """Everything, in Prometheus' text format."""
        return Page(body=generate_latest(self._registry), content_type=CONTENT_TYPE_LATEST)


class _Weights(Collector):
    """The weights of the Rollouts that were set last, and not too long ago: names come and go."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], tuple[float, int, int]] = OrderedDict()

    def put(self, rollout: tuple[str, str], canary: int, stable: int) -> None:
        """Remember."""
        self._known[rollout] = (self._clock() + FORGET_SECONDS, canary, stable)
        self._known.move_to_end(rollout)  # the order is that of expiry
        if len(self._known) > MOST_ROLLOUTS:
            self._known.popitem(last=False)

    def collect(self) -> Iterator[Metric]:
        """Tell, and forget what is old."""
        while self._known and next(iter(self._known.values()))[0] <= self._clock():
            self._known.popitem(last=False)
        family = GaugeMetricFamily(
            "rollouts_router_weight",
            "Weights that the routes of a Rollout were given last, in units of its maxTrafficWeight.",
            labels=("namespace", "rollout", "backend"),
        )
        for (namespace, rollout), (_, canary, stable) in self._known.items():
            family.add_metric((namespace, rollout, "canary"), canary)
            family.add_metric((namespace, rollout, "stable"), stable)
        yield family
