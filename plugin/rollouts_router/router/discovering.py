"""Discover: which routes a Rollout would get as things stand, and why others would be left out. Reads only."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from rollouts_router.core.allowed import require_allowed
from rollouts_router.core.backends import Backends
from rollouts_router.core.config import BLOCK, PluginConfig, parse_config
from rollouts_router.core.errors import NoRoutesError, RoutingError
from rollouts_router.core.grants import Need
from rollouts_router.core.model import Rollout
from rollouts_router.core.observing import Observation, observe
from rollouts_router.core.order import Order, order_of
from rollouts_router.core.plan import Planner
from rollouts_router.core.routes import Route, RouteKey, rules
from rollouts_router.core.selection import FoundRoute, Selection, own_order, require_routes, select
from rollouts_router.core.standing import Standing, explain, standing_by
from rollouts_router.core.weigh import weight_order, weight_planner
from rollouts_router.kube.errors import ApiError
from rollouts_router.router.bounds import CALL_SECONDS, bounded
from rollouts_router.router.preflight import Known, Preflight
from rollouts_router.router.reads import Reading, RouteReads

_ANY_WEIGHT: Final = 1
"""What is planned to see whether anything could be: a weight that gives the canary traffic."""


class Reason(Enum):
    """Why a route is left out."""

    NO_RULE = "it is named or selected, and no rule of it holds both backends"
    NOT_SELECTED = "it refers to a backend, and is neither named nor selected"
    MISSING = "it is named, and does not exist"
    REFUSED = "it holds both backends, and cannot be changed as it is"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A route that is left out, and why, for programs and for people.

    `holds_both` tells that a rule of it has both backends all the same.
    """

    key: RouteKey
    reason: Reason
    sentence: str
    holds_both: bool = False


@dataclass(frozen=True, slots=True)
class Discovered:
    """A route that the Rollout would get: how it was found, and what it carries."""

    entry: FoundRoute
    seen: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the routes of a Rollout, before anything is made of it.

    Attributes:
        config: The Rollout's configuration.
        order: What it is to every route.
        reading: What was read by that configuration, and what could not be.
        selection: Which of these routes it would get.
        unwritable: Routes of its own that no served version can write, each with the reason.
        ungranted: ReferenceGrants that are missing.
        others: Routes that only refer to its backends.
        skipped: Kinds that could not be looked through for such, each with the reason.
    """

    config: PluginConfig
    order: Order
    reading: Reading
    selection: Selection
    unwritable: tuple[RoutingError, ...]
    ungranted: tuple[Need, ...]
    others: tuple[LeftOut, ...] = ()
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All that was found.

    Attributes:
        namespace: Where routes were looked for.
        backends: What takes the shares now.
        routes: Those it would get, in the order of its configuration.
        left_out: Those it would not get.
        problems: What makes a call fail as things stand.
        warnings: What somebody should look at.
    """

    namespace: str
    backends: Backends
    routes: tuple[Discovered, ...]
    left_out: tuple[LeftOut, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovering:
    """Looks for the routes of Rollouts.

    Attributes:
        reads: The API.
        preflight: Finds what would stop a write.
        allowed: In which namespaces; empty: everywhere.
        seconds: What a call may take.
    """

    reads: RouteReads
    preflight: Preflight
    allowed: frozenset[str] = frozenset()
    seconds: float = CALL_SECONDS

    async def discover(self, rollout: Rollout, *, unselected: bool) -> Findings:
        """Look at the routes of a Rollout; with `unselected` also at those that only refer to its backends.

        Raises:
            RoutingError: The configuration cannot be read, or the routes cannot.
        """
        async with bounded(self.seconds, str(rollout), "look for its routes"):
            found = await self.look(rollout, unselected=unselected)
            for failure in found.reading.failures:
                if isinstance(failure, ApiError):
                    raise failure
        return Findings(
            namespace=found.config.namespace,
            backends=found.order.backends,
            routes=_discovered(found.order, found.reading, found.selection),
            left_out=(*_left_out(found.config, found.reading, found.selection), *found.others),
            problems=(
                *_problems(rollout, found.config, found.reading, found.selection),
                *map(str, (*found.unwritable, *found.ungranted)),
            ),
            warnings=(*found.config.hints, *found.selection.warnings(), *found.skipped),
        )

    async def look(self, rollout: Rollout, *, unselected: bool, grants: Known | None = None) -> Look:
        """The same as values, for who judges by himself; what could not be read is among the failures of its reading.

        `grants` are ReferenceGrants that are known already; those that are read are put into it.

        Raises:
            RoutingError: The configuration cannot be read.
            ApiError: The API did not answer as it should.
        """
        config = parse_config(rollout)
        require_allowed(rollout, config, self.allowed)
        order = order_of(rollout, config)
        reading = await self.reads.find(config)
        selection = select(reading.routes, _planner(rollout, order))
        others, skipped = await self._others(config, order, reading) if unselected else ((), ())
        takers = (order.backends.stable, order.backends.canary)
        return Look(
            config=config,
            order=order,
            reading=reading,
            selection=selection,
            unwritable=tuple([error async for error in self._unwritable(selection)]),
            ungranted=await self.preflight.ungranted(selection.tasks, takers, grants),
            others=tuple(others),
            skipped=tuple(skipped),
        )

    async def _unwritable(self, selection: Selection) -> AsyncIterator[RoutingError]:
        for task in selection.tasks:
            try:
                await self.reads.require_writable(task.plan.route)
            except RoutingError as error:
                yield error

    async def _others(
        self, config: PluginConfig, order: Order, reading: Reading
    ) -> tuple[Sequence[LeftOut], Sequence[str]]:
        found = {entry.route.key for entry in reading.routes}
        routes, skipped = await self.reads.everywhere(config.namespace, "")
        others = [route for route in routes if route.key not in found and _refers(order, route)]
        return [_not_selected(order, route) for route in others], skipped


def _planner(rollout: Rollout, order: Order) -> Callable[[FoundRoute], Planner]:
    def plans(entry: FoundRoute) -> Planner:
        return weight_planner(weight_order(rollout, own_order(order, entry), _ANY_WEIGHT, ()))

    return plans


def _refers(order: Order, route: Route) -> bool:
    return standing_by(order, rules(route)) is not Standing.NEITHER


def _not_selected(order: Order, route: Route) -> LeftOut:
    sentence = f"{explain(order, route)}; and {BLOCK} neither names nor selects it"
    holds_both = standing_by(order, rules(route)) is Standing.OURS
    return LeftOut(route.key, Reason.NOT_SELECTED, sentence, holds_both)


def _discovered(order: Order, reading: Reading, selection: Selection) -> tuple[Discovered, ...]:
    entries = _by_key(reading.routes)
    found = (entries[task.plan.route.key] for task in selection.tasks)
    return tuple(Discovered(entry, observe(own_order(order, entry), entry.route)) for entry in found)


def _left_out(config: PluginConfig, reading: Reading, selection: Selection) -> Iterable[LeftOut]:
    for plan in selection.left_alone:
        yield LeftOut(plan.route.key, Reason.NO_RULE, plan.sentence)
    read = {str(entry.route.key): entry.route.key for entry in reading.routes}
    for error in selection.missed:
        reason = Reason.NO_RULE if error.field else Reason.REFUSED  # a field is to blame for what it names
        yield LeftOut(read[error.route], reason, str(error))
    named = _named(config)
    for failure in reading.failures:
        if isinstance(failure, RoutingError) and failure.route in named:
            yield LeftOut(named[failure.route], Reason.MISSING, str(failure))


def _problems(
    rollout: Rollout, config: PluginConfig, reading: Reading, selection: Selection
) -> tuple[str, ...]:
    problems = [str(failure) for failure in (*reading.failures, *selection.missed)]
    if not problems:
        try:
            require_routes(rollout, config, selection)
        except NoRoutesError as error:
            problems.append(str(error))
    return tuple(dict.fromkeys(problems))


def _by_key(found: Sequence[FoundRoute]) -> Mapping[RouteKey, FoundRoute]:
    """The first entry of each route counts, as in a selection."""
    return {entry.route.key: entry for entry in reversed(found)}


def _named(config: PluginConfig) -> Mapping[str, RouteKey]:
    keys = (
        RouteKey(source.kind, config.namespace, route.name)
        for source in config.sources
        for route in source.named
    )
    return {str(key): key for key in keys}
