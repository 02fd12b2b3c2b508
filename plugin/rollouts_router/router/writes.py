"""Brings routes to what is planned for them: one patch a route, several routes at once, conflicts planned anew."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakValueDictionary

from rollouts_router.core.errors import ContendedError, RoutingError
from rollouts_router.core.plan import Planner, RoutePlan
from rollouts_router.core.routes import Route, RouteKey
from rollouts_router.core.selection import RouteTask
from rollouts_router.kube.errors import ApiError, Conflict, NotFound, TestFailed
from rollouts_router.kube.objects import KubeObject
from rollouts_router.kube.resources import Resource
from rollouts_router.router.reads import RouteReads

FIELD_MANAGER = "rollouts-router"  # fixed, so that managedFields tell who set a weight
_AT_ONCE = 16  # routes written at once; more does not make an API server faster (docs/performance.md)
_TRIES = 8  # with the pauses below a conflict is given up after about two seconds
_FIRST_PAUSE = 0.01  # seconds; doubles with every conflict
_LONGEST_PAUSE = 1.0  # seconds


class Patcher(Protocol):
    """What the router asks of the API to change an object."""

    async def patch(
        self,
        resource: Resource,
        *,
        namespace: str,
        name: str,
        operations: Sequence[Mapping[str, object]],
        field_manager: str,
    ) -> KubeObject:
        """Apply a JSON Patch and return the object as it is then."""


@dataclass(frozen=True, slots=True)
class SentPatch:
    """A patch that was applied: of which route, through which version of the API, and its operations."""

    key: RouteKey
    version: str
    operations: Sequence[Mapping[str, object]]


@dataclass(slots=True)
class Progress:
    """How far a call has come; readable also after the call was cut short."""

    total: int = 0
    settled: int = 0
    unchanged: list[RouteKey] = field(default_factory=list)
    changed: list[RouteKey] = field(default_factory=list)
    written: list[Route] = field(default_factory=list)  # those changed, as the API returned them, no content
    sent: list[SentPatch] = field(default_factory=list)  # also beside those changed: see `add`
    left_alone: list[RouteKey] = field(default_factory=list)
    released: list[str] = field(default_factory=list)  # a sentence on each of those left alone
    let_go: list[RouteKey] = field(default_factory=list)  # what is no route of the Rollout any more
    warnings: list[str] = field(default_factory=list)
    failed: list[RoutingError | ApiError] = field(default_factory=list)

    def start(
        self, tasks: Sequence[RouteTask], failures: Sequence[RoutingError | ApiError] = ()
    ) -> list[RouteTask]:
        """Those of `tasks` that have something to write; the others count as settled, and failures as failed."""
        todo = [task for task in tasks if task.plan.patch]
        self.total, self.settled = len(tasks) + len(failures), len(tasks) - len(todo)
        self.unchanged.extend(task.plan.route.key for task in tasks if not task.plan.patch)
        self.warnings.extend(text for task in tasks for text in task.plan.warnings)
        self.failed.extend(failures)
        return todo

    def add(self, other: "Progress") -> None:
        """Count in what was done beside: how much of it, and what failed."""
        self.total += other.total
        self.settled += other.settled
        self.let_go.extend(other.changed)
        self.sent.extend(other.sent)
        self.failed.extend(other.failed)

    def __str__(self) -> str:
        return f"{self.settled} of {self.total} routes done, {self.total - self.settled} left"


class Writes(Protocol):
    """Whoever brings routes to their plans."""

    async def write(self, tasks: Sequence[RouteTask], to: Progress) -> None:
        """Bring each route to its plan; `to` takes what was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteWrites:
    """Writes plans. Calls that have a route in common take turns at it: together they would all but one conflict.

    Attributes:
        patcher: The API, for writing.
        reads: The API, for reading anew after a conflict.
        sleep: Waits so many seconds.
        random: A number in 0..1, for jitter.
    """

    patcher: Patcher
    reads: RouteReads
    sleep: Callable[[float], Awaitable[None]]
    random: Callable[[], float]
    _turns: WeakValueDictionary[RouteKey, asyncio.Lock] = field(
        default_factory=WeakValueDictionary, init=False
    )

    async def write(self, tasks: Sequence[RouteTask], to: Progress) -> None:
        """Bring each route to its plan. A route that fails does not stop the others: they need their change too.

        Args:
            tasks: What to write, all with a patch.
            to: Takes what was done, also when the call is cancelled.
        """
        todo = iter(tasks)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(_AT_ONCE, len(tasks))):
                group.create_task(self._work(todo, to))

    async def _work(self, todo: Iterator[RouteTask], to: Progress) -> None:
        for task in todo:
            key = task.plan.route.key
            turn = self._turns.setdefault(key, asyncio.Lock())  # lives while somebody holds or awaits it
            try:
                async with turn:
                    written = await self._settle(task, to)
                if written is not None:
                    to.changed.append(key)
                    to.written.append(written.without_content())
                to.settled += 1
            except _NotOursAnyMore as left:
                self._leave(key, left, required=task.required, to=to)
            except (RoutingError, ApiError) as error:
                to.failed.append(error)

    def _leave(self, key: RouteKey, left: "_NotOursAnyMore", *, required: bool, to: Progress) -> None:
        if required:
            to.failed.append(RoutingError(str(left), route=str(key)))
        else:
            to.left_alone.append(key)
            to.released.append(f"{key} was left alone: {left}")
            to.settled += 1

    async def _settle(self, task: RouteTask, to: Progress) -> Route | None:
        """Patch one route until it carries its plan; as it is then, None when nothing had to be written by us."""
        plan, key = task.plan, task.plan.route.key
        for pause in self._pauses():
            try:
                written = await self._patch(plan, to)
            except NotFound as error:
                raise _NotOursAnyMore(f"{error} (it was deleted while it was being changed)") from error
            except (Conflict, TestFailed):
                await self.sleep(pause)
            else:
                if plan.undo is not None and task.planner(written).patch:
                    await self._undo(plan.undo, written, to)
                return written
            plan = await self._plan_anew(task.planner, key)
            if not plan.patch:
                return None
        raise ContendedError(
            f"{key}: somebody else changed it at each of {_TRIES} tries to change it;"
            " the next reconcile tries again. See metadata.managedFields for who writes to it",
            route=str(key),
        )

    async def _undo(self, undo: Planner, written: Route, to: Progress) -> None:
        """Take out again what the API server did not keep as it was sent, and tell."""
        plan = undo(written)
        if plan.patch:
            await self._settle(RouteTask(plan=plan, planner=undo, required=False), to)
        raise RoutingError("; ".join(plan.warnings), route=str(written.key))

    async def _plan_anew(self, planner: Planner, key: RouteKey) -> RoutePlan:
        try:
            plan = planner(await self.reads.get(key))
        except NotFound as error:
            raise _NotOursAnyMore(f"{error} (it was deleted while it was being changed)") from error
        if plan.sentence:
            raise _NotOursAnyMore(f"{key.kind.no_rule}: {key} was changed meanwhile: {plan.sentence}")
        return plan

    async def _patch(self, plan: RoutePlan, to: Progress) -> Route:
        key, operations = plan.route.key, plan.patch.to_json()

        async def send(resource: Resource) -> KubeObject:
            patched = await self.patcher.patch(
                resource,
                namespace=key.namespace,
                name=key.name,
                operations=operations,
                field_manager=FIELD_MANAGER,
            )
            to.sent.append(SentPatch(key, resource.version, operations))
            return patched

        return Route(key, await self.reads.through_served_version(key.kind, send, to_write=plan.route))

    def _pauses(self) -> Iterator[float]:
        """Exponential, with jitter over the upper half, so that two writers part and neither hammers."""
        for attempt in range(_TRIES):
            yield min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE) * (0.5 + self.random() / 2)


class _NotOursAnyMore(Exception):  # noqa: N818  # a turn of events, not an error
    """Between reading and writing the route was deleted or lost its rule."""
