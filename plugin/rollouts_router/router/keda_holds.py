"""Brings one ScaledObject to what its state asks for: decide, patch, and anew when somebody else was faster."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from rollouts_router.core.keda.config import KedaConfig
from rollouts_router.core.keda.effect import not_honoured
from rollouts_router.core.keda.hold import Decision, decide
from rollouts_router.core.keda.news import Reason, Told
from rollouts_router.core.keda.record import HOLD
from rollouts_router.core.keda.scaled import ScaledObject
from rollouts_router.core.keda.states import Case
from rollouts_router.core.keda.version import refusals
from rollouts_router.core.model import Rollout
from rollouts_router.kube.errors import ApiError, Conflict, Forbidden, NotFound
from rollouts_router.router.keda_news import KedaNews
from rollouts_router.router.keda_objects import KedaObjects, is_admission

BUDGET_SECONDS: Final = 5.0  # for all requests of one call; the routes are written by then
_TRIES: Final = 6  # KEDA writes the status often, but not for as long as this


@dataclass(frozen=True, slots=True, kw_only=True)
class KedaHolds:
    """Settles one object at a time; safe for concurrent calls, since every write assumes a resourceVersion.

    Attributes:
        objects: The API.
        news: Takes what was done and what could not be.
        now: The time of day, with its zone.
    """

    objects: KedaObjects
    news: KedaNews
    now: Callable[[], datetime]

    async def settle(
        self,
        scaled: ScaledObject,
        rollout: Rollout | None,
        config: KedaConfig | None,
        *,
        weight: int = 0,
        is_ambiguous: bool = False,
    ) -> bool:
        """Write what the state of this object asks for, and tell whether it has a record then.

        Args:
            scaled: As it was read.
            rollout: The Rollout that it drives; None when there is none, or it is gone.
            config: What that wants; None: nothing, or nothing any more.
            weight: The weight of its canary.
            is_ambiguous: Whether other objects drive it too.

        Raises:
            ApiError: The API did not answer as it should; `Conflict` when others were faster every time.
        """
        case = Case(
            scaled=scaled,
            rollout=rollout,
            config=config,
            weight=weight,
            now=self.now(),
            is_ambiguous=is_ambiguous,
        )
        for _ in range(_TRIES - 1):
            try:
                return await self._attempt(case)
            except Conflict:
                anew = await self.objects.get(scaled.namespace, scaled.name)
            if anew is None:
                return False
            case = replace(case, scaled=anew, now=self.now())
        return await self._attempt(case)

    async def _attempt(self, case: Case) -> bool:
        decision, scaled = await self._decide(case), case.scaled
        if decision.document is not None:
            try:
                scaled = await self.objects.patch(scaled, decision.document)
            except NotFound:
                return False
        late = not_honoured(case)
        for each in [*decision.told, *([late] if late else [])]:
            self.news.tell(_whom(case), each)
        return HOLD in scaled.annotations

    async def _decide(self, case: Case) -> Decision:
        """What to do, with a look at KEDA's release only where something would be written anew."""
        decision = decide(case)
        if not decision.acquires:
            return decision
        refused = refusals(case.scaled, decision.acquires, await self.objects.version(case.scaled))
        for each in refused.values():
            self.news.tell(_whom(case), each)
        return decide(replace(case, refused=frozenset(refused))) if refused else decision


def _whom(case: Case) -> Rollout:
    return case.rollout or Rollout(namespace=case.scaled.namespace, name=case.scaled.target)


def failure(rollout: Rollout, error: ApiError | TimeoutError) -> Told:
    """What to tell of a step that failed. The next call tries again."""
    if isinstance(error, Forbidden) and not is_admission(error):
        return Told(
            Reason.FORBIDDEN,
            f"{rollout}: KEDA may take it to zero in mid-canary, for its ScaledObject cannot be looked after: {error}."
            " manifests/rbac-keda.yaml has all the rules",
        )
    if isinstance(error, TimeoutError):
        return Told(
            Reason.UNAVAILABLE,
            f"{rollout}: {BUDGET_SECONDS:g} s were not enough to look after its ScaledObject; the next reconcile tries"
            " again",
        )
    return Told(
        Reason.UNAVAILABLE,
        f"{rollout}: its ScaledObject could not be looked after: {error}; the next reconcile tries again",
    )
