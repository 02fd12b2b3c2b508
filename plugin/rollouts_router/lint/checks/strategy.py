"""The strategy of a Rollout, read without trust."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from rollouts_router.core.model import DEFAULT_MAX_WEIGHT
from rollouts_router.core.untyped import integer, items, mapping, text
from rollouts_router.lint.documents import Step as PathStep
from rollouts_router.lint.manifests import ROLLOUTS, Given, Manifest

CANARY: Final = ("spec", "strategy", "canary")
BLUE_GREEN: Final = ("spec", "strategy", "blueGreen")
ROUTING: Final = (*CANARY, "trafficRouting")
MANAGED: Final = ("setHeaderRoute", "setMirrorRoute")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a canary: where it stands, from 0, and what it says."""

    index: int
    fields: Mapping[str, Any]

    @property
    def path(self) -> tuple[PathStep, ...]:
        """Where in the Rollout."""
        return (*CANARY, "steps", self.index)

    @property
    def shown(self) -> str:
        """What people call it."""
        return f"step {self.index + 1}"

    @property
    def weight(self) -> int | None:
        """The weight that it sets, if any."""
        return integer(self.fields.get("setWeight"))

    @property
    def scale(self) -> Mapping[str, Any] | None:
        """How it scales the canary, if it does."""
        value = self.fields.get("setCanaryScale")
        return mapping(value) if value is not None else None

    @property
    def managed(self) -> str:
        """The field by which it puts a managed route in or takes it out; empty when it does neither."""
        return next((field for field in MANAGED if self.fields.get(field) is not None), "")

    @property
    def route(self) -> str:
        """The managed route that it is about."""
        return text(mapping(self.fields.get(self.managed)).get("name"))

    @property
    def matches(self) -> list[object]:
        """What its managed route matches; nothing takes the route out."""
        return items(mapping(self.fields.get(self.managed)).get("match"))

    @property
    def holds(self) -> bool:
        """Whether somebody or something looks at the canary before it goes on."""
        return any(field in self.fields for field in ("pause", "analysis", "experiment", "plugin"))


@dataclass(frozen=True, eq=False)
class Canary:
    """A Rollout with a canary strategy."""

    rollout: Manifest

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Its steps."""
        entries = self.rollout.list(*CANARY, "steps")
        return tuple(Step(at, mapping(entry)) for at, entry in enumerate(entries))

    @property
    def has_routing(self) -> bool:
        """Whether a router shares out its traffic."""
        return self.rollout.get(*ROUTING) is not None

    @property
    def max_weight(self) -> int:
        """The weight that stands for all traffic."""
        return integer(self.rollout.get(*ROUTING, "maxTrafficWeight")) or DEFAULT_MAX_WEIGHT

    @cached_property
    def managed_routes(self) -> tuple[str, ...]:
        """Names of its managed routes."""
        return tuple(text(mapping(each).get("name")) for each in self.rollout.list(*ROUTING, "managedRoutes"))


def canaries(given: Given) -> Iterator[Canary]:
    """Every Rollout with a canary strategy."""
    for rollout in given.of("Rollout", ROLLOUTS):
        if rollout.get(*CANARY) is not None:
            yield Canary(rollout)
