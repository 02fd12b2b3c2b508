"""Whether a PodDisruptionBudget lets a pod go."""

import pytest
from tests.lint.manifest_text import Json, codes, rollout, thing

PODS: Json = {"metadata": {"labels": {"app": "shop"}}}


def budget(labels: Json = None, **spec: Json) -> Json:
    """A budget over the pods of the Rollout unless other labels are given."""
    selector = {"matchLabels": labels or {"app": "shop"}}
    return thing("policy/v1", "PodDisruptionBudget", "shop", {"selector": selector, **spec})


def shop(replicas: int | None = None) -> Json:
    """A Rollout with so many pods."""
    return rollout(spec={"template": PODS, **({} if replicas is None else {"replicas": replicas})})


@pytest.mark.parametrize(
    ("replicas", "spec", "expected"),
    [
        (None, {"minAvailable": 1}, ["RR765"]),
        (2, {"minAvailable": 1}, []),
        (2, {"minAvailable": 2}, ["RR765"]),
        (0, {"minAvailable": 1}, ["RR765"]),
        (3, {"minAvailable": "67%"}, ["RR765"]),
        (3, {"minAvailable": "66%"}, []),
        (9, {"minAvailable": "100%"}, ["RR765"]),
        (9, {"minAvailable": "0%"}, []),
        (9, {"maxUnavailable": 0}, ["RR765"]),
        (9, {"maxUnavailable": "0%"}, ["RR765"]),
        (9, {"maxUnavailable": "1%"}, []),
        (9, {"maxUnavailable": 1}, []),
        (9, {"minAvailable": "many"}, []),
        (9, {}, []),
    ],
)
def test_one_pod_at_least_may_go(replicas: int | None, spec: Json, expected: list[str]) -> None:
    assert codes(shop(replicas), budget(**spec)) == expected


def test_the_least_of_an_autoscaler_counts() -> None:
    target = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "shop"}

    def scaler(**spec: Json) -> Json:
        return thing("autoscaling/v2", "HorizontalPodAutoscaler", "shop", {"scaleTargetRef": target, **spec})

    assert codes(shop(), budget(minAvailable=2), scaler(minReplicas=3)) == []
    assert codes(shop(), budget(minAvailable=2), scaler(minReplicas=2)) == ["RR765"]
    assert codes(shop(), budget(minAvailable=1), scaler()) == ["RR765"]


def test_a_budget_of_other_pods_is_not_judged() -> None:
    assert codes(shop(), budget({"app": "other"}, minAvailable=1)) == []
    assert codes(rollout(), budget(minAvailable=1)) == []
