"""A plan changes our weights and the label, and not one byte else."""

import copy
import json
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import LABEL, Json, order, ref, route, rule, spec, weights

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.labels import Label
from rollouts_router.core.model import Services
from rollouts_router.core.plan import RoutePlan, Standing, WeightOrder, explain, plan_route
from rollouts_router.core.routes import Route
from rollouts_router.core.weights import split

MANAGED = ("header",)


def apply(plan: RoutePlan) -> Any:
    """The route after the patch."""
    return jsonpatch.apply_patch(plan.route.object, plan.patch.to_json())


def changes(plan: RoutePlan) -> list[tuple[str, str, object]]:
    """What a patch changes, without its guards."""
    return [(step.op, step.path, step.value) for step in plan.patch.changes]


# --- any route at all -------------------------------------------------------------------------------------

ODDITIES = st.sampled_from(
    [{}, {"port": 80}, {"port": 81}, {"filters": [{"type": "X"}]}, {"new": {"deep": [1.5]}}]
)
WRITTEN = st.sampled_from(
    [{}, {"weight": 0}, {"weight": 1}, {"weight": 30}, {"weight": 70}, {"weight": None}]
)
KINDS = st.sampled_from(
    [{}, {}, {}, {"kind": "Service", "group": ""}, {"kind": "Backend"}, {"group": "x.io"}]
)
SPACES = st.sampled_from([{}, {}, {}, {"namespace": "shop"}, {"namespace": "other"}])
REFS = st.builds(
    lambda name, *parts: {"name": name, **{key: value for part in parts for key, value in part.items()}},
    st.sampled_from(["stable", "canary", "foreign"]),
    ODDITIES,
    WRITTEN,
    KINDS,
    SPACES,
)
RULE_NAMES = st.sampled_from(
    [{}, {}, {"name": "header"}, {"name": "header-1"}, {"name": "headers"}, {"name": "a"}]
)
RULES = st.builds(
    lambda refs, name, more: {**name, "backendRefs": refs, **more},
    st.lists(REFS, max_size=5),
    RULE_NAMES,
    st.sampled_from([{}, {"timeouts": {"request": "1s"}}, {"matches": [{"path": {"value": "/"}}]}]),
) | st.just({"filters": [{"type": "RequestRedirect"}]})
SPECS = st.builds(lambda rules, more: {"rules": rules, **more}, st.lists(RULES, max_size=4), ODDITIES)
LABELS = st.none() | st.dictionaries(
    st.sampled_from(["app", LABEL.key]), st.sampled_from(["web", LABEL.value])
)
ORDERS = st.builds(
    lambda canary, maximum, label: order(label=label, split=split(canary, maximum), managed_routes=MANAGED),
    st.integers(-5, 110),
    st.sampled_from([1, 100, 1000]),
    st.sampled_from([None, LABEL, Label("my.io/key~x", "yes")]),
)


def _ours(entry: Json) -> bool:
    return (
        entry.get("kind", "Service") == "Service"
        and not entry.get("group")
        and entry.get("namespace", "shop") == "shop"
    )


def _expected(wanted: WeightOrder, given_route: Route) -> Json | None:
    """The route as it must be afterwards, None when it is not ours: written without looking at the code."""
    after = copy.deepcopy(dict(given_route.object))
    shares = {"canary": wanted.split.canary, "stable": wanted.split.stable}
    mine = False
    for one in after["spec"]["rules"]:
        held = [entry for entry in one.get("backendRefs", []) if entry["name"] in shares and _ours(entry)]
        if one.get("name") in {"header", "header-1"} or {entry["name"] for entry in held} != set(shares):
            continue
        mine = True
        for entry in held:
            in_force = 1 if entry.get("weight") is None else entry["weight"]
            if in_force != shares[entry["name"]]:
                entry["weight"] = shares[entry["name"]]
    if wanted.label and wanted.split.canary:
        labels = after["metadata"].get("labels")
        after["metadata"]["labels"] = {**(labels or {}), wanted.label.key: wanted.label.value}
    elif wanted.label:
        (after["metadata"].get("labels") or {}).pop(wanted.label.key, None)
    return after if mine else None


@given(wanted=ORDERS, a_spec=SPECS, labels=LABELS)
def test_after_the_patch_our_weights_and_the_label_are_right_and_all_else_is_as_it_was(
    wanted: WeightOrder, a_spec: Json, labels: dict[str, str] | None
) -> None:
    before = route(a_spec, **({} if labels is None else {"labels": labels}))
    untouched = json.dumps(before.object)
    expected = _expected(wanted, before)

    plan = plan_route(wanted, before)

    assert (plan.standing is Standing.OURS) == (expected is not None)
    assert json.dumps(apply(plan)) == json.dumps(expected or before.object)
    assert json.dumps(before.object) == untouched


@given(wanted=ORDERS, a_spec=SPECS, labels=LABELS)
def test_a_route_that_carries_its_plan_needs_none(
    wanted: WeightOrder, a_spec: Json, labels: dict[str, str] | None
) -> None:
    plan = plan_route(wanted, route(a_spec, labels=labels))
    after = Route(plan.route.key, apply(plan))

    again = plan_route(wanted, after)

    assert not again.patch
    assert again.patch.to_json() == []
    assert again.carries_weights == (again.standing is Standing.OURS)


@given(wanted=ORDERS)
def test_the_weights_in_force_in_a_plain_rule_add_up_to_the_maximum(wanted: WeightOrder) -> None:
    before = route(spec(rule(ref("canary"), ref("foreign", 7), ref("stable"))))

    [[canary, foreign, stable]] = weights(apply(plan_route(wanted, before)))

    in_force = {name: 1 if weight is None else weight for name, weight in (canary, stable)}
    assert in_force == {"canary": wanted.split.canary, "stable": wanted.split.stable}
    assert foreign == ("foreign", 7)


@given(wanted=ORDERS, a_spec=SPECS, labels=LABELS, data=st.data())
def test_a_patch_made_from_another_state_of_the_spec_does_not_apply(
    wanted: WeightOrder, a_spec: Json, labels: dict[str, str] | None, data: st.DataObject
) -> None:
    plan = plan_route(wanted, route(a_spec, labels=labels))
    newer = copy.deepcopy(dict(plan.route.object))
    field, value = data.draw(st.sampled_from([("uid", "u2"), ("generation", 4)]))
    newer["metadata"][field] = value

    if plan.patch:
        with pytest.raises(jsonpatch.JsonPatchTestFailed):
            jsonpatch.apply_patch(newer, plan.patch.to_json())


# --- which rules, which references ------------------------------------------------------------------------


def test_each_rule_with_both_is_weighed_and_every_other_rule_is_left_alone() -> None:
    before = route(
        spec(
            rule(ref("stable", 100), ref("canary", 0)),
            rule(ref("canary", 1)),
            rule(ref("stable", 1)),
            rule(ref("foreign", 9), ref("canary"), ref("stable", 50)),
            rule(ref("foreign", 3)),
            {"matches": []},
        )
    )

    assert weights(apply(plan_route(order(30), before))) == [
        [("stable", 70), ("canary", 30)],
        [("canary", 1)],
        [("stable", 1)],
        [("foreign", 9), ("canary", 30), ("stable", 70)],
        [("foreign", 3)],
        [],
    ]


def test_a_rule_of_a_managed_route_is_never_weighed() -> None:
    names = ("header", "header-1", "web")
    before = route(spec(*(rule(ref("stable", 5), ref("canary", 5), name=name) for name in names)))

    assert weights(apply(plan_route(order(30, managed_routes=MANAGED), before))) == [
        [("stable", 5), ("canary", 5)],
        [("stable", 5), ("canary", 5)],
        [("stable", 70), ("canary", 30)],
    ]


def test_the_same_service_on_two_ports_is_weighed_twice() -> None:
    before = route(spec(rule(ref("stable", 1), ref("canary", 1), ref("canary", 1, port=81))))

    assert weights(apply(plan_route(order(30), before))) == [[("stable", 70), ("canary", 30), ("canary", 30)]]


def test_a_reference_into_the_rollouts_namespace_is_ours_and_one_out_of_it_is_not() -> None:
    before = route(
        spec(
            rule(ref("stable", 1, namespace="shop"), ref("canary", 1)),
            rule(ref("stable", 1, namespace="other"), ref("canary", 1)),
        )
    )

    assert weights(apply(plan_route(order(30), before))) == [
        [("stable", 70), ("canary", 30)],
        [("stable", 1), ("canary", 1)],
    ]


def test_a_route_in_another_namespace_refers_to_our_services_by_their_namespace() -> None:
    there = spec(rule(ref("stable", 1, namespace="apps"), ref("canary", 1, namespace="apps")))

    assert plan_route(order(namespace="apps"), route(there)).standing is Standing.OURS
    assert plan_route(order(namespace="apps"), route(spec())).standing is Standing.NEITHER


def test_a_missing_weight_is_added_and_a_written_one_replaced() -> None:
    plan = plan_route(order(30, label=None), route(spec(rule(ref("stable", 9), ref("canary")))))

    assert changes(plan) == [
        ("replace", "/spec/rules/0/backendRefs/0/weight", 70),
        ("add", "/spec/rules/0/backendRefs/1/weight", 30),
    ]


def test_a_missing_weight_in_force_as_one_is_not_written_when_it_is_to_be_one() -> None:
    plan = plan_route(order(1, 2, label=None), route(spec(rule(ref("stable"), ref("canary")))))

    assert plan.carries_weights
    assert not plan.patch


def test_the_patch_assumes_object_generation_and_the_names_of_what_it_weighs() -> None:
    plan = plan_route(order(30), route(spec(rule(ref("stable", 70), ref("canary", 5))), labels={"a": "b"}))

    assert plan.patch.to_json() == [
        {"op": "test", "path": "/metadata/uid", "value": "u1"},
        {"op": "test", "path": "/metadata/generation", "value": 3},
        {"op": "test", "path": "/spec/rules/0/backendRefs/1/name", "value": "canary"},
        {"op": "replace", "path": "/spec/rules/0/backendRefs/1/weight", "value": 30},
        {"op": "add", "path": "/metadata/labels/rollouts.argoproj.io~1gatewayapi-canary", "value": "in-progress"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [("uid", None), ("uid", 5), ("generation", None), ("generation", True), ("generation", "3")],
)
def test_an_object_that_cannot_be_told_from_a_newer_one_is_not_written(field: str, value: object) -> None:
    with pytest.raises(RoutingError, match=rf"HTTPRoute shop/web: .* without metadata\.{field}"):
        plan_route(order(30), route(spec(), **{field: value}))


def test_such_an_object_is_fine_while_there_is_nothing_to_write() -> None:
    assert not plan_route(order(0), route(spec(), uid=None)).patch


# --- the label --------------------------------------------------------------------------------------------

AT_30 = spec(rule(ref("stable", 70), ref("canary", 30)))
AT_0 = spec(rule(ref("stable", 100), ref("canary", 0)))
PATH = "/metadata/labels/rollouts.argoproj.io~1gatewayapi-canary"


@pytest.mark.parametrize("labels", [None, "none", ["a"]])
def test_where_there_is_no_map_of_labels_one_is_added_and_tied_to_the_resource_version(
    labels: object,
) -> None:
    plan = plan_route(order(30), route(AT_30, labels=labels))

    assert changes(plan) == [("add", "/metadata/labels", {LABEL.key: LABEL.value})]
    assert plan.patch.to_json()[2] == {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
    assert plan.carries_weights


def test_without_a_resource_version_such_a_map_is_not_added() -> None:
    with pytest.raises(RoutingError, match=r"without metadata\.resourceVersion"):
        plan_route(order(30), route(AT_30, resourceVersion=None))


@pytest.mark.parametrize("labels", [{}, {"a": "b"}, {LABEL.key: "something else"}])
def test_in_a_map_of_labels_only_ours_is_set_whatever_the_resource_version(labels: Json) -> None:
    plan = plan_route(order(30), route(AT_30, labels=labels))

    assert changes(plan) == [("add", PATH, LABEL.value)]
    assert len(plan.patch.guards) == 2
    assert apply(plan)["metadata"]["labels"] == {**labels, LABEL.key: LABEL.value}


def test_the_right_label_is_not_set_again() -> None:
    assert not plan_route(order(30), route(AT_30, labels={LABEL.key: LABEL.value})).patch


@pytest.mark.parametrize("value", [LABEL.value, "something else", ""])
def test_at_weight_zero_the_label_goes_whatever_its_value(value: str) -> None:
    plan = plan_route(order(0), route(AT_0, labels={LABEL.key: value, "a": "b"}))

    assert changes(plan) == [("remove", PATH, None)]
    assert apply(plan)["metadata"]["labels"] == {"a": "b"}


@pytest.mark.parametrize("labels", [None, {}, {"a": "b"}, LABEL.key, 5])
def test_at_weight_zero_a_route_without_the_label_is_left_alone(labels: object) -> None:
    assert not plan_route(order(0), route(AT_0, labels=labels)).patch


def test_a_label_that_somebody_removed_meanwhile_makes_the_patch_fail_and_is_then_no_matter() -> None:
    before = route(AT_0, labels={LABEL.key: LABEL.value})
    plan = plan_route(order(0), before)
    newer = copy.deepcopy(dict(before.object))
    del newer["metadata"]["labels"][LABEL.key]

    with pytest.raises(jsonpatch.JsonPatchConflict):
        jsonpatch.apply_patch(newer, plan.patch.to_json())
    assert not plan_route(order(0), Route(before.key, newer)).patch


@pytest.mark.parametrize("canary", [0, 30])
def test_a_label_that_is_switched_off_is_neither_set_nor_removed(canary: int) -> None:
    before = route(spec(rule(ref("stable"), ref("canary"))), labels={LABEL.key: "kept"})

    after = apply(plan_route(order(canary, label=None), before))

    assert after["metadata"] == before.object["metadata"]


def test_a_custom_label_is_set_under_its_own_key() -> None:
    plan = plan_route(order(30, label=Label("my.io/a", "x")), route(AT_30, labels={LABEL.key: LABEL.value}))

    assert changes(plan) == [("add", "/metadata/labels/my.io~1a", "x")]


# --- routes that are not ours -----------------------------------------------------------------------------

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


@pytest.mark.parametrize(("one", "standing", "text"), CASES)
def test_how_a_route_stands_is_said_in_a_sentence(one: Json, standing: Standing, text: str) -> None:
    plan = plan_route(order(30), route(spec(one)))

    assert plan.standing is standing
    assert bool(plan.patch) == (standing is Standing.OURS)
    assert explain(order(30), plan) == (
        f'of the Services "stable" (stable) and "canary" (canary) in namespace shop it {text}'
    )


def test_services_in_different_rules_only_are_said_to_be_apart() -> None:
    plan = plan_route(order(30), route(spec(rule(ref("stable")), rule(ref("canary")))))

    assert plan.standing is Standing.APART
    assert not plan.patch
    assert explain(order(30), plan).endswith("has them only in different rules; put both into the same rule")


def test_what_only_looks_like_one_of_the_services_is_named() -> None:
    plan = plan_route(
        order(30),
        route(
            spec(
                rule(ref("stable", namespace="other"), ref("canary", kind="Backend"), ref("x", namespace="y"))
            )
        ),
    )

    assert explain(order(30), plan).endswith(
        'it has neither; it refers to "canary" (other kind, namespace shop), "stable" (Service, namespace other),'
        " which is not the same"
    )


def test_rules_that_are_passed_over_for_their_names_are_said() -> None:
    names = ("header", "web", "header-1")
    plan = plan_route(
        order(30, managed_routes=MANAGED),
        route(
            spec(*(rule(ref("stable"), ref("canary" if name != "web" else "x"), name=name) for name in names))
        ),
    )

    assert explain(order(30, managed_routes=MANAGED), plan).endswith(
        "it has only the stable one; add the canary one to the same rule; its rules header, header-1 are named"
        " like managed routes and are never weighed"
    )


def test_a_route_that_is_not_ours_needs_no_uid() -> None:
    bare = Route(route(spec()).key, {})

    assert plan_route(order(30), bare).standing is Standing.NEITHER


def test_two_rollouts_on_one_route_weigh_their_own_services() -> None:
    before = route(
        spec(
            rule(ref("stable", 1), ref("canary", 1), ref("a", 1), ref("b", 1)), rule(ref("a", 1), ref("b", 1))
        )
    )

    after = apply(plan_route(order(20, services=Services(stable="a", canary="b")), before))

    assert weights(after) == [
        [("stable", 1), ("canary", 1), ("a", 80), ("b", 20)],
        [("a", 80), ("b", 20)],
    ]
