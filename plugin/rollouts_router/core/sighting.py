"""Since when a generation of a route has been there, and each parent's good status of it, as far as anybody looked.

Values in, a value out; the clock is the caller's. How long is long enough, `verify` says.
"""

from dataclasses import dataclass

from rollouts_router.core.parents import ParentState, parents
from rollouts_router.core.routes import Route
from rollouts_router.core.untyped import integer, text


@dataclass(frozen=True, slots=True)
class Ages:
    """Seconds, 0 or more: since the generation was first seen, and for each parent since its status was first seen good.

    A parent of which no good status was ever seen is as old as the generation.
    """

    generation: float = 0.0
    parents: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What was seen of a route's present generation.

    Attributes:
        uid: Of the route.
        generation: Of the route; 0 when it has none.
        first: When it was first seen, in seconds of the caller's clock.
        taken: When each parent's status was first seen good since it last was not; None: never.
    """

    uid: str
    generation: int
    first: float
    taken: tuple[float | None, ...]

    def ages(self, now: float) -> Ages:
        """How long ago that is; a clock that went back makes it 0."""
        since = (self.first if taken is None else taken for taken in self.taken)
        return Ages(max(now - self.first, 0.0), tuple(max(now - each, 0.0) for each in since))


def sight(route: Route, before: Sighting | None, now: float) -> Sighting:
    """What is known after another look at a route.

    Args:
        route: As it is.
        before: What was known of a route of this name; that of another object or generation does not count.
        now: Seconds.
    """
    uid, generation = text(route.metadata.get("uid")), integer(route.metadata.get("generation")) or 0
    states = [parent.state for parent in parents(route)]
    if before is None or (before.uid, before.generation) != (uid, generation):
        before = Sighting(uid=uid, generation=generation, first=now, taken=(None,) * len(states))
    # The parents of one generation are always the same ones; only where there are no generations they may not be.
    former = (*before.taken, *(None for _ in states))
    taken = tuple(_taken(state, was, now) for state, was in zip(states, former, strict=False))
    return Sighting(uid=uid, generation=generation, first=before.first, taken=taken)


def _taken(state: ParentState, was: float | None, now: float) -> float | None:
    if state is ParentState.LIVE:
        return now if was is None else was
    return was if state is ParentState.SILENT else None
