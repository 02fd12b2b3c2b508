"""What somebody should know who lets KEDA scale a Rollout. Advice holds nothing up. Source: docs/keda.md, "Traps"."""

from collections.abc import Iterator

from rollouts_router.core.keda.scaled import ScaledObject, Trigger
from rollouts_router.core.model import Rollout

_PER_POD = frozenset({"cpu", "memory"})
_HTTP_OWNERS = frozenset({"HTTPScaledObject", "InterceptorRoute"})


def advice(rollout: Rollout, scaled: ScaledObject) -> tuple[str, ...]:
    """Sentences about this pair; most often none."""
    return tuple(_sentences(rollout, scaled))


def _sentences(rollout: Rollout, scaled: ScaledObject) -> Iterator[str]:
    if not rollout.shrinks_stable:
        yield from _run_away(scaled)
    if _is_http(scaled):
        yield (
            f"{scaled} counts requests in the proxy of KEDA's HTTP add-on, and a route that leads to the Rollout's"
            " Services goes past that proxy: what the canary gets is not counted"
        )
    if rollout.workload and any(key.endswith("FromEnv") for each in scaled.triggers for key in each.metadata):
        yield (
            f"{scaled} takes trigger values from the environment of the pods (...FromEnv), which KEDA cannot read from"
            " a Rollout with workloadRef; write the values themselves"
        )
    if not scaled.min_replicas and rollout.weight_steps and not any(rollout.weight_steps):
        yield (
            f"{scaled} may go to zero, and no step of {rollout} sets a weight: nothing can wait for pods. Put a setWeight"
            " early in the steps"
        )


def _run_away(scaled: ScaledObject) -> Iterator[str]:
    kinds = sorted({each.type for each in scaled.triggers if each.type in _PER_POD})
    if kinds or any(each.metric_type == "Value" for each in scaled.triggers):
        what = " and ".join(kinds) or "a metric of type Value"
        yield (
            f"{scaled} scales by {what}, measured over stable and canary together while both have pods: replicas may run"
            " up in a canary. Use dynamicStableScale, or metrics of type AverageValue that count all work"
        )
    elif any(map(_is_average, scaled.triggers)):
        yield (
            f"{scaled} scales by the average over all pods, of which a canary has more: within 10 % of the target the"
            " number of replicas may go up and down. dynamicStableScale avoids it"
        )


def _is_average(trigger: Trigger) -> bool:
    return trigger.metric_type in {"", "AverageValue"}


def _is_http(scaled: ScaledObject) -> bool:
    addresses = [str(each.metadata.get("scalerAddress", "")) for each in scaled.triggers]
    return bool(scaled.owners & _HTTP_OWNERS) or any(
        "http-external-scaler" in each or "keda-add-ons-http" in each for each in addresses
    )
