"""Notices that somebody else changed the weights of a step. Putting them back is what SetWeight does anyway."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rollouts_router.core.backends import Backend
from rollouts_router.core.model import Rollout
from rollouts_router.core.plan import RoutePlan
from rollouts_router.core.routes import Route, RouteKey
from rollouts_router.core.untyped import integer, text
from rollouts_router.core.weigh import WeightOrder
from rollouts_router.core.writers import overwritten
from rollouts_router.router.recent import MOST, Recent
from rollouts_router.router.reports import Reports


@dataclass(frozen=True, slots=True)
class _Carried:
    """Which weights a route carried last, and in which generation."""

    uid: str
    generation: int
    weights: Mapping[Backend, int]


class Overwrites:
    """Remembers the weights that routes carried, so that others than these, wanted by nobody, are told.

    A memory that is lost costs a warning, nothing else.
    """

    def __init__(self, reports: Reports, most: int = MOST) -> None:
        self._reports = reports
        self._carried: Recent[tuple[str, RouteKey], _Carried] = Recent(most)

    def look(self, rollout: Rollout, wish: WeightOrder, plans: Sequence[RoutePlan]) -> None:
        """Before anything is written: warn of routes that carried these weights and do not any more."""
        wanted = wish.wanted()
        self._reports.overwritten(
            rollout, [overwritten(plan.route) for plan in plans if self._is_overwritten(wish, plan)]
        )
        for plan in plans:
            before = self._carried.get((wish.order.rollout, plan.route.key))
            if before is not None and before.weights != wanted:
                # Whatever happens to this write, the former weights are no longer what the route has to carry.
                self._carried.drop((wish.order.rollout, plan.route.key))
        self.carry(wish, [plan.route for plan in plans if plan.carries_weights])

    def carry(self, wish: WeightOrder, routes: Iterable[Route]) -> None:
        """These routes carry the weights, as they are here."""
        wanted = wish.wanted()
        for route in routes:
            generation = integer(route.metadata.get("generation"))
            if generation is not None:
                carried = _Carried(text(route.metadata.get("uid")), generation, wanted)
                self._carried.put((wish.order.rollout, route.key), carried)

    def _is_overwritten(self, wish: WeightOrder, plan: RoutePlan) -> bool:
        before = self._carried.get((wish.order.rollout, plan.route.key))
        generation = integer(plan.route.metadata.get("generation"))
        return (
            not plan.carries_weights
            and before is not None
            and generation is not None
            and before.weights == wish.wanted()
            and before.uid == text(plan.route.metadata.get("uid"))
            and before.generation < generation
        )
