"""How a route stands to a Rollout, and that in a sentence."""

from dataclasses import replace

import pytest
from tests.fakes.objects import Json, order, ref, route, rule, spec

from rollouts_router.core.standing import Standing, explain, standing

ORDER = order().order

CASES = [
    (rule(ref("stable"), ref("canary")), Standing.OURS, "has a rule with both"),
    (
        rule(ref("stable")),
        Standing.ONLY_STABLE,
        "has only the stable one; add the canary one to the same rule",
    ),
    (
        rule(ref("canary")),
        Standing.ONLY_CANARY,
        "has only the canary one; add the stable one to the same rule",
    ),
    (rule(ref("foreign")), Standing.NEITHER, "has neither"),
    ({}, Standing.NEITHER, "has neither"),
]


@pytest.mark.parametrize(("one", "expected", "text"), CASES)
def test_how_a_route_stands_is_said_in_a_sentence(one: Json, expected: Standing, text: str) -> None:
    read = route(spec(one))

    assert standing(ORDER, read) is expected
    assert explain(ORDER, read) == (
        f'of the Services "stable" (stable) and "canary" (canary) in namespace shop it {text}'
    )


def test_services_in_different_rules_only_are_said_to_be_apart() -> None:
    read = route(spec(rule(ref("stable")), rule(ref("canary"))))

    assert standing(ORDER, read) is Standing.APART
    assert explain(ORDER, read).endswith("has them only in different rules; put both into the same rule")


def test_what_only_looks_like_one_of_the_services_is_named() -> None:
    refs = (ref("stable", namespace="other"), ref("canary", kind="Backend"), ref("x", namespace="y"))

    assert explain(ORDER, route(spec(rule(*refs)))).endswith(
        'it has neither; it refers to "canary" (Backend, namespace shop), "stable" (Service, namespace other),'
        " which is not the same"
    )


def test_rules_that_are_passed_over_for_their_names_are_said() -> None:
    names = ("header", "web", "header-1")
    given = (rule(ref("stable"), ref("canary" if name != "web" else "x"), name=name) for name in names)

    assert explain(replace(ORDER, managed_routes=("header",)), route(spec(*given))).endswith(
        "it has only the stable one; add the canary one to the same rule; its rules header, header-1 are named"
        " like managed routes and are never weighed"
    )


def test_of_a_rollout_that_is_narrowed_only_the_named_rules_count() -> None:
    read = route(
        spec(rule(ref("stable"), ref("canary")), rule(ref("stable"), name="a"), rule(ref("canary"), name="b"))
    )

    assert standing(ORDER, read) is Standing.OURS
    assert standing(replace(ORDER, rule_names=("a",)), read) is Standing.ONLY_STABLE
    assert standing(replace(ORDER, rule_names=("a", "b")), read) is Standing.APART
    assert explain(replace(ORDER, rule_names=("c", "d")), read).endswith(
        "it has neither among its rules named c, d"
    )
