"""What a weight waits for beside its routes: pods to carry it. Reads only; says why, and never waits itself.

Source: docs/keda.md, "The gates"; the formula of the canary's share is that of Argo Rollouts,
`CalculateReplicaCountsForTrafficRoutedCanary`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rollouts_router.core.keda.canary import in_canary
from rollouts_router.core.keda.config import Activation, KedaConfig, OnError
from rollouts_router.core.keda.finding import Finding
from rollouts_router.core.keda.news import Reason, Told
from rollouts_router.core.model import Rollout
from rollouts_router.core.untyped import integer, items, mapping, text

HASH_LABEL: Final = "rollouts-pod-template-hash"
"""Which revision a ReplicaSet is of."""


@dataclass(frozen=True, slots=True)
class Pods:
    """Of the canary's ReplicaSet: how many pods it shall have, and how many are available."""

    wanted: int
    available: int


def minds_zero(rollout: Rollout, config: KedaConfig, weight: int) -> bool:
    """Whether this weight waits for a workload at zero. The last one and a way back never do."""
    return (
        config.activation is not Activation.OFF
        and in_canary(rollout, weight)
        and weight < rollout.max_weight()
        and not rollout.skips_steps
    )


def zero_gate(
    rollout: Rollout, config: KedaConfig, finding: Finding | None, failure: Told | None
) -> Told | None:
    """Why a weight that minds zero has to wait; None when it has not.

    Args:
        rollout: Whose weight.
        config: What it wants.
        finding: What drives the Rollout; None when that could not be read.
        failure: What went wrong in reading or patching it.
    """
    if failure is not None and config.on_error is OnError.WAIT:
        return failure
    if finding is None:
        return None
    scaled = finding.managed
    if scaled is None or rollout.replicas > 0:
        return None
    if scaled.is_paused:
        return Told(
            Reason.PAUSED_BY_USER,
            f"{scaled} is paused and its Rollout has no replicas, so no step goes on; take the paused annotations off"
            " it, or raise paused-replicas",
        )
    return Told(
        Reason.SCALED_TO_ZERO,
        f"{scaled} keeps the Rollout at 0 replicas, so no step goes on; the canary starts when KEDA scales it up",
    )


def minds_capacity(rollout: Rollout, config: KedaConfig, weight: int) -> bool:
    """Whether this weight waits for its share of pods."""
    differs = rollout.stable_hash != rollout.current_hash
    return config.min_ready_percent > 0 and weight > 0 and differs and not rollout.is_aborted


def capacity_gate(rollout: Rollout, config: KedaConfig, weight: int, pods: Pods) -> Told | None:
    """Why a weight that minds capacity has to wait for pods; None when there are enough."""
    need = pods_needed(rollout, config, weight, pods.wanted)
    if pods.available >= need:
        return None
    return Told(
        Reason.CAPACITY_SHORT,
        f"{rollout}: {pods.available} pods of the canary are available, and weight {weight} of {rollout.max_weight()}"
        f" needs {need} (keda.minReadyPercent: {config.min_ready_percent})",
    )


def pods_needed(rollout: Rollout, config: KedaConfig, weight: int, wanted: int) -> int:
    """How many available pods carry a weight: its share of all replicas, or what the canary shall have if that is less.

    One is enough for all of the weight, where a "not yet" would stop the controller from adding pods, and where
    the Rollout has a replicaProgressThreshold, which is its own rule for that.
    """
    if weight >= rollout.max_weight() or rollout.has_progress_threshold:
        return 1
    share = _up(weight * rollout.replicas, rollout.max_weight())
    return max(_up(min(share, wanted) * config.min_ready_percent, 100), 1)


def canary_pods(rollout: Rollout, replica_sets: Sequence[Mapping[str, object]]) -> Pods:
    """The pods of the newest revision, out of the ReplicaSets with its hash; none without such a set."""
    for each in replica_sets:
        metadata = mapping(each.get("metadata"))
        owners = [mapping(owner) for owner in items(metadata.get("ownerReferences"))]
        if any(_is(rollout, owner) for owner in owners):
            return Pods(
                wanted=integer(mapping(each.get("spec")).get("replicas")) or 0,
                available=integer(mapping(each.get("status")).get("availableReplicas")) or 0,
            )
    return Pods(0, 0)


def _is(rollout: Rollout, owner: Mapping[str, object]) -> bool:
    if rollout.uid:
        return text(owner.get("uid")) == rollout.uid
    return (owner.get("kind"), owner.get("name")) == ("Rollout", rollout.name)


def _up(value: int, by: int) -> int:
    """Division that rounds up; `by` is at least 1."""
    return -(-value // by)
