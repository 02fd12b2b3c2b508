"""VerifyWeight: looks at the routes until their weights are live, or the call has waited long enough.

Nothing is written here. What is remembered is since when each generation of a route has been there, and the good
status of its parents; a new process starts to count anew, which only costs time.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from rollouts_router.core.model import Rollout
from rollouts_router.core.plan import RoutePlan
from rollouts_router.core.routes import RouteKey
from rollouts_router.core.sighting import Ages, Sighting, sight
from rollouts_router.core.verify import Demand, Judgement, Verdict, judge
from rollouts_router.router.recent import MOST, Recent
from rollouts_router.router.reports import Reports

# A step that is not verified is asked for again after 10 s, whatever the controller is told, so a moment's patience
# saves that; but a call holds one of the controller's workers.
PATIENCE_SECONDS: Final = 3.0  # for a status
SETTLE_PATIENCE_SECONDS: Final = 3.0  # and then for what only has to settle: as long as that takes by default
_TICK_SECONDS: Final = (
    0.01  # a timer may fire a little early; the rest is waited for at once, but never less than this
)
_SHOWN: Final = 10  # routes told of in one call


@dataclass(frozen=True, slots=True)
class View:
    """What one look at the API showed.

    Attributes:
        demand: What is wanted of every route.
        plans: Each of them.
        obstacles: Beside the routes, why they cannot be live.
    """

    demand: Demand
    plans: Sequence[RoutePlan]
    obstacles: Sequence[str] = ()


class Sightings:
    """Since when each generation of a route, and its parents' good status, has been there, as far as anybody looked."""

    def __init__(self, most: int = MOST) -> None:
        self._known = Recent[RouteKey, Sighting](most)

    def ages(self, plan: RoutePlan, now: float) -> Ages:
        """Seconds since what is there was first seen; 0 at the first time, and while the route lacks its weights."""
        if not plan.carries_weights:
            return Ages()
        key = plan.route.key
        seen = sight(plan.route, self._known.get(key), now)
        self._known.put(key, seen)
        return seen.ages(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Answers for one Rollout at a time; safe for concurrent calls.

    Attributes:
        reports: Takes the reasons.
        clock: Monotonic seconds.
        sleep: Waits so many seconds.
        sightings: What is remembered; others that look at the same routes may share it.
    """

    reports: Reports
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    sightings: Sightings = field(default_factory=Sightings)

    async def answer(self, rollout: Rollout, look: Callable[[], Awaitable[View]]) -> Verdict:
        """Whether all routes are live.

        It takes PATIENCE_SECONDS after the first look at most, and SETTLE_PATIENCE_SECONDS more when every route that
        is not live has its status and only settles.

        Raises:
            RoutingError, ApiError: As `look` does.
        """
        judged = self._judge(await look())
        until = self.clock() + PATIENCE_SECONDS
        while (pause := _pause(judged, until - self.clock())) is not None:
            await self.sleep(pause)
            judged = self._judge(await look())
        self._report(rollout, judged)
        return Verdict.VERIFIED if all(each.live for each in judged) else Verdict.NOT_VERIFIED

    def _judge(self, view: View) -> list[Judgement]:
        now = self.clock()
        return [
            *(judge(view.demand, plan, self.sightings.ages(plan, now)) for plan in view.plans),
            *(Judgement(live=False, reason=obstacle) for obstacle in view.obstacles),
        ]

    def _report(self, rollout: Rollout, judged: Sequence[Judgement]) -> None:
        told = [each for each in judged if each.reason]
        self.reports.unverified(rollout, _few([each.reason for each in told if not each.overdue]))
        self.reports.overdue(rollout, _few([each.reason for each in told if each.overdue]))


def _pause(judged: Sequence[Judgement], left: float) -> float | None:
    """How long to wait for another look; None when all is well, or no look in time would help.

    `left` are the seconds for a status; what only settles has SETTLE_PATIENCE_SECONDS more.
    """
    pending = [each for each in judged if not each.live]
    if not all(_may_wait(each, left) for each in pending):
        return None
    waits = [each.again for each in pending if each.again is not None]
    return max(min(waits), _TICK_SECONDS) if waits else None


def _may_wait(judged: Judgement, left: float) -> bool:
    patience = left + SETTLE_PATIENCE_SECONDS if judged.settles else left
    return judged.again is not None and judged.again <= patience + _TICK_SECONDS


def _few(reasons: list[str]) -> list[str]:
    more = len(reasons) - _SHOWN
    return [*reasons[:_SHOWN], *([f"and {more} routes more"] if more > 0 else [])]
