"""The operations of a traffic router, one coroutine each: read, plan, patch. Doors call these and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rollouts_router.core.config import parse_config
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.model import Rollout
from rollouts_router.core.plan import WeightOrder
from rollouts_router.core.routes import Route, RouteKey, is_managed_name, rules
from rollouts_router.core.selection import Selection, select
from rollouts_router.core.weights import split
from rollouts_router.kube.errors import ApiError, NotFound
from rollouts_router.router.reads import RouteReads
from rollouts_router.router.reports import Reports
from rollouts_router.router.writes import Progress, RouteWrites

CALL_SECONDS = 30.0  # the controller sets no limit, and a call that hangs takes one of its workers


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the routes carry the weights; if not, why, one sentence a route."""

    verified: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Survey:
    """What a Rollout wants, what each of its routes needs for that, and which of them cannot be had at all."""

    order: WeightOrder
    selection: Selection
    named: frozenset[RouteKey]
    failures: tuple[RoutingError | ApiError, ...]


class Router:
    """The router. Safe for concurrent calls; it remembers nothing of a route between them.

    Every method raises RoutingError, and nothing else, with a text for the user within `seconds` of its call.
    """

    def __init__(
        self, reads: RouteReads, writes: RouteWrites, reports: Reports, seconds: float = CALL_SECONDS
    ) -> None:
        self._reads = reads
        self._writes = writes
        self._reports = reports
        self._seconds = seconds

    async def set_weight(self, rollout: Rollout, desired: int, experiments: Sequence[str] = ()) -> None:
        """Give the canary `desired` of the Rollout's maximum weight on every route, and stable the rest.

        When one route cannot be had nothing is written; but a weight of 0 is, wherever it can be, for an abort
        must not leave the canary its share everywhere because of one route.

        Args:
            rollout: Whose routes.
            desired: In units of maxTrafficWeight; clamped to 0..maximum.
            experiments: Services of an experiment step that want a share too.
        """
        progress = Progress()
        async with self._bounded(rollout, "set the weights", progress):
            survey = await self._survey(rollout, desired, experiments)
            todo = progress.start(survey.selection.plans, survey.failures)
            try:
                await self._writes.write(survey.order, todo, survey.named, progress)
            finally:
                self._reports.changed(rollout, survey.order.split, progress.changed, progress.released)
        if progress.failed:
            raise _failure(rollout, progress)

    async def verify_weight(
        self, rollout: Rollout, desired: int, experiments: Sequence[str] = ()
    ) -> Verification:
        """Read every route again and tell whether it carries exactly the weights of `set_weight`."""
        async with self._bounded(rollout, "verify the weights"):
            survey = await self._survey(rollout, desired, experiments)
            if survey.failures:
                raise survey.failures[0]
        wanted = survey.order.split
        reasons = tuple(
            f"{plan.route.key} does not carry the weights {wanted.stable} (stable) and {wanted.canary} (canary)"
            for plan in survey.selection.plans
            if not plan.carries_weights
        )
        self._reports.unverified(rollout, reasons)
        return Verification(verified=not reasons, reasons=reasons)

    async def set_header_route(self, rollout: Rollout, name: str, *, removes: bool) -> None:
        """Header steps are not built yet: removing what does not exist succeeds, all else is an error."""
        await self._managed_step(rollout, "setHeaderRoute", name, removes=removes)

    async def set_mirror_route(self, rollout: Rollout, name: str, *, removes: bool) -> None:
        """Mirror steps are not built yet: removing what does not exist succeeds, all else is an error."""
        await self._managed_step(rollout, "setMirrorRoute", name, removes=removes)

    async def remove_managed_routes(self, rollout: Rollout) -> None:
        """Succeeds when no route holds a rule of a managed route; free when the Rollout declares none."""
        await self._refuse_leftovers(rollout, rollout.managed_routes)

    async def _survey(self, rollout: Rollout, desired: int, experiments: Sequence[str]) -> _Survey:
        if experiments:
            raise RoutingError(
                f"{rollout}: this version of rollouts-router cannot give weights to the Services of an experiment"
                f" ({', '.join(experiments)}). Remove the weights of the experiment step's templates"
            )
        config = parse_config(rollout)
        maximum = rollout.max_weight()
        order = WeightOrder(
            namespace=rollout.namespace,
            services=rollout.services(),
            split=split(desired, maximum),
            managed_routes=rollout.managed_routes,
            label=config.label,
        )
        self._reports.clamped(rollout, desired, maximum, order.split)
        reading = await self._reads.find(config)
        if reading.failures and (order.split.canary or not reading.routes):
            raise reading.failures[0]
        selection = select(rollout, config, order, reading.routes)
        self._reports.selected(rollout, config, selection)
        missed = (RoutingError(sentence) for sentence in selection.missed)
        return _Survey(order, selection, frozenset(config.named_routes()), (*reading.failures, *missed))

    async def _managed_step(self, rollout: Rollout, step: str, name: str, *, removes: bool) -> None:
        if rollout.skips_steps:
            # The controller goes on naming the step it stood at, and an error would keep it from SetWeight.
            return
        if not removes:
            raise RoutingError(
                f'{rollout}: step {step} "{name}" cannot be done: this version of rollouts-router sets weights only.'
                " Remove the step, or stay with the existing plugin for this Rollout"
            )
        await self._refuse_leftovers(rollout, (name,))

    async def _refuse_leftovers(self, rollout: Rollout, managed: tuple[str, ...]) -> None:
        if not managed:
            return
        async with self._bounded(rollout, "look for managed routes"):
            for key in parse_config(rollout).named_routes(with_headers=True):
                names = await self._managed_rules(key, managed)
                if names:
                    raise RoutingError(
                        f"{key} holds the managed rules {', '.join(names)}, which this version of rollouts-router"
                        " cannot remove: remove them by hand, or with the plugin that made them"
                    )

    async def _managed_rules(self, key: RouteKey, managed: tuple[str, ...]) -> list[str]:
        try:
            route: Route = await self._reads.get(key)
        except NotFound:
            return []  # nothing to remove there, and an abort must not be blocked by it
        return [rule.name for rule in rules(route) if is_managed_name(rule.name, managed)]

    @asynccontextmanager
    async def _bounded(
        self, rollout: Rollout, doing: str, progress: Progress | None = None
    ) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._seconds):
                yield
        except TimeoutError as error:
            state = f": {_so_far(progress)}" if progress and progress.total else ""
            raise RoutingError(
                f"{rollout}: {self._seconds:g} s were not enough to {doing}{state}."
                " The API server is slow, or -kubeClientQPS is low for so many routes;"
                " the next reconcile goes on with what is left"
            ) from error
        except ApiError as error:
            raise RoutingError(str(error)) from error


def _so_far(progress: Progress) -> str:
    failed = f", one of them because of this: {progress.failed[0]}" if progress.failed else ""
    return f"{progress}{failed}"


def _failure(rollout: Rollout, progress: Progress) -> RoutingError:
    first = progress.failed[0]
    if progress.total == 1:
        return RoutingError(str(first))
    others = len(progress.failed) - 1
    more = f"; {others} more failed, the next with: {progress.failed[1]}" if others else ""
    return RoutingError(f"{first}{more} ({rollout}: {progress})")
