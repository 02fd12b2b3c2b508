"""What KEDA has to do with one call: a hold after the routes are written, gates after they are verified.

Neither ever fails a call: what goes wrong is told, and the next call tries again. What is remembered only saves
requests; which hold is whose stands on the objects.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rollouts_router.core.config import parse_config
from rollouts_router.core.keda.advice import advice
from rollouts_router.core.keda.canary import in_canary
from rollouts_router.core.keda.config import GATE_ONLY, KedaConfig, OnError
from rollouts_router.core.keda.finding import Finding, find
from rollouts_router.core.keda.gates import capacity_gate, minds_capacity, minds_zero, zero_gate
from rollouts_router.core.keda.news import Reason, Told
from rollouts_router.core.keda.record import HOLD
from rollouts_router.core.model import Rollout
from rollouts_router.core.verify import Verdict, is_awaited
from rollouts_router.core.weights import split
from rollouts_router.kube.errors import ApiError, Forbidden
from rollouts_router.router.keda_holds import BUDGET_SECONDS, KedaHolds, failure
from rollouts_router.router.keda_news import KedaNews
from rollouts_router.router.keda_objects import KedaObjects
from rollouts_router.router.recent import MOST, Recent

FRESH_SECONDS: Final = 60.0  # an idle Rollout, reconciled for other reasons, is not read for more often


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at a Rollout's ScaledObject showed.

    Attributes:
        at: When, in monotonic seconds.
        finding: What drives the Rollout; None when it could not be read.
        failure: What went wrong.
        has_record: Whether a record was there in the end, or may have been.
    """

    at: float
    finding: Finding | None = None
    failure: Told | None = None
    has_record: bool = True

    def holds(self, name: str) -> bool:
        """Whether the object of this name was held, and no other."""
        managed = self.finding.managed if self.finding and not self.failure else None
        return self.has_record and managed is not None and managed.name == name


@dataclass(frozen=True, slots=True)
class KedaWishes:
    """What Rollouts want; `default` is for those whose block says nothing of KEDA, None: nothing."""

    default: KedaConfig | None

    def of(self, rollout: Rollout) -> KedaConfig | None:
        """What this one wants, None: nothing.

        Raises:
            RoutingError: Its block has a mistake.
        """
        return None if rollout.plugin_config is None else parse_config(rollout).keda or self.default


class Keda:
    """Safe for concurrent calls.

    `clock` shows monotonic seconds; `seen` is called with the namespace of each Rollout that wants something.
    """

    def __init__(
        self,
        objects: KedaObjects,
        holds: KedaHolds,
        news: KedaNews,
        *,
        wishes: KedaWishes,
        clock: Callable[[], float],
        seen: Callable[[str], None],
    ) -> None:
        self._objects = objects
        self._holds = holds
        self._news = news
        self._wishes = wishes
        self._clock = clock
        self._seen = seen
        self._looks: Recent[str, Look] = Recent(MOST)

    async def settle(self, rollout: Rollout, desired: int) -> None:
        """Hold the ScaledObject of a canary, or let go of it, within BUDGET_SECONDS. Never fails.

        Args:
            rollout: Whose weight was set, with a configuration that has no mistakes.
            desired: The weight, in units of maxTrafficWeight.
        """
        config = self._wishes.of(rollout)
        weight = _clamped(rollout, desired)
        before = self._looks.get(str(rollout))
        if config is not None:
            self._seen(rollout.namespace)
        elif before is None or not before.has_record:
            return  # it wants nothing and, as far as anybody knows, has nothing
        if not in_canary(rollout, weight) and self._is_fresh(before) and not _may_hold(before):
            return
        self._looks.put(str(rollout), await self._settled(rollout, config, weight, before))

    async def verdict(self, rollout: Rollout, desired: int, routes: Verdict) -> Verdict:
        """The answer to VerifyWeight: that of the routes, or "not yet" while there are no pods for the weight. Never fails.

        Args:
            rollout: Whose weight, with a configuration that has no mistakes.
            desired: The weight, in units of maxTrafficWeight.
            routes: What the routes say.
        """
        if routes is Verdict.NOT_VERIFIED:
            return routes
        obstacle = await self.obstacle(rollout, desired)
        if obstacle is None:
            return routes
        self._news.tell(rollout, obstacle)
        return Verdict.NOT_VERIFIED

    async def obstacle(self, rollout: Rollout, desired: int) -> Told | None:
        """Why a weight is not live although its routes have it: there are no pods for it. Never fails."""
        if not is_awaited(rollout, desired):
            return None
        config = self._wishes.of(rollout)
        if config is None:
            return None
        weight = _clamped(rollout, desired)
        return await self._zero(rollout, config, weight) or await self._short(rollout, config, weight)

    async def _settled(
        self, rollout: Rollout, config: KedaConfig | None, weight: int, before: Look | None
    ) -> Look:
        finding: Finding | None = None
        try:
            async with asyncio.timeout(BUDGET_SECONDS):
                finding = await self._find(rollout, config or GATE_ONLY, before)
                self._report(rollout, weight, finding, before)
                has_record = False
                for each in finding.targeting:
                    has_record |= await self._holds.settle(
                        each, rollout, config, weight=weight, is_ambiguous=finding.is_ambiguous
                    )
        except (ApiError, TimeoutError) as error:
            told = failure(rollout, error)
            self._news.tell(rollout, told)
            return Look(at=self._clock(), finding=finding, failure=told)
        return Look(at=self._clock(), finding=finding, has_record=has_record)

    async def _find(self, rollout: Rollout, config: KedaConfig, before: Look | None) -> Finding:
        """One request: for the object that is named, when it is the one that was held before; else for all.

        Another one that is still held, since the name was changed, is let go of in that way.
        """
        name = config.scaled_object
        if not name or before is None or not before.holds(name):
            return find(rollout, config, await self._objects.all(rollout.namespace))
        found = await self._objects.get(rollout.namespace, name)
        return find(rollout, config, [] if found is None else [found])

    def _report(self, rollout: Rollout, weight: int, finding: Finding, before: Look | None) -> None:
        if not in_canary(rollout, weight):
            return
        if finding.trouble is not None:
            self._news.tell(rollout, finding.trouble)
        elif finding.managed is not None:
            for sentence in advice(rollout, finding.managed):
                self._news.tell(rollout, Told(Reason.ADVICE, sentence))
        elif before is not None and before.finding is not None and before.finding.managed is not None:
            self._news.tell(rollout, _vanished(rollout, before.finding.managed.name))

    async def _zero(self, rollout: Rollout, config: KedaConfig, weight: int) -> Told | None:
        if not minds_zero(rollout, config, weight):
            return None
        if rollout.replicas > 0 and config.on_error is OnError.PROCEED:
            return None  # whatever a look would show
        look = self._looks.get(str(rollout))
        if look is None or not self._is_fresh(look):
            look = await self._looked(rollout, config)
        return zero_gate(rollout, config, look.finding, look.failure)

    async def _looked(self, rollout: Rollout, config: KedaConfig) -> Look:
        try:
            async with asyncio.timeout(BUDGET_SECONDS):
                finding = await self._find(rollout, config, None)
        except (ApiError, TimeoutError) as error:
            return Look(at=self._clock(), failure=failure(rollout, error))
        return Look(
            at=self._clock(),
            finding=finding,
            has_record=any(HOLD in each.annotations for each in finding.targeting),
        )

    async def _short(self, rollout: Rollout, config: KedaConfig, weight: int) -> Told | None:
        if not minds_capacity(rollout, config, weight):
            return None
        try:
            async with asyncio.timeout(BUDGET_SECONDS):
                pods = await self._objects.pods(rollout)
        except (ApiError, TimeoutError) as error:
            return self._unread(rollout, config, weight, error)
        return capacity_gate(rollout, config, weight, pods)

    def _unread(
        self, rollout: Rollout, config: KedaConfig, weight: int, error: ApiError | TimeoutError
    ) -> Told | None:
        """Not yet, while it may pass. A right that nobody gave does not, so that is told and counts as configured."""
        reason = Reason.FORBIDDEN if isinstance(error, Forbidden) else Reason.UNAVAILABLE
        text = str(error) or f"the API server did not answer in {BUDGET_SECONDS:g} s"
        told = Told(reason, f"{rollout}: whether the canary has its pods could not be read: {text}")
        waits = config.on_error is OnError.WAIT and weight < rollout.max_weight()
        if reason is Reason.UNAVAILABLE or waits:
            return told
        self._news.tell(rollout, told)
        return None

    def _is_fresh(self, look: Look | None) -> bool:
        return look is not None and self._clock() - look.at < FRESH_SECONDS


def _may_hold(look: Look | None) -> bool:
    return look is None or look.has_record


def _clamped(rollout: Rollout, desired: int) -> int:
    return split(desired, rollout.max_weight()).canary


def _vanished(rollout: Rollout, name: str) -> Told:
    return Told(
        Reason.NOT_MANAGED,
        f"{rollout}: ScaledObject {rollout.namespace}/{name}, which drove it, is gone; the canary goes on without it",
    )
