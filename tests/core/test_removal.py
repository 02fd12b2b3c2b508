"""The removal of managed routes takes out what a claim lists, and nothing else."""

from dataclasses import replace

import pytest
from tests.fakes.objects import GRPC, HTTP, LABEL, TCP, Json, ref, rule
from tests.fakes.steps import ORDER, Steps

from rollouts_router.core.backends import service_backends
from rollouts_router.core.claims import CLAIMS_ANNOTATION
from rollouts_router.core.kinds import RouteKind
from rollouts_router.core.mirroring import MirrorMode
from rollouts_router.core.model import Services
from rollouts_router.core.removal import plan_removal

BOTH = (ref("stable", 100), ref("canary", 0))
MANY = (rule(*BOTH), rule(ref("canary")), rule(*BOTH, filters=[]))


def full(kind: RouteKind = HTTP) -> Steps:
    """A route with everything that steps put in."""
    return (
        Steps(*MANY, kind=kind)
        .header("h1")
        .mirror("m1", percent=5)
        .mirror("m2", mode=MirrorMode.RULE)
        .weight(30)
    )


@pytest.mark.parametrize("kind", [HTTP, GRPC])
def test_all_of_ours_goes_in_one_patch_and_the_second_time_there_is_nothing_to_do(kind: RouteKind) -> None:
    steps, before = full(kind), Steps(*MANY, kind=kind).weight(30).rules

    plan = plan_removal(ORDER, None, steps.now)
    steps.apply(plan.patch)

    assert steps.rules == before
    assert not plan_removal(ORDER, None, steps.now).patch
    assert plan.warnings == ()


def test_weights_and_their_claim_stay() -> None:
    steps = full().remove()

    assert [each["weight"] for each in steps.rules[0]["backendRefs"]] == [70, 30]
    assert steps.now.labels == {LABEL.key: LABEL.value}
    assert not steps.weight(0).claimed


@pytest.mark.parametrize(
    ("name", "left"),
    [("h1", ["m2", "", "", "m2-1", ""]), ("m2", ["", "", "", "h1", "h1-1"]), ("other", None)],
)
def test_one_managed_route_goes_by_its_name(name: str, left: list[str] | None) -> None:
    steps = full()
    before = steps.names

    assert steps.remove(name).names == (left or before)


def test_a_filter_goes_by_the_name_of_its_step() -> None:
    steps = full().remove("m1")

    own = [rule for rule in steps.rules if "name" not in rule]
    assert [one.get("filters") for one in own] == [None, None, []]
    assert steps.names.count("h1") == 1


def test_what_is_claimed_under_a_name_that_is_declared_no_more_goes_as_well() -> None:
    steps = Steps(*MANY).header("old").mirror("older")

    assert steps.remove().rules == Steps(*MANY).rules


@pytest.mark.parametrize(
    "untouched",
    [
        [rule(ref("canary"))],
        [rule(ref("canary"), name="testers")],
        [rule(ref("canary"), name="h1-1")],
        [rule(ref("canary"), name="h1-x")],
        [rule(ref("foreign"), name="h1")],
        [rule(*BOTH, name="h1")],
    ],
)
def test_a_route_without_anything_of_ours_is_left_as_it_is(untouched: list[Json]) -> None:
    assert not plan_removal(ORDER, None, Steps(*untouched).now).patch


def test_routes_of_other_kinds_and_of_others_are_left_as_they_are() -> None:
    assert not plan_removal(ORDER, None, Steps(rule(*BOTH), kind=TCP).now).patch
    assert not plan_removal(replace(ORDER, rollout="shop/other"), None, full().now).patch
    assert not plan_removal(ORDER, None, Steps().now).patch


def test_a_route_that_lost_its_rule_of_ours_is_cleaned_nevertheless() -> None:
    steps = full()
    steps.edit([one for one in steps.rules if len(one["backendRefs"]) != 2])

    assert steps.remove().rules == [Steps(*MANY).rules[1]]


def test_what_the_existing_plugin_left_goes_if_it_has_exactly_the_name() -> None:
    left = [rule(ref("canary", 1), name=name) for name in ("h1", "h1-1", "h2")]

    plan = plan_removal(ORDER, None, Steps(rule(*BOTH), *left).now)

    assert [step.path for step in plan.patch.changes] == ["/spec/rules/1", "/spec/rules/2"]
    [warning] = plan.warnings
    assert warning == (
        "HTTPRoute shop/web: the rules h1-1 are named like managed ones and not marked as made by rollouts-router;"
        " they are left alone. If another plugin left them, remove them by hand"
    )


def test_rules_that_another_rollout_has_made_are_neither_taken_nor_told() -> None:
    other = replace(
        ORDER, rollout="shop/other", backends=service_backends("shop", Services("stable", "canary"))
    )
    steps = Steps(rule(*BOTH)).header(whose=other)

    plan = plan_removal(ORDER, None, steps.now)

    assert not plan.patch
    assert plan.warnings == ()


def test_under_a_damaged_annotation_only_what_has_exactly_the_name_goes() -> None:
    steps = Steps(rule(*BOTH), rule(*BOTH)).header().mirror()
    steps.now.object["metadata"]["annotations"][CLAIMS_ANNOTATION] = "{"

    plan = plan_removal(ORDER, None, steps.now)
    steps.apply(plan.patch)

    assert steps.names == ["", "", "h1-1"]
    damaged, left = plan.warnings
    assert damaged.startswith(f"HTTPRoute shop/web: the annotation {CLAIMS_ANNOTATION} cannot be read")
    assert "the rules h1-1 are named like managed ones" in left
    assert not steps.claimed


def test_odd_rules_do_not_stand_in_the_way() -> None:
    steps = full()
    odd = [None, 5, {"filters": 5}, {"filters": [None]}, {"backendRefs": 5, "matches": {}}]
    steps.now.object["spec"]["rules"].extend(odd)

    plan = plan_removal(ORDER, None, steps.now)

    assert [step.op for step in plan.patch.changes].count("remove") >= 6
