"""Rollouts and AnalysisRuns as the stock controller writes them: builders for golden files, tests and pictures.

Shapes are those of Argo Rollouts 1.10 (`status.metricResults` and so on).
"""

from typing import Any, Final, TypeAlias

Json: TypeAlias = dict[str, Any]
"""An object that may be changed before it is used."""

HASH: Final = "7d9c5b6f4"
_STEPS: Final[list[Json]] = [
    {"setWeight": 5},
    {"pause": {"duration": "10m"}},
    {"analysis": {"templates": [{"templateName": "errors"}]}},
    {"setWeight": 25},
    {"analysis": {"templates": [{"templateName": "errors"}]}},
    {"pause": {}},
    {"setWeight": 50},
    {"pause": {"duration": 600}},
]


def rollout(*, index: int = 4, steps: list[Json] | None = None, **status: object) -> Json:
    """The Rollout shop/web in the middle of its third revision."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {
            "namespace": "shop",
            "name": "web",
            "uid": "0c6f1f6e-9f1e-4b57-8a0f-3c2d9a1b7e55",
            "generation": 7,
            "annotations": {"rollout.argoproj.io/revision": "3"},
        },
        "spec": {
            "replicas": 10,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}},
            "strategy": {"canary": {"steps": _STEPS if steps is None else steps}},
        },
        "status": {
            "currentPodHash": HASH,
            "stableRS": "5f4d8c9b7",
            "currentStepIndex": index,
            "observedGeneration": "7",
            "phase": "Progressing",
            **status,
        },
    }


def metric(name: str, query: str = "", **fields: object) -> Json:
    """A metric of a run, of the Prometheus provider."""
    return {
        "name": name,
        "provider": {"prometheus": {"address": "http://prometheus", "query": query}},
        **fields,
    }


def result(name: str, phase: str, *measurements: Json, **fields: object) -> Json:
    """What the controller has written of a metric; each measurement counts."""
    counted = [each for each in measurements if each["phase"] != "Error"]
    counts = {
        key: sum(each["phase"] == word for each in measurements)
        for key, word in (
            ("failed", "Failed"),
            ("inconclusive", "Inconclusive"),
            ("successful", "Successful"),
            ("error", "Error"),
        )
    }
    shown = {key: count for key, count in counts.items() if count}
    count = {"count": len(counted)} if counted else {}
    return {"name": name, "phase": phase, "measurements": list(measurements), **count, **shown, **fields}


def measured(value: str, phase: str, message: str = "") -> Json:
    """One measurement."""
    text = {"message": message} if message else {}
    return {
        "phase": phase,
        "value": value,
        "startedAt": "2026-03-02T10:15:00Z",
        "finishedAt": "2026-03-02T10:15:01Z",
        **text,
    }


def run(
    phase: str,
    metrics: list[Json],
    results: list[Json],
    *,
    args: list[Json] | None = None,
    labels: Json | None = None,
    name: str = f"web-{HASH}-3-4",
    message: str = "",
    created: str = "2026-03-02T10:14:00Z",
) -> Json:
    """A run of the third revision, by default of the fifth step."""
    kind = {"rollout-type": "Step", "step-index": "4"} if labels is None else labels
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisRun",
        "metadata": {
            "namespace": "shop",
            "name": name,
            "creationTimestamp": created,
            "annotations": {"rollout.argoproj.io/revision": "3"},
            "labels": {"rollouts-pod-template-hash": HASH, **kind},
        },
        "spec": {"metrics": metrics, **({"args": args} if args is not None else {})},
        "status": {"phase": phase, "metricResults": results, **({"message": message} if message else {})},
    }


def arg(name: str, value: str) -> Json:
    """An argument with its value, as the controller resolves them."""
    return {"name": name, "value": value}


def secret_arg(name: str) -> Json:
    """An argument out of a Secret; the controller writes no value."""
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": "credentials", "key": name}}}
