"""ScaledObjects as values: one that drives Rollout shop/web, and what becomes of it by a decision."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.keda import EPOCH, merged, web

from rollouts_router.core.keda.config import WHOLE, KedaConfig
from rollouts_router.core.keda.hold import Decision
from rollouts_router.core.keda.record import HOLD
from rollouts_router.core.keda.scaled import FORCE_ACTIVATION, PAUSED_SCALE_IN, ScaledObject, scaled_object
from rollouts_router.core.keda.states import Case
from rollouts_router.core.model import Rollout

FORCE = FORCE_ACTIVATION
SCALE_IN = PAUSED_SCALE_IN
Json = dict[str, Any]


def so(spec: Json | None = None, status: Json | None = None, /, **annotations: str) -> ScaledObject:
    """ScaledObject shop/so with these annotations, underscores for dashes."""
    target = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"}
    return scaled_object(
        {
            "metadata": {
                "namespace": "shop",
                "name": "so",
                "resourceVersion": "7",
                "annotations": {
                    f"autoscaling.keda.sh/{key.replace('_', '-')}": value
                    for key, value in annotations.items()
                },
            },
            "spec": {"scaleTargetRef": target, **(spec or {})},
            "status": status or {},
        }
    )


def case(
    scaled: ScaledObject,
    rollout: Rollout | None = None,
    config: KedaConfig | None = WHOLE,
    *,
    weight: int = 20,
    seconds: int = 0,
    **fields: Any,
) -> Case:
    """A look at it, so many seconds after the beginning, from a canary unless another Rollout is given."""
    now: datetime = EPOCH + timedelta(seconds=seconds)
    return Case(scaled=scaled, rollout=rollout or web(), config=config, weight=weight, now=now, **fields)


def after(scaled: ScaledObject, decision: Decision) -> ScaledObject:
    """The object when that is done; the merge patch is read by other code than the router's."""
    if decision.document is None:
        return scaled
    metadata = {"annotations": dict(scaled.annotations), "labels": dict(scaled.labels)}
    sent: Json = json.loads(json.dumps(decision.document))
    assert sent["metadata"].pop("resourceVersion") == scaled.resource_version
    merged_metadata = merged({"metadata": metadata}, sent)["metadata"]
    return replace(scaled, annotations=merged_metadata["annotations"], labels=merged_metadata["labels"])


def edited(scaled: ScaledObject, key: str, value: str | None) -> ScaledObject:
    """The object when somebody has written one annotation."""
    annotations = {name: each for name, each in scaled.annotations.items() if name != key}
    return replace(scaled, annotations=annotations | ({} if value is None else {key: value}))


def record(scaled: ScaledObject) -> Json:
    """The record on it."""
    found: Json = json.loads(scaled.annotations[HOLD])
    return found
