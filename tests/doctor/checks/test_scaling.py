"""What scales a Rollout: which objects count, and what is a trap."""

import pytest
from tests.doctor import world
from tests.doctor.breaks import BREAKS, KEDA, entry
from tests.doctor.cluster import FakeCluster, Json
from tests.doctor.test_looking import codes, looked

from rollouts_router.doctor.judging import findings_of


def scaled(*objects: Json, block: Json | None = None) -> FakeCluster:
    """The Rollout, and these ScaledObjects."""
    cluster = world.good()
    cluster.add("rollouts", world.rollout("web", block or {"httpRoute": "web"}))
    for each in objects:
        cluster.add("scaledobjects", each)
    return cluster


async def test_one_object_and_the_autoscaler_that_keda_made_of_it_is_how_it_should_be() -> None:
    cluster = scaled(world.scaled(hpa="keda-hpa-so"), block=KEDA)
    cluster.add("horizontalpodautoscalers", world.autoscaler("keda-hpa-so", "2.18.2"))
    assert codes(await looked(cluster)) == []


async def test_an_autoscaler_beside_it_is_one_too_many() -> None:
    cluster = scaled(world.scaled(hpa="keda-hpa-so"))
    cluster.add("horizontalpodautoscalers", world.autoscaler("by-hand"))
    groups = await looked(cluster)
    assert codes(groups) == ["RR402"]
    assert "ScaledObject shop/so and HorizontalPodAutoscaler shop/by-hand" in findings_of(groups)[0].sentence


@pytest.mark.parametrize(
    "target",
    [
        {"kind": "Rollout", "name": "other"},
        {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
    ],
)
async def test_autoscalers_of_others_do_not_count(target: Json) -> None:
    cluster = scaled(world.scaled())
    cluster.add("horizontalpodautoscalers", world.autoscaler("theirs", target=target))
    cluster.add(
        "scaledobjects", world.scaled("another", spec={"scaleTargetRef": {**world.TARGET, "name": "x"}})
    )
    assert codes(await looked(cluster)) == []


ZERO = world.scaled(spec={"minReplicaCount": 0})


@pytest.mark.parametrize(
    ("block", "arguments", "told"),
    [
        ({}, [], True),
        ({"keda": {}}, [], False),
        ({"keda": {"activation": "wait"}}, [], False),
        ({"keda": {"activation": "off"}}, ["-keda=hold"], True),
        ({}, ["-keda=hold"], False),
        ({}, ["-keda=gate"], False),
    ],
)
async def test_zero_is_a_trap_unless_somebody_minds(block: Json, arguments: list[str], *, told: bool) -> None:
    cluster = scaled(ZERO, block={"httpRoute": "web", **block})
    entry(location="file:///plugins/r", args=arguments)(cluster)
    assert ("RR405" in codes(await looked(cluster))) is told


@pytest.mark.parametrize(
    ("keda", "version", "told"),
    [
        ({}, "2.17.2", ["RR408"]),
        ({}, "2.18.0", []),
        ({"scaleIn": "hold"}, "2.18.1", ["RR408"]),
        ({"scaleIn": "hold"}, "2.18.2", []),
        ({"activation": "wait"}, "2.17.2", []),
    ],
)
async def test_what_a_release_of_keda_can_be_asked_for(keda: Json, version: str, told: list[str]) -> None:
    cluster = scaled(world.scaled(hpa="h"), block={"httpRoute": "web", "keda": keda})
    cluster.add("horizontalpodautoscalers", world.autoscaler("h", version))
    assert codes(await looked(cluster)) == told


async def test_a_hold_during_a_canary_is_as_it_should_be() -> None:
    cluster = scaled(block=KEDA)
    BREAKS["RR406"](cluster)
    cluster.at("rollouts", "web")["status"].update(
        currentPodHash="bbb", canary={"weights": {"canary": {"weight": 20}}}
    )
    cluster.add("httproutes", world.route("web", world.rule(80, 20)))
    assert codes(await looked(cluster)) == []


async def test_the_deployment_that_a_rollout_has_taken_over_is_no_target() -> None:
    cluster = scaled(world.scaled(spec={"scaleTargetRef": {"kind": "Deployment", "name": "old"}}))
    spec = cluster.at("rollouts", "web")["spec"]
    spec["workloadRef"] = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "old"}
    del spec["template"]
    assert codes(await looked(cluster)) == ["RR403"]
