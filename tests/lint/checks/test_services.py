"""The two Services of a Rollout."""

import pytest
from tests.lint.manifest_text import Json, codes, rollout, service, thing, told

LABELED: Json = {"template": {"metadata": {"labels": {"app": "shop", "tier": "web"}}}}
PAIR = (service("shop-stable", app="shop"), service("shop-canary", app="shop"))


@pytest.mark.parametrize(
    ("canary", "words"),
    [
        ({"stableService": ""}, "stableService must name a Service"),
        ({"stableService": "a", "canaryService": "a"}, 'are both "a"'),
        ({"pingPong": {"pingService": "a"}}, "pingPong.pongService must name a Service"),
    ],
)
def test_a_rollout_names_two(canary: Json, words: str) -> None:
    ((code, sentence),) = told(rollout(canary=canary))

    assert code == "RR745"
    assert words in sentence


def test_backends_that_are_fixed_do_not_go_with_ping_pong() -> None:
    block = {"httpRoute": "shop", "stableBackendRef": {"name": "x"}}

    ((code, sentence),) = told(
        rollout(block=block, canary={"pingPong": {"pingService": "a", "pongService": "b"}})
    )

    assert (code, "pingPong swaps" in sentence) == ("RR745", True)


def test_a_missing_service_is_told_only_among_others() -> None:
    assert told(rollout(), PAIR[0]) == [("RR744", "Service shop-canary")]
    assert codes(rollout()) == []
    assert codes(rollout(), *PAIR) == []


def test_the_services_of_ping_pong_count() -> None:
    given = rollout(canary={"pingPong": {"pingService": "shop-stable", "pongService": "other"}})

    assert told(given, *PAIR) == [("RR744", "Service other")]


def test_a_backend_that_is_no_service_is_not_looked_for() -> None:
    block = {"httpRoute": "shop", "canaryBackendRef": {"group": "x.io", "kind": "Pool", "name": "p"}}

    assert codes(rollout(block=block), PAIR[0]) == []


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"app": "shop"}, []),
        ({"app": "shop", "rollouts-pod-template-hash": "abc"}, []),
        ({"app": "other"}, ["RR748"]),
        ({"missing": "x"}, ["RR748"]),
        ({}, []),
    ],
)
def test_a_service_selects_the_pods(selector: dict[str, str], expected: list[str]) -> None:
    assert codes(rollout(spec=LABELED), PAIR[0], service("shop-canary", **selector)) == expected


def test_the_pods_may_be_those_of_a_deployment() -> None:
    reference = {"workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "pods"}}
    deployment = thing("apps/v1", "Deployment", "pods", LABELED)
    other = service("shop-canary", app="other")

    assert codes(rollout(spec=reference), deployment, PAIR[0], other) == ["RR748"]
    assert codes(rollout(spec=reference), PAIR[0], other) == []
