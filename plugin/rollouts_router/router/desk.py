"""Where doors ask that want to know what was done, or would be: one router to change things, fresh ones to try.

The router of the process remembers what saves requests and repeated log lines. A call that changes nothing gets a
router of its own, so that nothing is remembered that never happened.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rollouts_router.core.keda.news import Told
from rollouts_router.core.kinds import GROUP, RouteKind
from rollouts_router.core.model import Rollout
from rollouts_router.core.notices import Notices
from rollouts_router.core.verify import Verdict
from rollouts_router.router.abilities import Abilities
from rollouts_router.router.bounds import CALL_SECONDS
from rollouts_router.router.discovering import Discovering
from rollouts_router.router.operations import Router
from rollouts_router.router.planning import DryRunner, Effect, PlannedWrites, Rehearsal
from rollouts_router.router.ports import Experiment, ServicePorts
from rollouts_router.router.preflight import Preflight
from rollouts_router.router.reads import Reader, RouteReads, Versions
from rollouts_router.router.reports import Reports
from rollouts_router.router.rollouts import Permits, Rollouts
from rollouts_router.router.scaled import Operations
from rollouts_router.router.silence import Silence
from rollouts_router.router.sweep import Sweep
from rollouts_router.router.verification import Verification
from rollouts_router.router.watching import Watching
from rollouts_router.router.writes import RouteWrites, Writes


class Api(Reader, DryRunner, Protocol):
    """What is asked of the API."""


class Gates(Protocol):
    """Whoever knows more about a weight than the routes tell."""

    async def obstacle(self, rollout: Rollout, desired: int) -> Told | None:
        """Why a weight is not live although its routes have it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether weights are live, and if not, or only because the time was up, why."""

    verdict: Verdict
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The operations of a router, and what is needed to try them.

    Attributes:
        router: The one of the process, whose calls count.
        api: The API.
        reads: How it reads routes.
        versions: What the cluster serves.
        verification: How it verifies weights.
        sleep: Waits so many seconds.
        random: A number in 0..1, for jitter.
        allowed: In which namespaces routes may be; empty: everywhere.
        seconds: What a call may take.
        permits: Who knows what callers may do, when not all of them may do everything.
        gates: Who knows whether a weight has its pods, when somebody minds.
    """

    router: Operations
    api: Api
    reads: RouteReads
    versions: Versions
    verification: Verification
    sleep: Callable[[float], Awaitable[None]]
    random: Callable[[], float]
    allowed: frozenset[str] = frozenset()
    seconds: float = CALL_SECONDS
    permits: Permits | None = None
    gates: Gates | None = None

    def router_for(self, effect: Effect) -> Operations:
        """The router whose calls have this effect."""
        if effect is Effect.APPLY:
            return self.router
        return self._fresh_router(self._writes(effect), Reports(Silence(), Notices()))

    async def verify_weight(
        self, rollout: Rollout, desired: int, experiments: Sequence[Experiment]
    ) -> Answer:
        """Whether the weights are live, within a few seconds.

        Raises:
            RoutingError: It cannot be told; PassingError, when that may pass by itself.
        """
        reasons = _Reasons()
        router = self._fresh_router(PlannedWrites(self.reads), reasons)
        verdict = await router.check_weight(rollout, desired, experiments)
        if verdict is not Verdict.NOT_VERIFIED and self.gates is not None:
            obstacle = await self.gates.obstacle(rollout, desired)
            if obstacle is not None:
                return Answer(Verdict.NOT_VERIFIED, (*reasons.told, obstacle.sentence))
        return Answer(verdict, tuple(reasons.told))

    def rollouts(self) -> Rollouts:
        """Reads Rollouts."""
        return Rollouts(self.api, self.seconds, self.permits)

    def discovering(self) -> Discovering:
        """Looks for routes."""
        return Discovering(
            reads=self.reads, preflight=self._preflight(), allowed=self.allowed, seconds=self.seconds
        )

    def watching(self) -> Watching:
        """Watches routes."""
        return Watching(
            reads=self.reads,
            sightings=self.verification.sightings,
            clock=self.verification.clock,
            sleep=self.sleep,
            allowed=self.allowed,
            seconds=self.seconds,
        )

    def served(self, kind: RouteKind) -> tuple[str, ...]:
        """The versions of a kind that the cluster is known to serve; asks nobody."""
        return self.versions.known(GROUP, kind.plural)

    def _writes(self, effect: Effect) -> Writes:
        if effect is Effect.PLAN:
            return PlannedWrites(self.reads)
        return RouteWrites(
            patcher=Rehearsal(self.api), reads=self.reads, sleep=self.sleep, random=self.random
        )

    def _preflight(self) -> Preflight:
        return Preflight(
            self.reads,
            self.api,
            self.versions,
            Silence(),
            Abilities(self.api, self.versions, self.verification.clock),
        )

    def _fresh_router(self, writes: Writes, reports: Reports) -> Router:
        return Router(
            self.reads,
            writes,
            ServicePorts(self.api),
            reports,
            preflight=self._preflight(),
            sweep=Sweep(self.reads, writes, reports),
            verification=replace(self.verification, reports=reports),
            allowed=self.allowed,
            seconds=self.seconds,
        )


class _Reasons(Reports):
    """Keeps why weights are not live, for the one who asks."""

    def __init__(self) -> None:
        super().__init__(Silence(), Notices())
        self.told: list[str] = []

    def unverified(self, rollout: Rollout, reasons: Sequence[str]) -> None:  # noqa: ARG002 - whose, he knows
        """Keep them."""
        self.told.extend(reasons)

    def overdue(self, rollout: Rollout, sentences: Sequence[str]) -> None:  # noqa: ARG002 - whose, he knows
        """Keep them."""
        self.told.extend(sentences)

    def doubtful(self, rollout: Rollout, sentences: Sequence[str]) -> None:  # noqa: ARG002 - whose, he knows
        """Keep them."""
        self.told.extend(sentences)
