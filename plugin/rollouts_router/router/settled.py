"""A memory of routes that needed nothing: asked again about the very same route, nobody plans it anew.

A controller repeats a step at every reconcile. What a plan goes by is the route and the planner's arguments; the memory
goes by a digest over all of both. So nothing that decides can change unseen, and nothing has ever to be taken back.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec

from rollouts_router.core.order import Order
from rollouts_router.core.plan import Planner, PurePlanner, RoutePlan
from rollouts_router.core.routes import Route, RouteKey
from rollouts_router.core.selection import FoundRoute
from rollouts_router.core.standing import Standing
from rollouts_router.router.recent import MOST, Recent

_DIGEST_BYTES: Final = 16  # two of a process's routes are taken for one once in 2**64 or so
_ENCODER: Final = msgspec.json.Encoder()


class Settled:
    """Remembers of each route, for each purpose, what it was like when it needed nothing last."""

    def __init__(self, most: int = MOST) -> None:
        self._known: Recent[tuple[str, RouteKey], tuple[bytes, bool]] = Recent(most)

    def planners(
        self, purpose: str, make: Callable[[Order], PurePlanner], order: Order
    ) -> Callable[[FoundRoute], Planner]:
        """A planner for each route, narrowed to the rules that its own entry names; most name none, and share one.

        They are quick about a route that is as it was when it needed nothing. A plan with anything in it, a patch, a
        warning or a reason to leave the route alone, is made anew each time, and so is an error.

        Args:
            purpose: Whose plans, and what for; only the last state of a route is kept for one.
            make: Makes a planner.
            order: What it is made of.
        """
        shared = self._over(purpose, make(order))
        return lambda entry: (
            self._over(purpose, make(replace(order, rule_names=entry.rule_names)))
            if entry.rule_names
            else shared
        )

    def _over(self, purpose: str, planner: PurePlanner) -> Planner:
        terms = _ENCODER.encode((planner.func.__qualname__, planner.args, planner.keywords))
        arguments = hashlib.blake2b(terms, digest_size=_DIGEST_BYTES)

        def plan(route: Route) -> RoutePlan:
            both = arguments.copy()
            both.update(_ENCODER.encode(route.object))
            place, state = (purpose, route.key), both.digest()
            known = self._known.get(place)
            if known is not None and known[0] == state:
                return _nothing(route, carries_weights=known[1])
            made = planner(route)
            if made == _nothing(route, carries_weights=made.carries_weights):
                self._known.put(place, (state, made.carries_weights))
            return made

        return plan


def _nothing(route: Route, *, carries_weights: bool) -> RoutePlan:
    return RoutePlan(route=route, standing=Standing.OURS, carries_weights=carries_weights)
