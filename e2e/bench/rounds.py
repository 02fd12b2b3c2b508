"""SetWeight beside its floors on one scene, in rounds: everybody takes a turn, and every turn changes the weights.

The order of turns moves on from round to round, so that nobody profits from always coming after another. What
is prepared or checked for a turn is outside its time.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from e2e.bench import jobs, plugins
from e2e.bench.errors import NotMeasuredError
from e2e.bench.figures import Column, Samples, turned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from e2e.bed.api import Api
    from e2e.bed.kinds import Object
    from e2e.bench.floors import Loop
    from e2e.bench.scenes import Scene
    from e2e.hosts.driver import Session

LOWEST, HIGHEST = 1, 99  # weights at which both Services have a share and the in-progress label stays
WARM_UP: Final = 1  # rounds whose times are not kept: connections, the label, caches


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one scene gave, by column: the calls that changed weights, those that found them set, each call alone."""

    changed: Mapping[Column, Samples]
    unchanged: Mapping[Column, Samples]
    single: Mapping[Column, Samples]


@dataclass(slots=True)
class _Kept:
    changed: dict[Column, list[float]] = field(default_factory=lambda: defaultdict(list))
    unchanged: dict[Column, list[float]] = field(default_factory=lambda: defaultdict(list))
    single: dict[Column, list[float]] = field(default_factory=lambda: defaultdict(list))

    def taken(self) -> Taken:
        return Taken(
            changed=_samples(self.changed), unchanged=_samples(self.unchanged), single=_samples(self.single)
        )


@dataclass(slots=True, kw_only=True)
class Rounds:
    """Those who take turns: plugins in their sessions, and loops.

    Attributes:
        api: For preparing and checking, by an identity that may read all routes.
    """

    api: Api
    sessions: Mapping[Column, Session]
    loops: Mapping[Column, Loop]
    _weights: Iterator[int] = field(default_factory=lambda: itertools.cycle(range(LOWEST, HIGHEST + 1)))

    async def run(self, scene: Scene, rounds: int) -> Taken:
        """So many rounds on a scene, at least one, after a warm-up.

        Raises:
            NotMeasuredError: A call or request failed, or did not do what it was to do.
        """
        columns = (*self.sessions, *self.loops)
        for number in range(WARM_UP):
            await self._round(scene, turned(columns, number), _Kept())
        kept = _Kept()
        for number in range(rounds):
            await self._round(scene, turned(columns, number), kept)
        return kept.taken()

    async def _round(self, scene: Scene, columns: Sequence[Column], kept: _Kept) -> None:
        for column in columns:
            weight = next(self._weights)
            if column in self.sessions:
                await self._call(column, scene, weight, kept)
            else:
                await self._loop(column, scene, weight, kept)
            await self._check(column, scene, weight)

    async def _call(self, column: Column, scene: Scene, weight: int, kept: _Kept) -> None:
        """First a call that changes the weights, then the same again, which has nothing to change."""
        call = await plugins.set_weight(self.sessions[column], scene, weight)
        kept.changed[column].append(call.total)
        kept.single[column] += call.each
        again = await plugins.set_weight(self.sessions[column], scene, weight)
        kept.unchanged[column].append(again.total)

    async def _loop(self, column: Column, scene: Scene, weight: int, kept: _Kept) -> None:
        reads = scene.reads()
        writes = jobs.writes(await self._routes(scene), weight)
        loop = self.loops[column]
        kept.changed[column].append(await loop.perform(jobs.Job(reads=reads, writes=writes)))
        kept.unchanged[column].append(await loop.perform(jobs.Job(reads=reads)))

    async def _check(self, column: Column, scene: Scene, weight: int) -> None:
        routes = await self._routes(scene)
        wrong = [route["metadata"]["name"] for route in routes if not jobs.carries(route, weight)]
        if wrong or len(routes) != scene.routes * scene.rollouts:
            raise NotMeasuredError(
                f"{column.value} left {len(wrong)} of {len(routes)} routes in {scene.namespace} without weight"
                f" {weight}, {', '.join(wrong[:3])} for example"
            )

    async def _routes(self, scene: Scene) -> list[Object]:
        return await self.api.list("HTTPRoute", scene.namespace)


def _samples(kept: Mapping[Column, list[float]]) -> dict[Column, Samples]:
    return {column: Samples.of(values) for column, values in kept.items()}
