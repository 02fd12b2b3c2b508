"""Finds routes that a Rollout controls no more and still has a claim on, and lets go of them.

A route leaves when somebody takes its label off, takes its name out of the configuration, or changes the selector.
Nobody writes it then any more, so a canary share would stay in it for ever.
"""

from dataclasses import dataclass, replace

from rollouts_router.core.config import PluginConfig
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.labels import Label
from rollouts_router.core.model import Rollout
from rollouts_router.core.order import Order
from rollouts_router.core.release import release_tasks
from rollouts_router.core.routes import RouteKey
from rollouts_router.core.selection import RouteTask, Selection
from rollouts_router.kube.callers import Caller, acting_for
from rollouts_router.kube.errors import ApiError
from rollouts_router.router.reads import RouteReads
from rollouts_router.router.recent import MOST, Recent
from rollouts_router.router.reports import Reports
from rollouts_router.router.writes import Progress, Writes


@dataclass(frozen=True, slots=True)
class _Place:
    """Where routes in use are found: a namespace, and the label they carry there."""

    namespace: str
    label: Label


@dataclass(frozen=True, slots=True)
class _Footprint:
    """What a Rollout controlled when it was last swept or seen to need no sweep."""

    place: _Place
    keys: frozenset[RouteKey]


class Sweep:
    """Sweeps a Rollout when it may have lost a route: at its first call, and whenever it controls less than before.

    What is remembered only saves requests; a new process sweeps everybody once. Without the in-progress label nothing
    can be found, so nothing is done.
    """

    def __init__(self, reads: RouteReads, writes: Writes, reports: Reports, most: int = MOST) -> None:
        self._reads = reads
        self._writes = writes
        self._reports = reports
        # One that is forgotten is swept again at its next reconcile: a few requests, nothing else. Each caller has his
        # own, as far as callers are known: what one of them may not look through another one may.
        self._seen: Recent[tuple[str, Caller | None], _Footprint] = Recent(most)

    async def run(
        self, rollout: Rollout, config: PluginConfig, order: Order, selection: Selection
    ) -> Progress:
        """Let go of what was lost, and tell how that went. An unchanged Rollout costs nothing.

        Args:
            rollout: Whose routes.
            config: Where they are, and their label.
            order: Its backends of this moment.
            selection: All that it controls; a route that could not be read would be taken for a lost one.
        """
        progress = Progress()
        if config.label is None:
            return progress
        keys = frozenset(task.plan.route.key for task in selection.tasks)
        now = _Footprint(_Place(config.namespace, config.label), keys)
        whose = (order.rollout, acting_for())
        before = self._seen.get(whose)
        if before is None or before.place != now.place or before.keys - keys:
            await self._release(rollout, order, now, before, progress)
        if not progress.failed:
            self._seen.put(whose, now)
        return progress

    async def _release(
        self, rollout: Rollout, order: Order, now: _Footprint, before: _Footprint | None, to: Progress
    ) -> None:
        places = dict.fromkeys([now.place, *([before.place] if before else [])])
        try:
            tasks = [task for place in places for task in await self._lost(rollout, order, place, now.keys)]
            await self._writes.write(to.start(tasks), to)
        except (RoutingError, ApiError) as error:
            to.failed.append(error)
        finally:
            self._reports.swept(rollout, to)

    async def _lost(
        self, rollout: Rollout, order: Order, place: _Place, controlled: frozenset[RouteKey]
    ) -> tuple[RouteTask, ...]:
        labelled, skipped = await self._reads.labelled(place.namespace, place.label)
        self._reports.not_swept(rollout, skipped)
        return release_tasks(rollout, replace(order, label=place.label), labelled, controlled)
