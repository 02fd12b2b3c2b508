"""What scales a Rollout."""

import pytest
from tests.lint.manifest_text import Json, codes, rollout, strategy, thing, told

ROLLOUT: Json = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "shop"}
STEADY: Json = {"dynamicStableScale": True}


def scaled(target: Json, name: str = "shop", **spec: Json) -> Json:
    """A ScaledObject that leaves two pods unless something else is given."""
    fields = {
        "minReplicaCount": 2,
        "scaleTargetRef": target,
        "triggers": [{"type": "kafka", "metadata": {}}],
        **spec,
    }
    return thing("keda.sh/v1alpha1", "ScaledObject", name, fields)


def hpa(target: Json, **spec: Json) -> Json:
    """A HorizontalPodAutoscaler."""
    return thing("autoscaling/v2", "HorizontalPodAutoscaler", "shop", {"scaleTargetRef": target, **spec})


@pytest.mark.parametrize("scaler", [scaled, hpa])
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (ROLLOUT, []),
        ({**ROLLOUT, "apiVersion": "argoproj.io/v1"}, []),
        ({**ROLLOUT, "name": "shp"}, ["RR762"]),
        ({**ROLLOUT, "apiVersion": "apps/v1"}, ["RR763"]),
        ({"kind": "Rollout", "name": "shop"}, ["RR763"]),
        ({"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"}, ["RR763"]),
        ({"name": "shop"}, ["RR763"]),
        ({"apiVersion": "apps/v1", "kind": "Deployment", "name": "other"}, []),
        ({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "shop"}, []),
    ],
)
def test_an_autoscaler_says_what_it_means(scaler: Json, target: Json, expected: list[str]) -> None:
    assert codes(rollout(canary=STEADY), scaler(target)) == expected


def test_a_deployment_of_the_rollouts_name_may_be_there_too() -> None:
    deployment = thing("apps/v1", "Deployment", "shop", {})

    assert (
        codes(rollout(), deployment, hpa({"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"}))
        == []
    )


def test_the_deployment_of_a_workload_ref_is_not_to_be_scaled() -> None:
    spec = {"workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "pods"}}

    assert told(rollout(spec=spec), hpa({"apiVersion": "apps/v1", "kind": "Deployment", "name": "pods"})) == [
        ("RR761", 'Deployment "pods" belongs to Rollout shop, by its workloadRef')
    ]


def test_a_rollout_that_was_not_given_at_all_is_not_missed() -> None:
    assert codes(hpa(ROLLOUT)) == []


@pytest.mark.parametrize(
    ("keda", "least", "expected"),
    [
        (None, {"minReplicaCount": 0}, ["RR764"]),
        (None, {"minReplicaCount": None}, ["RR764"]),
        (None, {"minReplicaCount": 1}, []),
        ({}, {"minReplicaCount": 0}, []),
        ({"activation": "wait"}, {"minReplicaCount": 0}, []),
        ({"activation": "off"}, {"minReplicaCount": 0}, ["RR764"]),
    ],
)
def test_a_canary_is_held_from_zero(keda: Json, least: Json, expected: list[str]) -> None:
    block = {"httpRoute": "shop"} if keda is None else {"httpRoute": "shop", "keda": keda}

    assert codes(rollout(block=block, canary=STEADY), scaled(ROLLOUT, **least)) == expected


def test_zero_is_nobodys_business_without_our_plugin() -> None:
    assert (
        codes(strategy({"steps": [{"setWeight": 5}, {"pause": {}}]}), scaled(ROLLOUT, minReplicaCount=0))
        == []
    )


def test_a_block_that_cannot_be_read_counts_as_none() -> None:
    given = rollout(block={"httpRoute": 5}, canary=STEADY)

    assert codes(given, scaled(ROLLOUT, minReplicaCount=0)) == ["RR724", "RR764"]


def test_replicas_in_a_file_fight_with_an_autoscaler() -> None:
    assert told(rollout(spec={"replicas": 0}), hpa(ROLLOUT)) == [
        ("RR766", "spec.replicas is 0, and HorizontalPodAutoscaler shop sets it")
    ]
    assert codes(rollout(spec={"replicas": 3})) == []


def test_one_rollout_has_one_autoscaler() -> None:
    found = told(rollout(canary=STEADY), scaled(ROLLOUT), scaled(ROLLOUT, "other"))

    assert found == [("RR767", "Rollout shop is driven by ScaledObject shop and by ScaledObject other")]


def test_the_routers_own_advice_is_told_without_its_subject() -> None:
    ((code, sentence),) = told(rollout(), scaled(ROLLOUT, triggers=[{"type": "cpu", "metadata": {}}]))

    assert code == "RR768"
    assert sentence.startswith("scales by cpu")
