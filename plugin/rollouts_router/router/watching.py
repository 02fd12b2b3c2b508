"""Watch: the weights and conditions of a Rollout's routes, first all of them, then what has changed.

It looks again and again instead of watching the API: the rights that the router has end with get and list.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from rollouts_router.core.allowed import require_allowed
from rollouts_router.core.config import PluginConfig, parse_config
from rollouts_router.core.model import Rollout
from rollouts_router.core.observing import Observation, look_planner, observe
from rollouts_router.core.order import Order, order_of
from rollouts_router.core.plan import Planner, RoutePlan
from rollouts_router.core.routes import RouteKey
from rollouts_router.core.selection import FoundRoute, Selection, own_order, require_all, select
from rollouts_router.core.verify import Demand, Verdict, demand, judge
from rollouts_router.core.verifying import VerifyMode
from rollouts_router.core.weigh import weight_order, weight_planner
from rollouts_router.core.weights import Split, split
from rollouts_router.router.bounds import CALL_SECONDS, bounded
from rollouts_router.router.reads import RouteReads
from rollouts_router.router.verification import Sightings

_ANY: Final = Split(canary=0, stable=0)
"""Stands for whatever the routes carry; nothing is compared with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteState:
    """One route at one moment: what it shows, whether its weights are live, and if not why."""

    seen: Observation
    live: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is new since the last one.

    Attributes:
        routes: Those that are new or different, in the order of the configuration.
        gone: Those that the Rollout controls no more.
        verdict: Of all routes together.
        total: How many routes there are.
        live: How many of them are live.
    """

    routes: tuple[RouteState, ...]
    gone: tuple[RouteKey, ...]
    verdict: Verdict
    total: int
    live: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Watches one Rollout at a time; safe for concurrent calls.

    Attributes:
        reads: The API.
        sightings: Since when what is there has been there; shared with whoever verifies weights.
        clock: Monotonic seconds.
        sleep: Waits so many seconds.
        allowed: In which namespaces routes may be; empty: everywhere.
        seconds: What one look may take.
    """

    reads: RouteReads
    sightings: Sightings
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    allowed: frozenset[str] = frozenset()
    seconds: float = CALL_SECONDS

    async def watch(
        self, rollout: Callable[[], Awaitable[Rollout]], desired: int | None, interval: float
    ) -> AsyncGenerator[Change, None]:
        """Everything at once, then each change, for as long as somebody asks for the next one.

        Args:
            rollout: Gives the Rollout as it is; asked before each look.
            desired: The weight that the routes should carry, as for SetWeight; None: whatever they carry is right.
            interval: Seconds between two looks, more than 0.

        Raises:
            RoutingError: The Rollout or its routes cannot be read.
        """
        before: Mapping[RouteKey, RouteState] = {}
        is_first = True
        while True:
            now = await self._look(await rollout(), desired)
            change = _difference(before, now)
            if is_first or change.routes or change.gone:
                yield change
            before, is_first = now, False
            await self.sleep(interval)

    async def _look(self, rollout: Rollout, desired: int | None) -> Mapping[RouteKey, RouteState]:
        async with bounded(self.seconds, str(rollout), "look at its routes"):
            config = parse_config(rollout)
            require_allowed(rollout, config, self.allowed)
            order = order_of(rollout, config)
            reading = await self.reads.find(config)
            if reading.failures:
                raise reading.failures[0]
            selection = select(reading.routes, _planner(rollout, order, desired))
            require_all(rollout, selection)
        orders = {entry.route.key: own_order(order, entry) for entry in reversed(reading.routes)}
        return self._states(_demand(rollout, config, desired), selection, orders)

    def _states(
        self, wanted: Demand, selection: Selection, orders: Mapping[RouteKey, Order]
    ) -> Mapping[RouteKey, RouteState]:
        now = self.clock()
        return {
            plan.route.key: self._state(wanted, plan, orders[plan.route.key], now)
            for plan in selection.plans()
        }

    def _state(self, wanted: Demand, plan: RoutePlan, order: Order, now: float) -> RouteState:
        judged = judge(wanted, plan, self.sightings.ages(plan, now))
        return RouteState(seen=observe(order, plan.route), live=judged.live, reason=judged.reason)


def _planner(rollout: Rollout, order: Order, desired: int | None) -> Callable[[FoundRoute], Planner]:
    if desired is None:
        return lambda entry: look_planner(own_order(order, entry))
    wish = weight_order(rollout, order, desired, ())
    return lambda entry: weight_planner(replace(wish, order=own_order(order, entry)))


def _demand(rollout: Rollout, config: PluginConfig, desired: int | None) -> Demand:
    is_off = config.verify.mode is VerifyMode.OFF  # nothing waits for gateways then
    rules = replace(config.verify, mode=VerifyMode.SPEC) if is_off else config.verify
    if desired is None:
        return Demand(split=_ANY, is_full=False, rules=rules)
    return demand(rollout, split(desired, rollout.max_weight()), rules)


def _difference(before: Mapping[RouteKey, RouteState], now: Mapping[RouteKey, RouteState]) -> Change:
    live = sum(state.live for state in now.values())
    verdict = Verdict.VERIFIED if live == len(now) else Verdict.NOT_VERIFIED
    return Change(
        routes=tuple(state for key, state in now.items() if not _is_same(before.get(key), state)),
        gone=tuple(key for key in before if key not in now),
        verdict=verdict if now else Verdict.NOT_IMPLEMENTED,
        total=len(now),
        live=live,
    )


def _is_same(before: RouteState | None, now: RouteState) -> bool:
    """Whether nothing that is told is different; a route's other fields may change as they like."""
    return before is not None and _told(before) == _told(now)


def _told(state: RouteState) -> tuple[object, ...]:
    seen = state.seen
    return (seen.generation, seen.rules, seen.parents, state.live, state.reason)
