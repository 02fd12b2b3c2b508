"""A plan changes our weights and the label, and not one byte else."""

import copy
import json
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import LABEL, Json, order, ref, rollout, route, rule, spec, weights

from rollouts_router.core.backends import Backend, Backends, service, service_backends
from rollouts_router.core.claims import CLAIMS_ANNOTATION, Claim, read_claims
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import KINDS
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
REF_KINDS = st.sampled_from(
    [{}, {}, {}, {"kind": "Service", "group": ""}, {"kind": "Backend"}, {"group": "x.io"}]
)
SPACES = st.sampled_from([{}, {}, {}, {"namespace": "shop"}, {"namespace": "other"}])
REFS = st.builds(
    lambda name, *parts: {"name": name, **{key: value for part in parts for key, value in part.items()}},
    st.sampled_from(["stable", "canary", "foreign"]),
    ODDITIES,
    WRITTEN,
    REF_KINDS,
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


# --- the label and the claim ------------------------------------------------------------------------------

AT_30 = spec(rule(ref("stable", 70), ref("canary", 30)))
AT_0 = spec(rule(ref("stable", 100), ref("canary", 0)))


def after(wish: WeightOrder, before: Route) -> Route:
    """The route when the API server has applied the plan."""
    return Route(before.key, apply(plan_weights(wish, before)))


@pytest.mark.parametrize("labels", [None, {}, {"a": "b"}, {LABEL.key: "something else"}])
def test_with_a_share_the_route_carries_label_and_claim_and_at_weight_zero_neither(
    labels: Json | None,
) -> None:
    before = route(spec(), labels=labels, annotations={"theirs": "yes"})

    used = after(order(30), before)
    left = after(order(0), used)

    theirs = {key: value for key, value in (labels or {}).items() if key != LABEL.key}
    assert used.labels == {**theirs, LABEL.key: LABEL.value}
    assert read_claims(used).of("shop/web") == Claim(
        share=True, label=LABEL.key, stable=service("shop", "stable"), canary=service("shop", "canary")
    )
    assert (left.labels or {}) == theirs
    assert left.annotations == {"theirs": "yes"}


@pytest.mark.parametrize("value", [LABEL.value, "something else", ""])
def test_at_weight_zero_a_label_that_nobody_claims_goes_whatever_its_value(value: str) -> None:
    plan = plan_weights(order(0), route(AT_0, labels={LABEL.key: value, "a": "b"}))

    assert changes(plan) == [("remove", "/metadata/labels/rollouts.argoproj.io~1gatewayapi-canary", None)]


@pytest.mark.parametrize("labels", [None, {}, {"a": "b"}, LABEL.key, 5])
def test_at_weight_zero_a_route_without_the_label_is_left_alone(labels: object) -> None:
    assert not plan_weights(order(0), route(AT_0, labels=labels)).patch


@pytest.mark.parametrize("canary", [0, 30])
def test_a_label_that_is_switched_off_is_neither_set_nor_removed_and_nothing_is_claimed(canary: int) -> None:
    before = route(spec(rule(ref("stable"), ref("canary"))), labels={LABEL.key: "kept"})

    assert after(order(canary, label=None), before).metadata == before.metadata


def test_a_label_that_is_switched_off_in_mid_canary_is_taken_off_with_the_claim() -> None:
    used = after(order(30), route(spec(), labels={"a": "b"}))

    left = after(order(40, label=None), used)

    assert left.labels == {"a": "b"}
    assert not left.annotations


def test_a_label_that_somebody_removed_meanwhile_makes_the_patch_fail_and_is_then_no_matter() -> None:
    before = after(order(30), route(spec(), labels={"a": "b"}))
    plan = plan_weights(order(0), before)
    newer = copy.deepcopy(dict(before.object))
    del newer["metadata"]["labels"][LABEL.key]

    with pytest.raises(jsonpatch.JsonPatchConflict):
        jsonpatch.apply_patch(newer, plan.patch.to_json())
    assert read_claims(after(order(0), Route(before.key, newer))).held == {}


def test_a_damaged_annotation_is_written_anew_with_a_warning() -> None:
    plan = plan_weights(order(30), route(spec(), annotations={CLAIMS_ANNOTATION: "{"}))

    assert "cannot be read" in plan.warnings[0]
    assert "shop/web" in read_claims(Route(plan.route.key, apply(plan))).held


# --- several Rollouts -------------------------------------------------------------------------------------


def other(canary: int = 20, stable: str = "a", **fields: Any) -> WeightOrder:
    """What Rollout shop/other wants."""
    backends = service_backends("shop", Services(stable, fields.pop("backend", "b")))
    return order(canary, rollout="shop/other", backends=backends, **fields)


BOTH = spec(rule(ref("stable"), ref("canary"), ref("a"), ref("b"), name="one"))


def test_the_label_goes_with_the_last_of_two_rollouts() -> None:
    both = after(other(), after(order(30), route(BOTH)))

    one = after(order(0), both)
    none = after(other(0), one)

    assert (one.labels or {}).get(LABEL.key) == LABEL.value
    assert set(read_claims(one).held) == {"shop/other"}
    assert not none.labels
    assert not none.annotations


@pytest.mark.parametrize("first", [0, 1])
def test_labels_of_two_keys_go_each_with_its_own_rollout(first: int) -> None:
    mine, theirs = order(30), other(label=Label("example.com/busy", "yes"))
    both = after(theirs, after(mine, route(BOTH)))
    ends = [order(0), other(0, label=Label("example.com/busy", "yes"))]

    one = after(ends[first], both)

    assert both.labels == {LABEL.key: LABEL.value, "example.com/busy": "yes"}
    assert list(one.labels or {}) == [["example.com/busy"], [LABEL.key]][first]
    assert not after(ends[1 - first], one).labels


def test_of_one_label_with_two_values_the_first_stays_and_nobody_writes_it_over_and_over() -> None:
    theirs = other(label=Label(LABEL.key, "yes"))

    both = after(theirs, after(order(30), route(BOTH)))

    assert (both.labels or {})[LABEL.key] == LABEL.value
    assert not plan_weights(theirs, both).patch
    assert not plan_weights(order(30), both).patch


def test_an_idle_rollout_does_not_touch_a_route_that_another_one_uses() -> None:
    used = after(other(), route(spec(rule(ref("stable", 100), ref("canary", 0), ref("a"), ref("b")))))

    assert not plan_weights(order(0), used).patch


def rivalry(wish: WeightOrder, used: Route) -> str:
    """What the second Rollout is told."""
    with pytest.raises(RoutingError) as error:
        plan_weights(wish, used)
    return str(error.value)


@pytest.mark.parametrize("canary", [0, 30])
def test_two_rollouts_that_set_the_same_refs_of_a_rule_are_both_named(canary: int) -> None:
    used = after(other(stable="stable", backend="canary"), route(BOTH))

    text = rivalry(order(canary), used)

    assert "Rollout shop/web and Rollout shop/other both set the weights of" in text
    assert '"canary" (Service, namespace shop), "stable" (Service, namespace shop)' in text
    assert "ruleName" in text


def test_one_service_in_common_is_enough() -> None:
    used = after(other(stable="stable"), route(BOTH))

    assert "both set the weights of" in rivalry(order(30), used)


def test_a_service_in_common_is_no_matter_in_rules_apart() -> None:
    used = after(
        other(stable="stable"), route(spec(rule(ref("stable"), ref("canary")), rule(ref("stable"), ref("b"))))
    )

    assert weights(after(order(30), used).object) == [
        [("stable", 70), ("canary", 30)],
        [("stable", 80), ("b", 20)],
    ]


def test_services_of_one_name_in_two_namespaces_are_two() -> None:
    names = Services("stable", "canary")
    refs = [ref(name, namespace=space) for space in ("shop", "apps") for name in ("stable", "canary")]
    apps = order(20, rollout="apps/web", backends=service_backends("apps", names))

    both = after(order(30), after(apps, route(spec(rule(*refs)))))

    assert [weight for _, weight in weights(both.object)[0]] == [70, 30, 80, 20]


def test_rollouts_of_the_same_services_get_along_when_each_has_rules_of_its_own() -> None:
    rules = [rule(ref("stable"), ref("canary"), name=name) for name in ("one", "two", "three")]
    theirs = other(stable="stable", backend="canary", rule_names=("one", "elsewhere"))

    used = after(theirs, route(spec(*rules)))
    both = after(order(30, rule_names=("two", "three")), used)

    assert [weight for row in weights(both.object) for _, weight in row] == [80, 20, 70, 30, 70, 30]
    assert read_claims(both).of("shop/other").rule_names == ("one",)
    assert "both set" in rivalry(order(30, rule_names=("one",)), both)
    assert "both set" in rivalry(order(30), used)


def test_a_rollout_that_is_gone_is_named_with_the_annotation_to_take_it_out_of() -> None:
    used = after(other(stable="stable", backend="canary"), route(BOTH))

    assert rivalry(order(30), used).endswith(f"remove it from the annotation {CLAIMS_ANNOTATION}")


def test_even_beside_a_rival_a_rollout_takes_back_what_it_has_given() -> None:
    theirs = after(other(stable="stable", backend="canary"), route(BOTH))
    claims = json.loads((theirs.annotations or {})[CLAIMS_ANNOTATION])
    by_hand = json.dumps({**claims, "shop/web": claims["shop/other"]})
    both = Route(
        theirs.key,
        {**theirs.object, "metadata": {**theirs.metadata, "annotations": {CLAIMS_ANNOTATION: by_hand}}},
    )

    assert "both set" in rivalry(order(30), both)
    back = after(order(0), both)
    assert weights(back.object)[0][:2] == [("stable", 100), ("canary", 0)]
    assert set(read_claims(back).held) == {"shop/other"}


def test_a_claim_without_a_share_is_no_rival() -> None:
    marked = json.dumps({"shop/other": {"rules": {"h": [{"name": "h", "digest": "0"}]}}})

    assert plan_weights(order(30), route(BOTH, annotations={CLAIMS_ANNOTATION: marked})).patch


def test_backends_of_other_kinds_are_weighed_like_services() -> None:
    pair = Backends(Backend("x.io", "Backend", "shop", "stable"), service("edge", "canary"))
    refs = [
        ref("stable", group="x.io", kind="Backend"),
        ref("canary", namespace="edge"),
        ref("stable"),
        ref("canary"),
    ]

    weighed = after(order(30, backends=pair), route(spec(rule(*refs))))

    assert weights(weighed.object) == [[("stable", 70), ("canary", 30), ("stable", None), ("canary", None)]]
    assert read_claims(weighed).of("shop/web").canary == service("edge", "canary")


# --- experiments ------------------------------------------------------------------------------------------


def experiment(canary: int = 10, former: tuple[str, ...] = (), **shares: int) -> WeightOrder:
    """What Rollout shop/web wants with these Services of an experiment; these others were part of one."""
    given = tuple(Destination(service("shop", name), 8080, weight) for name, weight in shares.items())
    return weight_order(rollout(experiments=former), order().order, canary, given)


def test_services_of_an_experiment_get_a_ref_in_each_rule_of_ours_and_stable_what_is_left() -> None:
    before = route(
        spec(rule(ref("stable"), ref("canary")), rule(ref("foreign", 5)), rule(ref("canary"), ref("stable")))
    )

    tried = after(experiment(baseline=20, candidate=30), before)

    new = {"group": "", "kind": "Service", "namespace": "shop", "port": 8080}
    assert tried.object["spec"]["rules"] == [
        rule(ref("stable", 40), ref("canary", 10), {**new, "name": "baseline", "weight": 20}, {**new, "name": "candidate", "weight": 30}),
        rule(ref("foreign", 5)),
        rule(ref("canary", 10), ref("stable", 40), {**new, "name": "baseline", "weight": 20}, {**new, "name": "candidate", "weight": 30}),
    ]  # fmt: skip


def test_a_share_that_changes_is_set_where_the_ref_is() -> None:
    tried = after(experiment(baseline=20), route(spec(rule(ref("stable"), ref("canary")))))

    plan = plan_weights(experiment(baseline=25), tried)

    assert weights(apply(plan)) == [[("stable", 65), ("canary", 10), ("baseline", 25)]]
    assert [op for op, _, _ in changes(plan)] == ["replace", "replace"]


@pytest.mark.parametrize(("canary", "shares", "stable"), [(10, 95, 0), (0, 100, 0), (60, 40, 0), (0, 1, 99)])
def test_stable_never_gets_less_than_nothing(canary: int, shares: int, stable: int) -> None:
    tried = after(experiment(canary, baseline=shares), route(spec()))

    assert weights(tried.object) == [[("stable", stable), ("canary", canary), ("baseline", shares)]]


@pytest.mark.parametrize("kind", KINDS)
def test_at_the_end_only_what_the_status_lists_is_taken_out_of_any_kind_of_route(kind: Any) -> None:
    before = route(spec(rule(ref("mine", 3), ref("stable", 100), ref("canary", 0), name="a")), kind=kind)
    tried = after(experiment(10, baseline=20, candidate=30), before)

    over = after(experiment(0, ("baseline", "candidate")), tried)
    half = after(experiment(10, ("baseline", "candidate"), candidate=30), tried)

    assert over.object["spec"] == before.object["spec"]
    assert weights(half.object) == [[("mine", 3), ("stable", 60), ("canary", 10), ("candidate", 30)]]
    assert weights(after(experiment(0), tried).object)[0][3:] == [("baseline", 20), ("candidate", 30)]


def test_stable_and_canary_are_never_taken_for_services_of_an_experiment() -> None:
    odd = experiment(10, ("stable", "canary"), stable=50)

    assert weights(after(odd, route(spec())).object) == [[("stable", 40), ("canary", 10)]]


def test_a_service_that_two_templates_share_gets_one_ref() -> None:
    twice = (Destination(service("shop", "x"), 80, 20),) * 2
    wish = weight_order(rollout(), order().order, 10, twice)

    assert [name for name, _ in weights(after(wish, route(spec())).object)[0]] == ["stable", "canary", "x"]


def test_a_rule_that_would_hold_more_refs_than_the_api_takes_is_refused() -> None:
    full = rule(ref("stable"), ref("canary"), *(ref(f"x{at}") for at in range(13)))

    assert len(weights(after(experiment(baseline=1), route(spec(full))).object)[0]) == 16
    with pytest.raises(RoutingError, match="HTTPRoute shop/web: rule 0 would have more than 16 backendRefs"):
        plan_weights(experiment(baseline=1, candidate=1), route(spec(full)))


def test_an_experiment_alone_uses_the_route() -> None:
    assert (after(experiment(0, baseline=20), route(spec())).labels or {})[LABEL.key] == LABEL.value
    assert experiment(0, baseline=20).moves_traffic()
    assert not experiment(0).moves_traffic()


def test_takers_are_all_who_get_some() -> None:
    assert experiment(10, a=0, b=90).takers() == (service("shop", "b"), service("shop", "canary"))
