"""Rules that old versions of the existing plugin left: they go on request, once, and nothing else ever does."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import GRPC, HTTP, Json, order, ref, rule
from tests.fakes.schema import Schema
from tests.fakes.steps import ORDER, Steps

from rollouts_router.core.kinds import RouteKind
from rollouts_router.core.unnamed import REQUEST
from rollouts_router.core.weigh import weight_planner

FOR_BOB = [{"headers": [{"type": "Exact", "name": "x-user", "value": "bob"}]}]
OURS = rule(ref("stable", 100), ref("canary", 0))
LEFT = rule(ref("canary"), matches=FOR_BOB)
ASKED: Json = {"annotations": {REQUEST: "web"}}


def rules_after(
    *rules: Json, kind: RouteKind = HTTP, canary: int = 0, **meta: Any
) -> tuple[Steps, list[Json]]:
    """A route of these rules, and those that a weight step leaves of it besides the first."""
    steps = Steps(OURS, *rules, kind=kind, schema=Schema(fills=False), **meta)
    steps.weight(canary)
    return steps, steps.rules[1:]


@pytest.mark.parametrize("kind", [HTTP, GRPC])
@pytest.mark.parametrize("canary", [0, 30])
def test_a_rule_of_that_shape_goes_with_the_request_and_a_sentence(kind: RouteKind, canary: int) -> None:
    steps, left = rules_after(LEFT, kind=kind, canary=canary, **ASKED)

    assert left == []
    assert REQUEST not in (steps.now.annotations or {})


def test_what_was_removed_is_told_by_its_place_and_the_next_time_nothing_is() -> None:
    steps = Steps(OURS, LEFT, rule(ref("other")), LEFT, schema=Schema(fills=False), **ASKED)
    planner = weight_planner(replace(order(0), order=ORDER))

    (told,) = steps.plan(planner).warnings
    steps.do(planner)

    assert "its rules at 1, 3 (counted from 0) are removed" in told
    assert told.startswith("HTTPRoute shop/web: ")
    assert steps.plan(planner).warnings == ()


def test_without_a_request_it_stays() -> None:
    assert rules_after(LEFT)[1] == [LEFT]


@pytest.mark.parametrize("asked", ["other", "else/web", "true", "", "shop/other"])
def test_a_request_for_another_rollout_is_its_business(asked: str) -> None:
    steps, left = rules_after(LEFT, annotations={REQUEST: asked})

    assert left == [LEFT]
    assert (steps.now.annotations or {})[REQUEST] == asked


def test_the_request_may_name_the_namespace_of_the_rollout() -> None:
    assert rules_after(LEFT, annotations={REQUEST: "shop/web"})[1] == []


def test_in_another_namespace_than_the_rollouts_it_has_to() -> None:
    foreign = replace(ORDER, rollout="else/web")
    steps = Steps(OURS, LEFT, schema=Schema(fills=False), **ASKED)
    steps.do(weight_planner(replace(order(0), order=foreign)))
    assert steps.rules == [OURS, LEFT]

    steps = Steps(OURS, LEFT, schema=Schema(fills=False), annotations={REQUEST: "else/web"})
    steps.do(weight_planner(replace(order(0), order=foreign)))
    assert steps.rules == [OURS]


NOT_LEFT = {
    "named": rule(ref("canary"), matches=FOR_BOB, name="qa"),
    "without matches": rule(ref("canary")),
    "with an empty list of matches": rule(ref("canary"), matches=[]),
    "for a path": rule(ref("canary"), matches=[{"path": {"type": "PathPrefix", "value": "/qa"}}]),
    "with one match for headers and one without": rule(ref("canary"), matches=[*FOR_BOB, {}]),
    "with an empty list of headers": rule(ref("canary"), matches=[{"headers": []}]),
    "to the stable Service": rule(ref("stable"), matches=FOR_BOB),
    "to somebody else's": rule(ref("other"), matches=FOR_BOB),
    "to a Service of that name elsewhere": rule(ref("canary", namespace="else"), matches=FOR_BOB),
    "to another kind": rule(ref("canary", kind="Backend", group="x.io"), matches=FOR_BOB),
    "to two": rule(ref("canary"), ref("other"), matches=FOR_BOB),
    "to the canary on two ports": rule(ref("canary"), ref("canary", port=81), matches=FOR_BOB),
    "to nobody": rule(matches=FOR_BOB),
}


@pytest.mark.parametrize("other", NOT_LEFT.values(), ids=NOT_LEFT.keys())
def test_a_rule_of_another_shape_stays_and_the_request_goes(other: Json) -> None:
    steps, left = rules_after(other, **ASKED)

    assert left == [other]
    assert REQUEST not in (steps.now.annotations or {})


def test_a_rule_of_ours_that_lost_its_name_to_old_crds_stays() -> None:
    steps = Steps(OURS, LEFT, schema=Schema(keeps_names=False, fills=False))
    steps.header("h1", x_user="ann")
    steps.now.object["metadata"]["annotations"][REQUEST] = "web"
    steps.weight(10)

    assert [each["matches"][0]["headers"][0]["value"] for each in steps.rules[1:]] == ["ann"]
    steps.remove()
    assert len(steps.rules) == 1


def test_other_annotations_stay() -> None:
    steps, _ = rules_after(LEFT, annotations={REQUEST: "web", "team": "shop"})

    assert steps.now.annotations == {"team": "shop"}


some_rules = st.lists(st.sampled_from([LEFT, *NOT_LEFT.values(), OURS]), max_size=8)


@given(
    rules=some_rules, asked=st.sampled_from([None, "web", "shop/web", "other"]), canary=st.integers(0, 100)
)
def test_of_any_rules_exactly_those_go_and_only_when_asked(
    rules: list[Json], asked: str | None, canary: int
) -> None:
    meta: Json = {} if asked is None else {"annotations": {REQUEST: asked}}
    steps = Steps(OURS, *rules, schema=Schema(fills=False, unique_names=False), **meta)
    steps.weight(canary)
    steps.weight(0)

    goes = asked in {"web", "shop/web"}
    assert steps.rules == [OURS, *(each for each in rules if each != LEFT or not goes)]
