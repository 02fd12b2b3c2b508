"""Whether a weight is live, from what the API says now: verified, not yet, or none of our business.

Values in, a judgement out; who reads again, and when, is decided elsewhere. Source of the window and of what each
answer leads to: Argo Rollouts, `ShouldVerifyWeight` and the reconciler of traffic routing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from rollouts_router.core.model import Rollout
from rollouts_router.core.parents import Parent, ParentState, parents
from rollouts_router.core.plan import RoutePlan
from rollouts_router.core.sighting import Ages
from rollouts_router.core.verifying import OnTimeout, ParentsMode, VerifyConfig, VerifyMode
from rollouts_router.core.weights import Split

POLL_SECONDS: Final = (
    0.25  # between two looks at a status that is being written; gateways take 50 ms to some seconds
)
_PARENTS_SHOWN: Final = 3  # in one sentence


class Verdict(Enum):
    """The answer to VerifyWeight."""

    VERIFIED = "the weight is live"
    NOT_VERIFIED = "not yet; ask again"
    NOT_IMPLEMENTED = "nothing waits for it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What has to be shown of every route.

    Attributes:
        split: The weights that it carries.
        is_full: Whether the canary gets all of it.
        rules: How it is shown.
    """

    split: Split
    is_full: bool
    rules: VerifyConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was found about one route.

    Attributes:
        live: Whether it counts as live.
        reason: Why it is not, or only because the time was up; else empty.
        overdue: Whether the time was up.
        again: Seconds after which another look may tell more; None when none of this call would.
        settles: Whether nothing but time is missing, which `again` tells.
    """

    live: bool
    reason: str = ""
    overdue: bool = False
    again: float | None = None
    settles: bool = False


_LIVE: Final = Judgement(live=True)


def is_awaited(rollout: Rollout, desired: int) -> bool:
    """Whether the Rollout stands at a point that waits for its weight: a setWeight step, or the end with all weight.

    It is the controller's own rule for its ALB router. Outside of it every answer but "not implemented" would have
    an idle Rollout asked about for ever.

    Raises:
        RoutingError: maxTrafficWeight is out of range.
    """
    if not rollout.stable_hash or rollout.stable_hash == rollout.current_hash:
        return False  # the first revision, or fully promoted
    if 0 <= rollout.step_index < len(rollout.weight_steps):
        return rollout.weight_steps[rollout.step_index]
    return desired == rollout.max_weight()


def demand(rollout: Rollout, split: Split, rules: VerifyConfig) -> Demand:
    """What has to be shown for a weight of this moment. A way back to stable never waits for a gateway."""
    is_way_back = split.canary == 0 or rollout.is_aborted
    return Demand(
        split=split,
        is_full=split.canary == rollout.max_weight(),
        rules=replace(rules, mode=VerifyMode.SPEC) if is_way_back else rules,
    )


def judge(wanted: Demand, plan: RoutePlan, ages: Ages) -> Judgement:
    """Judge one route.

    Args:
        wanted: What has to be shown.
        plan: The route as it was read, and whether it carries the weights.
        ages: Since when this generation of it, and what its parents say of it, has been there.
    """
    key = plan.route.key
    if not plan.carries_weights:
        split = wanted.split
        return Judgement(
            live=False,
            reason=f"{key} does not carry the weights {split.stable} (stable) and {split.canary} (canary)",
        )
    if wanted.rules.mode is VerifyMode.SPEC:
        return _LIVE
    found = parents(plan.route)
    waiting, silent = _undecided(found, wanted.rules.parents)
    if waiting:
        return _waiting(wanted, f"{key}: {_listed(waiting)}", ages.generation)
    settling = wanted.rules.settle_seconds - _good_for(found, wanted.rules.parents, ages)
    if settling > 0:
        # A report says that the controller has processed the route. Proxies follow: a second after it with Envoy
        # when weights change twice in a row, up to two with Traefik.
        seen = _listed(silent) or "its parents report this generation"
        told = f"; it counts as live after {wanted.rules.settle_seconds} s (verify.settleSeconds)"
        return Judgement(live=False, reason=f"{key}: {seen}{told}", again=settling, settles=True)
    return _LIVE


def _undecided(found: Sequence[Parent], mode: ParentsMode) -> tuple[list[str], list[str]]:
    """Sentences about parents that have to be waited for, and about those of which nothing can be told."""
    if not found:
        return [], ["it names no parents"]
    # What has no attached parent at all has to wait for those it names.
    counted = [parent for parent in found if parent.state is not ParentState.DETACHED] or found
    waiting = _of(counted, ParentState.WAITING, ParentState.DETACHED)
    silent = _of(counted, ParentState.SILENT)
    if mode is ParentsMode.ALL:
        return waiting, silent
    live = len(waiting) + len(silent) < len(counted)
    return [] if live or silent else waiting, [] if live else silent


def _good_for(found: Sequence[Parent], mode: ParentsMode, ages: Ages) -> float:
    """Seconds since the last parent that counts took the route; those that never say so count from the generation."""
    by_state = [(parent.state, age) for parent, age in zip(found, ages.parents, strict=True)]
    live = [age for state, age in by_state if state is ParentState.LIVE]
    silent = [age for state, age in by_state if state is ParentState.SILENT]
    if mode is ParentsMode.ANY:
        return max(live or silent, default=ages.generation)
    return min(live + silent, default=ages.generation)


def _of(found: Sequence[Parent], *states: ParentState) -> list[str]:
    return [parent.sentence for parent in found if parent.state in states]


def _waiting(wanted: Demand, reason: str, age: float) -> Judgement:
    rules = wanted.rules
    if age < rules.timeout_seconds:
        return Judgement(live=False, reason=reason, again=POLL_SECONDS)
    late = f"{reason}, and {rules.timeout_seconds} s have passed (verify.timeoutSeconds)"
    if rules.on_timeout is OnTimeout.BLOCK:
        return Judgement(
            live=False,
            reason=f"{late}; the Rollout is held here (verify.onTimeout: block)",
            overdue=True,
        )
    end = ", at the end, with all traffic for the canary" if wanted.is_full else ""
    return Judgement(
        live=True, reason=f"{late}; the Rollout goes on{end} (verify.onTimeout: proceed)", overdue=True
    )


def _listed(sentences: Sequence[str]) -> str:
    more = len(sentences) - _PARENTS_SHOWN
    return "; ".join(sentences[:_PARENTS_SHOWN]) + (f"; and {more} parents more" if more > 0 else "")
