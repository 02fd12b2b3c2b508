"""A release of the application chart in a namespace of the shared bed: installed, rolled, watched.

Gates, dashboards and metrics are not known here; what a chart renders is asked in `tests/charts`.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.charts.rendering import Rendered, render

from e2e.bed.rollouts import Canary
from e2e.scenarios.site import SOON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.bed.api import Api
    from e2e.bed.kinds import Object
    from e2e.scenarios.site import Site

NAME: Final = "shop"
PATIENCE: Final = 90.0  # seconds for a step; two busy cores may run three of these tests and a build

_WEIGHT: Final = re.compile(r"Traffic weight updated from \d+ to (?P<to>\d+)")

# Values for every release in a bed: no gateway runs there, so none is waited for; KWOK has no metrics to scale by; a
# hold of a second is enough to be seen; whoever tests gates has somebody to ask. What a test gives goes before these.
BED_VALUES: Final[Mapping[str, object]] = {
    "image": "shop:1",
    "port": 8080,
    "host": "shop.example.com",
    "plugin": {"config": {"verify": {"mode": "spec"}}},
    "autoscaling": {"type": "none"},
    "pace": {"hold": "1s"},
    "gates": {"provider": "none"},
}


def bed_values(values: Mapping[str, object]) -> Object:
    """The values of a test, laid over those of the bed; None takes one of the bed's out."""
    return {name: value for name, value in _laid_over(dict(BED_VALUES), values).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What the chart made of some values, in a namespace; `canary` drives and reads its Rollout."""

    site: Site
    values: Object
    rendered: Rendered
    canary: Canary

    @property
    def namespace(self) -> str:
        """Where it is."""
        return self.site.namespace

    @property
    def admin(self) -> Api:
        """Whoever may do everything."""
        return self.site.admin

    async def roll(self, version: int = 2) -> None:
        """A new version is released; the values stay as they are."""
        await self.canary.set_image(f"{self.canary.name}:{version}")

    async def is_promoted(self, *, within: float = PATIENCE) -> Object:
        """The latest version is stable; the Rollout."""
        return await self.canary.wait(_is_promoted, "the latest version is stable", within)

    def weights_given(self) -> list[int]:
        """The canary's weights that the controller has set since the test began, in their order, from its log.

        (Its Events of them are thinned out by client-go when several come at once.)
        """
        marks = (
            "event_reason=TrafficWeightUpdated",
            f"namespace={self.namespace}",
            f"rollout={self.canary.name}",
        )
        lines = (f"{line} " for line in self.site.journal.lines())
        found = (_WEIGHT.search(line) for line in lines if all(f"{mark} " in line for mark in marks))
        return [int(each["to"]) for each in found if each]

    async def weight(self) -> int:
        """The canary's weight in the route of the host now."""
        route = await self.admin.get("HTTPRoute", self.canary.name, self.namespace)
        return int(route["spec"]["rules"][0]["backendRefs"][1]["weight"])

    async def comes_to(self, weight: int) -> None:
        """The route of the host carries this weight, soon: a promotion is over before its weights are back."""

        def carried(route: Object) -> bool:
            return bool(route["spec"]["rules"][0]["backendRefs"][1]["weight"] == weight)

        await self.admin.wait_until(
            "HTTPRoute", self.canary.name, self.namespace, carried, within=SOON, what=f"carries {weight}"
        )


@dataclass(frozen=True, slots=True)
class Kit:
    """What a test of the kit starts with: a namespace of its own in the shared bed."""

    site: Site

    async def install(self, values: Mapping[str, object], *, name: str = NAME) -> Release:
        """Renders the chart and applies every object; returns when the first version is healthy."""
        release = await self.apply(values, name=name)
        await release.canary.wait_healthy(within=PATIENCE)
        return release

    async def apply(self, values: Mapping[str, object], *, name: str = NAME) -> Release:
        """Renders the chart and applies every object, an upgrade as well; waits for nothing."""
        whole = bed_values(values)
        rendered = render(whole, name=name, namespace=self.site.namespace)
        for thing in rendered.objects:
            await self.site.admin.apply(thing)
        canary = Canary(self.site.plane, name, self.site.namespace)
        return Release(site=self.site, values=whole, rendered=rendered, canary=canary)


def _laid_over(under: Mapping[str, object], over: Mapping[str, object]) -> Object:
    merged: Object = copy.deepcopy(dict(under))
    for name, value in over.items():
        below = merged.get(name)
        if isinstance(below, dict) and isinstance(value, dict):
            merged[name] = _laid_over(below, value)
        else:
            merged[name] = value
    return merged


def _is_promoted(status: Object) -> bool:
    return status.get("phase") == "Healthy" and status.get("stableRS") == status.get("currentPodHash")
