"""Routes against the Rollouts that use them."""

import pytest
from tests.lint.manifest_text import Json, codes, rollout, route, thing, told

LABELS = {"labels": {"rollout-enabled": "true"}}
SELECTOR: Json = {"httpRouteSelector": {"matchLabels": {"rollout-enabled": "true"}}}


def ref(name: str, **fields: Json) -> Json:
    """A ref with everything that the API fills in."""
    return {"group": "", "kind": "Service", "name": name, "port": 80, "weight": 1, **fields}


STABLE, CANARY = ref("shop-stable"), ref("shop-canary")


def test_a_named_route_that_is_not_there_is_missed_only_among_others_of_its_kind() -> None:
    given = rollout(block={"httpRoute": "shp"})

    assert told(given, route()) == [("RR741", 'httpRoute: HTTPRoute shp; did you mean "shop"?')]
    assert told(given, route(name="zebra")) == [("RR741", "httpRoute: HTTPRoute shp")]
    assert codes(given, route(kind="GRPCRoute")) == []
    assert codes(given) == []


@pytest.mark.parametrize(
    ("refs", "words"),
    [
        ([STABLE], "it has only the stable one"),
        ([ref("other")], "it has neither"),
        ([STABLE, ref("shop-canary", kind="ServiceImport")], "it has only the stable one"),
        ([STABLE, ref("shop-canary", namespace="elsewhere")], "it has only the stable one"),
    ],
)
def test_a_named_route_has_both_services_in_one_rule(refs: list[Json], words: str) -> None:
    ((code, sentence),) = told(rollout(), route(*refs))

    assert code == "RR743"
    assert words in sentence


def test_the_rules_of_a_name_are_those_that_count() -> None:
    entry = {"httpRoutes": [{"name": "shop", "ruleName": "main"}]}
    named = route()
    named["spec"]["rules"][0]["name"] = "main"

    assert codes(rollout(block=entry), route()) == ["RR743"]
    assert codes(rollout(block=entry), named) == []


def test_a_selector_finds_something() -> None:
    given = rollout(block=SELECTOR)

    assert codes(given, route(**LABELS)) == []
    assert codes(given, route()) == ["RR742"]
    assert codes(given, route(kind="GRPCRoute")) == []
    assert codes(given) == []


def test_selected_routes_of_other_applications_are_left_alone_as_long_as_one_is_ours() -> None:
    given, other = rollout(block=SELECTOR), route(ref("other"), name="other", **LABELS)

    assert codes(given, route(**LABELS), other) == []
    assert codes(given, other) == ["RR743"]
    assert codes(given, route(**LABELS), route(STABLE, name="half", **LABELS)) == ["RR743"]


def test_a_key_of_the_block_may_be_in_any_case() -> None:
    given = rollout(block={"httprouteselector": {"matchlabels": {"rollout-enabled": "true"}}})

    assert codes(given, route(**LABELS)) == []
    assert codes(given, route()) == ["RR742"]


@pytest.mark.parametrize("left_out", ["group", "kind", "weight"])
def test_what_the_api_fills_in_is_written(left_out: str) -> None:
    refs = [{key: value for key, value in each.items() if key != left_out} for each in (STABLE, CANARY)]

    assert told(rollout(), route(*refs)) == [("RR746", f'the ref to "shop-stable" has no {left_out}')]
    assert codes(rollout(block=SELECTOR), route(*refs, **LABELS)) == ["RR746"]


def test_refs_of_others_may_leave_out_what_they_like() -> None:
    mixed = route()
    mixed["spec"]["rules"].append({"backendRefs": [{"name": "other"}]})

    assert codes(rollout(), mixed) == []


def test_routes_are_looked_for_where_the_block_says() -> None:
    block = {"httpRoute": "shop", "namespace": "edge"}
    refs = [ref("shop-stable", namespace="team"), ref("shop-canary", namespace="team")]
    elsewhere, there = route(namespace="team"), route(*refs, namespace="edge")

    assert codes(rollout(block=block, namespace="team"), elsewhere, there) == []
    assert codes(rollout(block=block, namespace="team"), route(namespace="edge")) == ["RR743"]


def test_a_namespace_that_is_not_written_is_any() -> None:
    assert codes(rollout(), route(namespace="team")) == []
    assert codes(rollout(namespace="team"), route()) == []
    assert codes(rollout(namespace="team"), route(namespace="other")) == []


@pytest.mark.parametrize(
    "metadata",
    [
        {"labels": {"rollouts.argoproj.io/gatewayapi-canary": "in-progress"}},
        {"annotations": {"rollouts.argoproj.io/gatewayapi-claims": "{}"}},
    ],
)
def test_marks_of_a_running_canary_do_not_belong_into_a_file(metadata: Json) -> None:
    assert codes(route(kind="TCPRoute", **metadata)) == ["RR747"]


def test_neither_does_the_record_of_a_hold() -> None:
    held = thing(
        "keda.sh/v1alpha1", "ScaledObject", "x", {}, labels={"rollouts.argoproj.io/keda-hold": "true"}
    )

    assert codes(held) == ["RR747"]


def test_a_block_that_cannot_be_read_is_told_once() -> None:
    assert codes(rollout(block={"httpRoute": 5}), route(STABLE)) == ["RR724"]
