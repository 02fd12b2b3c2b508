"""Builders of ScaledObjects and autoscalers, as plain dicts, and what is read off them. Nothing here talks to a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from e2e.bed.kinds import ROLLOUTS, Object

if TYPE_CHECKING:
    from collections.abc import Mapping

KEDA: Final = "keda.sh/v1alpha1"
PREFIX: Final = "autoscaling.keda.sh"
FORCE: Final = f"{PREFIX}/force-activation"
PAUSED_SCALE_IN: Final = f"{PREFIX}/paused-scale-in"
PAUSED_REPLICAS: Final = f"{PREFIX}/paused-replicas"

POLLING: Final = 1  # seconds between two looks at the trigger; 30 unless set
COOLDOWN: Final = 3  # seconds from the last activity to zero; 300 unless set


def scaled_object(
    name: str,
    namespace: str,
    *,
    target: str,
    trigger: Object,
    annotations: Mapping[str, str] | None = None,
    kind: str = "Rollout",
    version: str = ROLLOUTS,
    spec: Mapping[str, object] | None = None,
) -> Object:
    """A ScaledObject that takes its target to zero; what is given as `spec` is laid over its own."""
    return {
        "apiVersion": KEDA,
        "kind": "ScaledObject",
        "metadata": {"name": name, "namespace": namespace, "annotations": dict(annotations or {})},
        "spec": {
            "scaleTargetRef": {"apiVersion": version, "kind": kind, "name": target},
            "pollingInterval": POLLING,
            "cooldownPeriod": COOLDOWN,
            "minReplicaCount": 0,
            "maxReplicaCount": 10,
            "triggers": [trigger],
            **(spec or {}),
        },
    }


def autoscaler(name: str, namespace: str, *, target: str, minimum: int, maximum: int = 10) -> Object:
    """An ordinary HorizontalPodAutoscaler that nobody but its team knows of."""
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "scaleTargetRef": {"apiVersion": ROLLOUTS, "kind": "Rollout", "name": target},
            "minReplicas": minimum,
            "maxReplicas": maximum,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
                }
            ],
        },
    }


def is_active(scaled: Object) -> bool:
    """Whether KEDA finds work, or was forced to act as if."""
    return condition(scaled, "Active") == "True"


def condition(scaled: Object, name: str) -> str:
    """The status of a condition of KEDA's, `Unknown` where there is none."""
    found = (each for each in scaled.get("status", {}).get("conditions", ()) if each["type"] == name)
    return next((str(each["status"]) for each in found), "Unknown")


def what_people_wrote(scaled: Object) -> Object:
    """All of a ScaledObject that KEDA and the API server do not write themselves: what has to be as it was."""
    metadata = scaled["metadata"]
    # KEDA adds this label and its finalizer as soon as it sees the object.
    labels = {
        key: value
        for key, value in (metadata.get("labels") or {}).items()
        if not key.startswith("scaledobject.keda.sh/")
    }
    return {"labels": labels, "annotations": metadata.get("annotations") or {}, "spec": scaled["spec"]}
