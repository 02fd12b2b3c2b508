"""A plan changes our weights and the label, and not one byte else."""

import copy
import json
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import LABEL, Json, order, ref, route, rule, spec, weights

from rollouts_router.core.backends import Backend, Backends, service, service_backends
from rollouts_router.core.claims import CLAIMS_ANNOTATION, Claim, read_claims
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.labels import Label
from rollouts_router.core.model import Services
from rollouts_router.core.plan import RoutePlan
from rollouts_router.core.routes import Route
from rollouts_router.core.standing import Standing
from rollouts_router.core.weigh import Destination, WeightOrder, plan_weights, weight_order

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
    lambda canary, maximum, label: order(canary, maximum, label=label, managed_routes=MANAGED),
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
    """The route as it must be afterwards but for the claim, None when it is not ours: written without the code."""
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
    label = wanted.order.label
    if label and wanted.split.canary:
        labels = after["metadata"].get("labels")
        after["metadata"]["labels"] = {**(labels or {}), label.key: label.value}
    elif label:
        (after["metadata"].get("labels") or {}).pop(label.key, None)
    return after if mine else None


def unclaimed(an_object: Any) -> str:
    """The object without the annotations, which nobody else has here."""
    metadata = {key: value for key, value in an_object["metadata"].items() if key != "annotations"}
    return json.dumps({**an_object, "metadata": metadata})


@given(wanted=ORDERS, a_spec=SPECS, labels=LABELS)
def test_after_the_patch_our_weights_and_the_label_are_right_and_all_else_is_as_it_was(
    wanted: WeightOrder, a_spec: Json, labels: dict[str, str] | None
) -> None:
    before = route(a_spec, **({} if labels is None else {"labels": labels}))
    untouched = json.dumps(before.object)
    expected = _expected(wanted, before)

    plan = plan_weights(wanted, before)

    assert (plan.standing is Standing.OURS) == (expected is not None)
    assert unclaimed(apply(plan)) == unclaimed(expected or before.object)
    assert json.dumps(before.object) == untouched
    claimed = bool(expected and wanted.order.label and wanted.split.canary)
    assert read_claims(Route(before.key, apply(plan))).of("shop/web").share is claimed


@given(wanted=ORDERS, a_spec=SPECS, labels=LABELS)
def test_a_route_that_carries_its_plan_needs_none(
    wanted: WeightOrder, a_spec: Json, labels: dict[str, str] | None
) -> None:
    plan = plan_weights(wanted, route(a_spec, labels=labels))
    after = Route(plan.route.key, apply(plan))

    again = plan_weights(wanted, after)

    assert not again.patch
    assert again.patch.to_json() == []
    assert again.carries_weights == (again.standing is Standing.OURS)


@given(wanted=ORDERS)
def test_the_weights_in_force_in_a_plain_rule_add_up_to_the_maximum(wanted: WeightOrder) -> None:
    before = route(spec(rule(ref("canary"), ref("foreign", 7), ref("stable"))))

    [[canary, foreign, stable]] = weights(apply(plan_weights(wanted, before)))

    in_force = {name: 1 if weight is None else weight for name, weight in (canary, stable)}
    assert in_force == {"canary": wanted.split.canary, "stable": wanted.split.stable}
    assert foreign == ("foreign", 7)


@given(wanted=ORDERS, a_spec=SPECS, labels=LABELS, data=st.data())
def test_a_patch_made_from_another_state_of_the_spec_does_not_apply(
    wanted: WeightOrder, a_spec: Json, labels: dict[str, str] | None, data: st.DataObject
) -> None:
    plan = plan_weights(wanted, route(a_spec, labels=labels))
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

    assert weights(apply(plan_weights(order(30), before))) == [
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

    assert weights(apply(plan_weights(order(30, managed_routes=MANAGED), before))) == [
        [("stable", 5), ("canary", 5)],
        [("stable", 5), ("canary", 5)],
        [("stable", 70), ("canary", 30)],
    ]


def test_the_same_service_on_two_ports_is_weighed_twice() -> None:
    before = route(spec(rule(ref("stable", 1), ref("canary", 1), ref("canary", 1, port=81))))

    assert weights(apply(plan_weights(order(30), before))) == [
        [("stable", 70), ("canary", 30), ("canary", 30)]
    ]


def test_a_reference_into_the_rollouts_namespace_is_ours_and_one_out_of_it_is_not() -> None:
    before = route(
        spec(
            rule(ref("stable", 1, namespace="shop"), ref("canary", 1)),
            rule(ref("stable", 1, namespace="other"), ref("canary", 1)),
        )
    )

    assert weights(apply(plan_weights(order(30), before))) == [
        [("stable", 70), ("canary", 30)],
        [("stable", 1), ("canary", 1)],
    ]


def test_a_route_in_another_namespace_refers_to_our_services_by_their_namespace() -> None:
    there = spec(rule(ref("stable", 1, namespace="apps"), ref("canary", 1, namespace="apps")))
    apps = order(backends=service_backends("apps", Services("stable", "canary")))

    assert plan_weights(apps, route(there)).standing is Standing.OURS
    assert plan_weights(apps, route(spec())).standing is Standing.NEITHER


def test_a_missing_weight_is_added_and_a_written_one_replaced() -> None:
    plan = plan_weights(order(30, label=None), route(spec(rule(ref("stable", 9), ref("canary")))))

    assert changes(plan) == [
        ("replace", "/spec/rules/0/backendRefs/0/weight", 70),
        ("add", "/spec/rules/0/backendRefs/1/weight", 30),
    ]


def test_a_missing_weight_in_force_as_one_is_not_written_when_it_is_to_be_one() -> None:
    plan = plan_weights(order(1, 2, label=None), route(spec(rule(ref("stable"), ref("canary")))))

    assert plan.carries_weights
    assert not plan.patch


def test_the_patch_assumes_object_generation_and_the_names_of_what_it_weighs() -> None:
    before = apply(plan_weights(order(20), route(spec(rule(ref("stable", 80), ref("canary", 5))))))
    plan = plan_weights(order(30), Route(route(spec()).key, before))

    assert plan.patch.to_json() == [
        {"op": "test", "path": "/metadata/uid", "value": "u1"},
        {"op": "test", "path": "/metadata/generation", "value": 3},
        {"op": "test", "path": "/spec/rules/0/backendRefs/0/name", "value": "stable"},
        {"op": "test", "path": "/spec/rules/0/backendRefs/1/name", "value": "canary"},
        {"op": "replace", "path": "/spec/rules/0/backendRefs/0/weight", "value": 70},
        {"op": "replace", "path": "/spec/rules/0/backendRefs/1/weight", "value": 30},
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("uid", None), ("uid", 5), ("generation", None), ("generation", True), ("generation", "3")],
)
def test_an_object_that_cannot_be_told_from_a_newer_one_is_not_written(field: str, value: object) -> None:
    with pytest.raises(RoutingError, match=rf"HTTPRoute shop/web: .* without metadata\.{field}"):
        plan_weights(order(30), route(spec(), **{field: value}))


def test_such_an_object_is_fine_while_there_is_nothing_to_write() -> None:
    assert not plan_weights(order(0), route(spec(), uid=None)).patch


def test_a_route_that_is_not_ours_needs_no_uid() -> None:
    bare = Route(route(spec()).key, {})

    assert plan_weights(order(30), bare).standing is Standing.NEITHER


def test_two_rollouts_on_one_route_weigh_their_own_services() -> None:
    before = route(
        spec(
            rule(ref("stable", 1), ref("canary", 1), ref("a", 1), ref("b", 1)), rule(ref("a", 1), ref("b", 1))
        )
    )

    after = apply(
        plan_weights(order(20, backends=service_backends("shop", Services(stable="a", canary="b"))), before)
    )

    assert weights(after) == [
        [("stable", 1), ("canary", 1), ("a", 80), ("b", 20)],
        [("a", 80), ("b", 20)],
    ]
