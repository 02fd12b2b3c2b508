"""What kube-state-metrics is asked for: when a Rollout's newest commit was made, which no other metric knows.

A configuration of its custom resource state metrics; it reads times as seconds since 1970. Nobody has run it here.
"""

from collections.abc import Mapping
from typing import Final

ANNOTATION: Final = "delivery.rollouts-router/commit-time"
"""On the Rollout, an RFC 3339 time; the chart writes it (`notifications.commitTime`)."""

CONFIGURATION: Final[Mapping[str, object]] = {
    "kind": "CustomResourceStateMetrics",
    "spec": {
        "resources": [
            {
                "groupVersionKind": {"group": "argoproj.io", "version": "v1alpha1", "kind": "Rollout"},
                "labelsFromPath": {"namespace": ["metadata", "namespace"], "name": ["metadata", "name"]},
                "metrics": [
                    {
                        "name": "rollout_commit_time_seconds",
                        "help": "When the newest commit of the wanted version was made.",
                        "each": {
                            "type": "Gauge",
                            "gauge": {"path": ["metadata", "annotations", ANNOTATION], "nilIsZero": False},
                        },
                    }
                ],
            }
        ]
    },
}
