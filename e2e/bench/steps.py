"""Header and mirror steps beside their floors, in rounds: everybody puts the step in, finds it in, and takes it out.

A floor sends for each route one patch with the same guards and the same outcome, made from the route before and after
the plugin's own step. What is prepared or checked for a turn is outside its time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from e2e.bench import jobs, plugins
from e2e.bench.errors import NotMeasuredError
from e2e.bench.figures import Column, Samples, turned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.bed.api import Api
    from e2e.bed.kinds import Object
    from e2e.bench.floors import Loop
    from e2e.bench.scenes import Scene
    from e2e.hosts.driver import Session

HEADER: Final = "header"
MIRROR: Final = "mirror"
MANAGED: Final = (HEADER, MIRROR)
CALLS: Final[Mapping[str, Object]] = {
    HEADER: {
        "method": "SetHeaderRoute",
        "header": {
            "name": HEADER,
            "match": [{"headerName": "x-user", "headerValue": {"exact": "alice"}}],
        },
    },
    MIRROR: {
        "method": "SetMirrorRoute",
        "mirror": {"name": MIRROR, "match": [{"path": {"prefix": "/"}}], "percentage": 10},
    },
}
REMOVAL: Final[Object] = {"method": "RemoveManagedRoutes"}
PUT_IN, FOUND, AGAIN, TAKEN_OUT = "changed", "found", "unchanged", "removed"
WARM_UP: Final = 1  # rounds whose times are not kept


@dataclass(slots=True)
class _Kept:
    """Times by what was done and by column."""

    times: dict[str, dict[Column, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def add(self, what: str, column: Column, milliseconds: float) -> None:
        self.times[what][column].append(milliseconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRounds:
    """Those who take turns.

    Attributes:
        api: For preparing and checking, by an identity that may read all routes.
        session: This plugin; others are not asked for steps.
        loops: The floors.
    """

    api: Api
    session: Session
    loops: Mapping[Column, Loop]

    async def run(self, scene: Scene, step: str, rounds: int) -> Mapping[str, Mapping[Column, Samples]]:
        """So many rounds of one step on a scene, at least one, after a warm-up; by what was done.

        Raises:
            NotMeasuredError: A call or request failed, or did not do what it was to do.
        """
        without = await _routes(self.api, scene)
        await plugins.step(self.session, scene, CALLS[step])
        with_step = await _routes(self.api, scene)
        await plugins.step(self.session, scene, REMOVAL)
        turn = _Turn(self, scene, step, without=without, with_step=with_step)
        kept = _Kept()
        for number in range(WARM_UP + rounds):
            for column in turned((Column.OURS, *self.loops), number):
                await turn.take(column, kept if number >= WARM_UP else _Kept())
        return {
            what: {column: Samples.of(values) for column, values in times.items()}
            for what, times in kept.times.items()
        }


@dataclass(frozen=True, slots=True)
class _Turn:
    """One step on one scene; the routes as they are without it and with it."""

    rounds: StepRounds
    scene: Scene
    step: str
    without: Mapping[str, Object] = field(kw_only=True)
    with_step: Mapping[str, Object] = field(kw_only=True)

    async def take(self, column: Column, kept: _Kept) -> None:
        """Put in, find in for the first time and then again as at every reconcile, take out, each checked."""
        kept.add(PUT_IN, column, await self._do(column, CALLS[self.step], self.with_step))
        await self._check(column, self.with_step)
        for what in (FOUND, AGAIN):
            kept.add(what, column, await self._do(column, CALLS[self.step], self.with_step))
        kept.add(TAKEN_OUT, column, await self._do(column, REMOVAL, self.without))
        await self._check(column, self.without)

    async def _do(self, column: Column, call: Object, wanted: Mapping[str, Object]) -> float:
        if column is Column.OURS:
            return await plugins.step(self.rounds.session, self.scene, call)
        now = await _routes(self.rounds.api, self.scene)
        writes = [jobs.change(route, wanted[name]) for name, route in now.items()]
        todo = [write for write in writes if write is not None]
        return await self.rounds.loops[column].perform(jobs.Job(reads=self.scene.reads(), writes=todo))

    async def _check(self, column: Column, wanted: Mapping[str, Object]) -> None:
        now = await _routes(self.rounds.api, self.scene)
        wrong = [name for name, route in now.items() if jobs.change(route, wanted[name]) is not None]
        if wrong or self.without.keys() != now.keys():
            raise NotMeasuredError(
                f"{column.value} left {len(wrong)} of {len(now)} routes in {self.scene.namespace} other than the step"
                f" {self.step} makes them, {', '.join(wrong[:3])} for example"
            )


async def _routes(api: Api, scene: Scene) -> dict[str, Object]:
    found = await api.list("HTTPRoute", scene.namespace)
    return {route["metadata"]["name"]: route for route in found}
