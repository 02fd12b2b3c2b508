"""What a service would count of its requests, made up: counters that grow as a test says, served as text for Prometheus.

Time alone makes them grow, so they are exact however often they are read. Nothing of Kubernetes is known here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BOUNDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5)  # seconds; of the buckets of response times
TEXT: Final = "text/plain; version=0.0.4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a version behaves: requests and orders in a second, shares of them, and the time that all requests take.

    `errors` are its own, `dependency_errors` a dependency's; both are shares from 0 to 1.
    """

    requests: float = 100.0
    errors: float = 0.0
    dependency_errors: float = 0.0
    seconds: float = 0.08
    orders: float = 10.0

    def rates(self) -> dict[tuple[str, str], float]:
        """Requests in a second, by status code and by whose error it was."""
        failed, passed_on = self.requests * self.errors, self.requests * self.dependency_errors
        return {
            ("200", ""): self.requests - failed - passed_on,
            ("500", "own"): failed,
            ("503", "dependency"): passed_on,
        }


@dataclass(slots=True)
class Counters:
    """Of one version: what it has counted, and how it goes on from a moment on."""

    behaviour: Behaviour
    since: float
    counted: dict[str, float] = field(default_factory=dict)

    def at(self, now: float, labels: str) -> dict[str, float]:
        """Every counter at a moment, by its name and labels."""
        passed = now - self.since
        grown = {name: rate * passed for name, rate in _growth(self.behaviour, labels)}
        return {name: self.counted.get(name, 0.0) + grown.get(name, 0.0) for name in self.counted | grown}


class Service:
    """All versions of all services of a test run, by namespace and by the hash of their pods; and gauges."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """The clock gives seconds, from whenever."""
        self._clock = clock
        self._versions: dict[str, Counters] = {}
        self._gauges: dict[str, Callable[[float], float]] = {}

    def behaves(self, namespace: str, version: str, behaviour: Behaviour) -> None:
        """From now on this version behaves so; its counters go on from where they are."""
        labels = f'namespace="{namespace}",rollouts_pod_template_hash="{version}"'
        now, known = self._clock(), self._versions.get(labels)
        counted = known.at(now, labels) if known else {}
        self._versions[labels] = Counters(behaviour, now, counted)

    def shows(self, gauge: str, value: Callable[[float], float]) -> None:
        """A gauge, with its labels, that is a function of the seconds from now on."""
        begun = self._clock()
        self._gauges[gauge] = lambda now: value(now - begun)

    def text(self) -> str:
        """Everything, as Prometheus reads it."""
        now = self._clock()
        counters = {
            name: value
            for labels, each in self._versions.items()
            for name, value in each.at(now, labels).items()
        }
        gauges = {name: value(now) for name, value in self._gauges.items()}
        return "".join(f"{name} {value:.6f}\n" for name, value in {**counters, **gauges}.items())

    async def answer(self, _request: web.Request) -> web.Response:
        """A scrape."""
        return web.Response(text=self.text(), headers={"Content-Type": TEXT})


def _growth(behaviour: Behaviour, labels: str) -> Iterator[tuple[str, float]]:
    """How fast each counter of a version grows."""
    for (code, origin), rate in behaviour.rates().items():
        yield f'http_requests_total{{{labels},code="{code}",error_origin="{origin}"}}', rate
    for bound, rate in _buckets(behaviour).items():
        yield f'http_request_duration_seconds_bucket{{{labels},le="{bound}"}}', rate
    yield f"orders_total{{{labels}}}", behaviour.orders


def _buckets(behaviour: Behaviour) -> Mapping[str, float]:
    within = {f"{bound:g}": behaviour.requests * (behaviour.seconds <= bound) for bound in BOUNDS}
    return {**within, "+Inf": behaviour.requests}
