"""A route that goes through steps one after the other, on an API server in memory that fills in what real ones do."""

from dataclasses import replace
from typing import Any

import jsonpatch
from tests.fakes.objects import Json, order, route
from tests.fakes.schema import Schema

from rollouts_router.core.headers import header_planner
from rollouts_router.core.kinds import KINDS, RouteKind
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.mirroring import MirrorMode, MirrorStep
from rollouts_router.core.mirrors import mirror_planner
from rollouts_router.core.order import Order
from rollouts_router.core.patch import Patch
from rollouts_router.core.plan import Planner, RoutePlan
from rollouts_router.core.removal import removal_planner
from rollouts_router.core.routes import Route
from rollouts_router.core.weigh import weight_planner

MANAGED = ("h1", "h2", "m1", "m2")
ORDER: Order = replace(order().order, managed_routes=MANAGED)


class Steps:
    """A route in namespace shop, and what Rollout shop/web does with it."""

    def __init__(
        self, *rules: Json, kind: RouteKind = KINDS[0], schema: Schema | None = None, **meta: Any
    ) -> None:
        self.schema = schema or Schema()
        self.kind = kind
        self.now = self._kept(route({"rules": list(rules)}, kind=kind, **meta).object)
        self.warnings: list[str] = []

    @property
    def rules(self) -> list[Json]:
        """The rules as they are."""
        found: list[Json] = self.now.object["spec"]["rules"]
        return found

    @property
    def names(self) -> list[str]:
        """Names of the rules, empty for one without."""
        return [rule.get("name", "") for rule in self.rules]

    @property
    def claimed(self) -> bool:
        """Whether anybody has a claim or the label."""
        metadata = self.now.object["metadata"]
        return "annotations" in metadata or "labels" in metadata

    def plan(self, planner: Planner) -> RoutePlan:
        """What would be done."""
        return planner(self.now)

    def do(self, planner: Planner) -> "Steps":
        """Do it, and see to it that nothing is left to do."""
        plan = planner(self.now)
        self.warnings = list(plan.warnings)
        self.apply(plan.patch)
        again = planner(self.now).patch.to_json()
        assert not again, again
        return self

    def apply(self, patch: Patch) -> None:
        """Send a patch."""
        self.now = self._kept(jsonpatch.apply_patch(self.now.object, patch.to_json()))

    def edit(self, rules: list[Json]) -> "Steps":
        """Somebody writes other rules."""
        self.now = self._kept({**self.now.object, "spec": {"rules": rules}})
        return self

    def header(self, name: str = "h1", whose: Order = ORDER, **values: str) -> "Steps":
        """A header step with these values, exactly; `x` for 1 without any."""
        texts = {
            key.replace("_", "-"): TextMatch(exact=value) for key, value in (values or {"x": "1"}).items()
        }
        return self.do(header_planner(whose, name, texts))

    def mirror(
        self,
        name: str = "m1",
        *wishes: RequestMatch,
        percent: int | None = None,
        mode: MirrorMode = MirrorMode.FILTER,
        whose: Order = ORDER,
    ) -> "Steps":
        """A mirror step, for every request without a wish."""
        step = MirrorStep(name=name, matches=wishes or (RequestMatch(),), percent=percent, mode=mode)
        return self.do(mirror_planner(whose, step))

    def weight(self, canary: int) -> "Steps":
        """A weight step."""
        return self.do(weight_planner(replace(order(canary), order=ORDER)))

    def remove(self, *names: str, whose: Order = ORDER) -> "Steps":
        """The removal of these managed routes, of all without any."""
        return self.do(removal_planner(whose, names or None))

    def _kept(self, given: Any) -> Route:
        return Route(
            self.now.key if hasattr(self, "now") else route({}, kind=self.kind).key,
            self.schema.admit(given, self.kind.plural),
        )
