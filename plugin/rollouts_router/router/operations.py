"""The operations of a traffic router, one coroutine each: read, plan, patch. Doors call these and nothing else."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from rollouts_router.core.advice import no_taker
from rollouts_router.core.allowed import require_allowed
from rollouts_router.core.config import PluginConfig, parse_config
from rollouts_router.core.errors import PassingError, RoutingError
from rollouts_router.core.features import Feature, needed
from rollouts_router.core.headers import header_planner
from rollouts_router.core.kinds import KINDS
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.mirroring import MirrorStep
from rollouts_router.core.mirrors import mirror_planner
from rollouts_router.core.model import Rollout
from rollouts_router.core.order import Order, order_of
from rollouts_router.core.plan import PurePlanner
from rollouts_router.core.removal import removal_planner
from rollouts_router.core.selection import RouteTask, Selection, require_all, require_routes, select
from rollouts_router.core.verify import Verdict, demand, is_awaited
from rollouts_router.core.verifying import VerifyMode
from rollouts_router.core.weigh import WeightOrder, weight_order, weight_planner
from rollouts_router.kube.errors import ApiError
from rollouts_router.router.bounds import CALL_SECONDS, bounded
from rollouts_router.router.endings import Endings, conclude
from rollouts_router.router.overwrites import Overwrites
from rollouts_router.router.ports import Experiment, ServicePorts, shares
from rollouts_router.router.preflight import Known, Preflight
from rollouts_router.router.reads import Reading, RouteReads
from rollouts_router.router.reports import Reports
from rollouts_router.router.settled import Settled
from rollouts_router.router.sweep import Sweep
from rollouts_router.router.verification import Verification, View
from rollouts_router.router.writes import Progress, Writes

_STEP_KINDS = tuple(kind for kind in KINDS if kind.managed_rules)


@dataclass(frozen=True, slots=True)
class _Survey:
    """What a Rollout wants, what each of its routes needs for that, and which of them cannot be had at all."""

    config: PluginConfig
    wish: WeightOrder
    selection: Selection
    failures: tuple[RoutingError | ApiError, ...]


class Router:
    """The router. Safe for concurrent calls; what it remembers between them only saves requests and adds warnings.

    Every method raises RoutingError, and nothing else, with a text for the user within `seconds` of its call; those
    that write return what they did. Routes outside of the `allowed` namespaces are refused unread; none allowed means all are.
    """

    def __init__(
        self,
        reads: RouteReads,
        writes: Writes,
        ports: ServicePorts,
        reports: Reports,
        *,
        preflight: Preflight,
        sweep: Sweep,
        verification: Verification,
        allowed: frozenset[str] = frozenset(),
        seconds: float = CALL_SECONDS,
    ) -> None:
        self._reads = reads
        self._writes = writes
        self._ports = ports
        self._reports = reports
        self._preflight = preflight
        self._sweep = sweep
        self._verification = verification
        self._overwrites = Overwrites(reports)
        self._endings = Endings(reports)
        self._settled = Settled()
        self._allowed = allowed
        self._seconds = seconds

    async def set_weight(
        self, rollout: Rollout, desired: int, experiments: Sequence[Experiment] = ()
    ) -> Progress:
        """Give the canary `desired` of the Rollout's maximum weight on every route, experiments theirs, stable the rest.

        When one route cannot be had nothing is written; but a weight of 0, and every weight of an abort, is, wherever
        it can be: one route must not leave the canary its share everywhere.

        Args:
            rollout: Whose routes.
            desired: In units of maxTrafficWeight; clamped to 0..maximum.
            experiments: Services of an experiment step that get a share too.
        """
        progress, owed = Progress(), self._endings.owed(rollout)
        async with self._bounded(rollout, "set the weights", progress):
            survey = await self._survey(rollout, desired, experiments)
            wish, selection = survey.wish, survey.selection
            self._overwrites.look(rollout, wish, selection.plans())
            if wish.gives_traffic():
                await self._preflight.require(selection.tasks, wish.takers())
            fields = {"canary": wish.split.canary, "stable": wish.split.stable} | shares(experiments)
            todo = progress.start(selection.tasks, survey.failures)
            await self._write(rollout, todo, progress, "weights set", fields)
            self._overwrites.carry(wish, progress.written)
            if not survey.failures:
                progress.add(await self._sweep.run(rollout, survey.config, wish.order, selection))
                require_routes(rollout, survey.config, selection)
            self._endings.weights(rollout, wish, progress, owed)
            if not progress.failed:
                self._reports.weighed(rollout, wish.split)
            return progress

    async def verify_weight(
        self, rollout: Rollout, desired: int, experiments: Sequence[Experiment] = ()
    ) -> Verdict:
        """Read the routes again and tell whether the weights of `set_weight` are live, within a few seconds.

        What may pass by itself is "not yet": after an error the controller would not ask again of its own accord.
        """
        try:
            return await self.check_weight(rollout, desired, experiments)
        except PassingError as error:
            self._reports.doubtful(rollout, [str(error)])
            return Verdict.NOT_VERIFIED

    async def check_weight(
        self, rollout: Rollout, desired: int, experiments: Sequence[Experiment] = ()
    ) -> Verdict:
        """The same, for who asks again by himself: what may pass is an error as everywhere else."""
        if not is_awaited(rollout, desired):
            return Verdict.NOT_IMPLEMENTED
        async with self._bounded(rollout, "verify the weights"):
            if self._config(rollout).verify.mode is VerifyMode.OFF:
                return Verdict.NOT_IMPLEMENTED
            look = partial(self._view, rollout, desired, experiments, {})
            return await self._verification.answer(rollout, look)

    async def set_header_route(self, rollout: Rollout, name: str, match: Mapping[str, TextMatch]) -> Progress:
        """Lead requests with these headers to the canary, on every route that takes header routes.

        Without a match the managed route of that name is removed.
        """
        if not match:
            return await self._remove(rollout, (name,))
        return await self._step(
            rollout, f"setHeaderRoute {name}", lambda order, _: header_planner(order, name, match)
        )

    async def set_mirror_route(
        self, rollout: Rollout, name: str, matches: Sequence[RequestMatch], percent: int | None
    ) -> Progress:
        """Copy these requests, or `percent` of them, to the canary. Without a match the mirror of that name is removed."""
        if not matches:
            return await self._remove(rollout, (name,))
        step = MirrorStep(name=name, matches=tuple(matches), percent=percent)

        def configured(config: PluginConfig) -> MirrorStep:
            return replace(step, mode=config.mirror_mode, fraction=config.mirror_fractions.get(name))

        return await self._step(
            rollout,
            f"setMirrorRoute {name}",
            lambda order, config: mirror_planner(order, configured(config)),
            lambda config: needed(configured(config)),
        )

    async def remove_managed_routes(self, rollout: Rollout) -> None:
        """Take out all that header and mirror steps put in; free when the Rollout declares no managed routes.

        While a canary is under way what fails is told by the next `set_weight`, see `Endings`.
        """
        failure = None
        try:
            await self.clear_managed_routes(rollout)
        except RoutingError as error:
            failure = error
        self._endings.removal(rollout, failure)

    async def clear_managed_routes(self, rollout: Rollout) -> Progress:
        """The same, for who asks for nothing else: what fails is an error at once."""
        return await self._remove(rollout, None) if rollout.managed_routes else Progress()

    async def _survey(self, rollout: Rollout, desired: int, experiments: Sequence[Experiment]) -> _Survey:
        config = self._config(rollout)
        wish = weight_order(
            rollout, order_of(rollout, config), desired, await self._ports.destinations(rollout, experiments)
        )
        self._reports.clamped(rollout, desired, rollout.max_weight(), wish.split.canary)
        reading = await self._reads.find(config)
        planner_for = self._settled.planners(
            f"{rollout} weights", lambda order: weight_planner(replace(wish, order=order)), wish.order
        )
        selection = select(reading.routes, planner_for)
        if wish.gives_traffic() or not selection.tasks:
            _require_all(rollout, reading, selection)
        if wish.gives_traffic() and not config.sources:  # a mistake in mid-canary, no wish to let go of all
            require_routes(rollout, config, selection)
        self._reports.selected(rollout, config, selection)
        return _Survey(config, wish, selection, (*reading.failures, *selection.missed))

    async def _step(
        self,
        rollout: Rollout,
        doing: str,
        make: Callable[[Order, PluginConfig], PurePlanner],
        needs: Callable[[PluginConfig], Collection[Feature]] = lambda _: (),
    ) -> Progress:
        if rollout.skips_steps:
            # The controller goes on naming the step it stood at; putting it back would undo the removal it has just
            # asked for, and an error would keep it from SetWeight.
            return Progress()
        progress = Progress()
        async with self._bounded(rollout, doing, progress):
            config = self._config(rollout)
            order = order_of(rollout, config)
            reading = await self._reads.find(config, kinds=_STEP_KINDS)
            takers = [entry for entry in reading.routes if entry.use_header_routes]
            planner_for = self._settled.planners(f"{rollout} {doing}", lambda each: make(each, config), order)
            selection = select(takers, planner_for)
            _require_all(rollout, reading, selection)
            warnings = selection.warnings() if selection.tasks else [no_taker(doing, takers)]
            self._reports.step(rollout, doing, warnings)
            await self._preflight.require(selection.tasks, [order.backends.canary])
            doubts = await self._preflight.require_able(selection.tasks, needs(config))
            self._reports.unchecked(rollout, doing, doubts)
            await self._write(rollout, progress.start(selection.tasks), progress, f"{doing} done", {})
            return conclude(rollout, progress)

    async def _remove(self, rollout: Rollout, names: Collection[str] | None) -> Progress:
        progress = Progress()
        async with self._bounded(rollout, "remove managed routes", progress):
            config = self._config(rollout)
            order = order_of(rollout, config)
            reading = await self._reads.find(config, kinds=_STEP_KINDS, missing_ok=True)
            planner = removal_planner(order, None if names is None else tuple(names))
            selection = select(reading.routes, lambda _: planner)
            # What is gone needs no removal.
            tasks = [replace(task, required=False) for task in selection.tasks]
            todo = progress.start(tasks, (*reading.failures, *selection.missed))
            is_lost = bool(todo) and names is None and rollout.loses_managed_routes()
            self._reports.removal(rollout, selection.warnings(), is_lost=is_lost)
            await self._write(rollout, todo, progress, "managed routes removed", {})
            return conclude(rollout, progress)

    async def _write(
        self,
        rollout: Rollout,
        todo: Sequence[RouteTask],
        progress: Progress,
        event: str,
        fields: Mapping[str, object],
    ) -> None:
        try:
            await self._writes.write(todo, progress)
        finally:
            self._reports.changed(rollout, event, progress, **fields)

    async def _view(
        self, rollout: Rollout, desired: int, experiments: Sequence[Experiment], grants: Known
    ) -> View:
        survey = await self._survey(rollout, desired, experiments)
        if survey.failures and not survey.wish.is_retreat:
            raise survey.failures[0]
        require_routes(rollout, survey.config, survey.selection)
        wish, tasks, plans = survey.wish, survey.selection.tasks, survey.selection.plans()
        self._overwrites.carry(wish, [plan.route for plan in plans if plan.carries_weights])
        takers = wish.takers() if wish.gives_traffic() else ()
        missing = await self._preflight.ungranted(tasks, takers, grants)
        return View(demand(rollout, wish.split, survey.config.verify), plans, [str(each) for each in missing])

    def _config(self, rollout: Rollout) -> PluginConfig:
        config = parse_config(rollout)
        require_allowed(rollout, config, self._allowed)
        return config

    @asynccontextmanager
    async def _bounded(
        self, rollout: Rollout, doing: str, progress: Progress | None = None
    ) -> AsyncIterator[None]:
        try:
            async with bounded(self._seconds, str(rollout), doing, progress):
                yield
        finally:
            await self._reports.post()


def _require_all(rollout: Rollout, reading: Reading, selection: Selection) -> None:
    if reading.failures:
        raise reading.failures[0]
    require_all(rollout, selection)
