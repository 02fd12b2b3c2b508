"""Header steps: a copy of each rule of ours, for the canary and the step's headers only."""

from dataclasses import replace

import pytest
from tests.fakes.objects import GRPC, HTTP, LABEL, Json, ref, rule
from tests.fakes.schema import Schema
from tests.fakes.steps import ORDER, Steps

from rollouts_router.core.backends import Backend, Backends, service_backends
from rollouts_router.core.claims import CLAIMS_ANNOTATION, read_claims
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.headers import header_planner, plan_header_route
from rollouts_router.core.kinds import RouteKind
from rollouts_router.core.matches import TextMatch
from rollouts_router.core.model import Services
from rollouts_router.core.removal import removal_planner

BOTH = (ref("stable", 100), ref("canary", 0))
ROOT = {"path": {"type": "PathPrefix", "value": "/"}}
STEP = {"name": "x", "type": "Exact", "value": "1"}
CANARY = [{"group": "", "kind": "Service", "name": "canary", "port": 80, "weight": 1}]


def matching(*matches: Json) -> Json:
    """A rule of ours with these matches."""
    return rule(*BOTH, matches=list(matches))


# --- the rule ---------------------------------------------------------------------------------------------


def test_a_rule_without_matches_gets_one_rule_for_the_header_at_the_end() -> None:
    steps = Steps(rule(*BOTH), rule(ref("foreign"))).header()

    assert steps.names == ["", "", "h1"]
    assert steps.rules[2] == {"name": "h1", "matches": [{**ROOT, "headers": [STEP]}], "backendRefs": CANARY}
    assert steps.claimed
    assert not steps.warnings


def test_a_grpc_rule_without_matches_gets_one_that_has_the_header_only() -> None:
    steps = Steps(rule(*BOTH), kind=GRPC).header()

    assert steps.rules[1]["matches"] == [{"headers": [STEP]}]


def test_all_of_the_source_is_copied_but_stable_weight_and_name() -> None:
    whole = {
        "filters": [
            {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "a", "value": "b"}]}}
        ],
        "timeouts": {"request": "5s"},
        "retry": {"attempts": 2},
        "sessionPersistence": {"type": "Cookie"},
        "newer": {"than": ["this", 1.5, None]},
    }
    own = {"filters": [{"type": "URLRewrite"}], "namespace": "shop", "new": 5}
    source = rule(ref("stable", 100), ref("foreign", 3), ref("canary", 0, **own), name="web", **whole)

    made = Steps(source).header().rules[1]

    assert {key: made[key] for key in whole} == whole
    assert made["name"] == "h1"
    assert made["backendRefs"] == [{**CANARY[0], **own}]
    assert set(made) == {*whole, "name", "matches", "backendRefs"}


@pytest.mark.parametrize("filters", [{}, {"filters": []}])
def test_a_source_without_filters_has_a_copy_without(filters: Json) -> None:
    made = Steps(rule(*BOTH, **filters)).header().rules[1]

    assert made.get("filters", "none") == filters.get("filters", "none")


def test_the_port_is_that_of_the_first_canary_ref_and_a_ref_may_say_its_namespace() -> None:
    source = rule(ref("stable"), ref("canary", port=81, namespace="shop"), ref("canary", port=82))

    [made] = Steps(source).header().rules[1]["backendRefs"]

    assert (made["port"], made["namespace"]) == (81, "shop")


def test_backends_of_other_kinds_are_copied_as_they_are() -> None:
    pair = Backends(Backend("x.io", "Backend", "shop", "s"), Backend("x.io", "Backend", "shop", "c"))
    refs = ({"group": "x.io", "kind": "Backend", "name": name} for name in "sc")

    steps = Steps(rule(*refs)).header(whose=replace(ORDER, backends=pair))

    assert steps.rules[1]["backendRefs"] == [{"group": "x.io", "kind": "Backend", "name": "c", "weight": 1}]


# --- what it matches --------------------------------------------------------------------------------------

OWN = {"name": "own", "type": "Exact", "value": "o"}
GET = {**ROOT, "method": "GET"}
QUERY = {**ROOT, "queryParams": [{"type": "Exact", "name": "q", "value": "1"}]}
HTTP_MATCHES = [
    ([{"headers": [OWN]}], [{**ROOT, "headers": [OWN, STEP]}]),
    ([GET], [{**GET, "headers": [STEP]}]),
    ([QUERY], [{**QUERY, "headers": [STEP]}]),
    ([{**GET, **QUERY, "headers": [OWN]}], [{**GET, **QUERY, "headers": [OWN, STEP]}]),
    (
        [{"path": {"type": "Exact", "value": "/a"}}],
        [{"path": {"type": "Exact", "value": "/a"}, "headers": [STEP]}],
    ),
    ([GET, {"headers": [OWN]}], [{**GET, "headers": [STEP]}, {**ROOT, "headers": [OWN, STEP]}]),
    ([{"headers": [{**STEP, "name": "X"}]}], [{**ROOT, "headers": [{**STEP, "name": "X"}]}]),
    ([{"headers": [{**STEP, "value": "2"}]}, GET], [{**GET, "headers": [STEP]}]),
    ([], [{**ROOT, "headers": [STEP]}]),
]
CALL = {"method": {"type": "Exact", "service": "a", "method": "b"}}
GRPC_MATCHES = [
    ([CALL], [{**CALL, "headers": [STEP]}]),
    ([{"headers": [OWN]}], [{"headers": [OWN, STEP]}]),
    ([{**CALL, "headers": [OWN]}, {}], [{**CALL, "headers": [OWN, STEP]}, {"headers": [STEP]}]),
]


@pytest.mark.parametrize(
    ("kind", "source", "made"),
    [*((HTTP, *each) for each in HTTP_MATCHES), *((GRPC, *each) for each in GRPC_MATCHES)],
)
def test_each_match_of_the_source_is_kept_and_asks_for_the_header_too(
    kind: RouteKind, source: list[Json], made: list[Json]
) -> None:
    steps = Steps(matching(*source), kind=kind).header()

    assert steps.rules[1]["matches"] == made


def test_several_headers_of_a_step_all_have_to_be_there() -> None:
    texts = {"a": TextMatch(exact="1"), "b": TextMatch(prefix="v1."), "c": TextMatch(regex="x|y")}

    steps = Steps(matching({"headers": [OWN]})).do(header_planner(ORDER, "h1", texts))

    assert steps.rules[1]["matches"][0]["headers"] == [
        OWN,
        {"type": "Exact", "name": "a", "value": "1"},
        {"type": "RegularExpression", "name": "b", "value": r"^v1\..*"},
        {"type": "RegularExpression", "name": "c", "value": "x|y"},
    ]


def test_a_rule_whose_matches_all_contradict_the_step_has_none_and_that_is_said() -> None:
    against = matching({"headers": [{**STEP, "value": "2"}]})

    steps = Steps(against, {**against, "name": "web"}, rule(*BOTH)).header()

    assert steps.names == ["", "web", "", "h1"]
    assert [text.partition(": each")[0] for text in steps.warnings] == [
        'HTTPRoute shop/web: the header route "h1" has no rule for rule 0',
        'HTTPRoute shop/web: the header route "h1" has no rule for rule "web"',
    ]


def test_where_no_rule_can_have_the_step_nothing_is_written() -> None:
    steps = Steps(matching({"headers": [{**STEP, "value": "2"}]}))
    before = steps.now

    assert steps.header().now == before


def test_a_condition_that_compares_with_nothing_is_refused() -> None:
    with pytest.raises(RoutingError, match=r"^invalid header match type"):
        header_planner(ORDER, "h1", {"x": TextMatch()})


# --- several rules, several steps -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [HTTP, GRPC])
def test_each_rule_of_ours_has_its_own_and_the_names_are_counted(kind: RouteKind) -> None:
    matches = [
        {"path": {"type": "PathPrefix", "value": f"/{name}"}} if kind is HTTP else call(name) for name in "ab"
    ]
    sources = [matching(each) for each in matches]

    steps = Steps(sources[0], rule(ref("canary")), sources[1], rule(ref("stable")), kind=kind).header()

    assert steps.names == ["", "", "", "", "h1", "h1-1"]
    assert [made["matches"][0] for made in steps.rules[4:]] == [
        {**each, "headers": [STEP]} for each in matches
    ]
    assert [made["backendRefs"] for made in steps.rules[4:]] == [CANARY, CANARY]
    assert steps.remove().names == ["", "", "", ""]


def call(name: str) -> Json:
    """A match of a GRPCRoute."""
    return {"method": {"type": "Exact", "service": name}}


def test_a_rollout_that_is_narrowed_copies_its_named_rules_only() -> None:
    steps = Steps(rule(*BOTH, name="a"), rule(*BOTH, name="b")).header(
        whose=replace(ORDER, rule_names=("b",))
    )

    assert steps.names == ["a", "b", "h1"]


def test_the_same_step_twice_writes_nothing() -> None:
    steps = Steps(rule(*BOTH)).header()

    assert not steps.plan(header_planner(ORDER, "h1", {"x": TextMatch(exact="1")})).patch


def test_another_value_replaces_the_rule_where_it_stands() -> None:
    steps = Steps(rule(*BOTH)).header("h1").header("h2", y="1")
    plan = steps.plan(header_planner(ORDER, "h1", {"x": TextMatch(exact="2")}))

    assert [(step.op, step.path) for step in plan.patch.changes if "rules" in step.path] == [
        ("replace", "/spec/rules/1")
    ]
    assert steps.header("h1", x="2").names == ["", "h1", "h2"]
    assert steps.rules[1]["matches"][0]["headers"] == [{**STEP, "value": "2"}]


def test_a_source_that_was_added_or_removed_meanwhile_is_followed() -> None:
    steps = Steps(rule(*BOTH), rule(*BOTH, timeouts={"request": "1s"})).header()

    fewer = steps.edit([rule(*BOTH, retry={}), *steps.rules[2:]]).header()
    assert fewer.names == ["", "h1"]
    assert fewer.rules[1]["retry"] == {}

    more = fewer.edit([rule(*BOTH), rule(*BOTH), rule(*BOTH), *fewer.rules[1:]]).header()
    assert more.names == ["", "", "", "h1", "h1-1", "h1-2"]


def test_of_many_rules_that_are_too_many_each_goes() -> None:
    steps = Steps(*[rule(*BOTH, retry={"attempts": number}) for number in range(4)]).header()

    steps.edit([steps.rules[2], rule(ref("x")), *steps.rules[4:], rule(ref("y"))]).header()

    assert steps.names == ["", "", "h1", ""]
    assert steps.rules[2]["retry"] == {"attempts": 2}


@pytest.mark.parametrize("calls", [("h1", "h2"), ("h2", "h1")])
def test_managed_rules_come_in_the_order_of_managed_routes_whatever_the_order_of_the_steps(
    calls: tuple[str, ...],
) -> None:
    steps = Steps(rule(*BOTH), rule(*BOTH), rule(ref("foreign")))
    for name in calls:
        steps.header(name)

    assert steps.names == ["", "", "", "h1", "h1-1", "h2", "h2-1"]


def test_routes_that_are_not_declared_come_last_in_the_order_of_the_steps() -> None:
    steps = Steps(rule(*BOTH)).header("new").header("newer").header("h2")

    assert steps.names == ["", "h2", "new", "newer"]


def test_two_steps_with_one_header_name_stand_side_by_side() -> None:
    steps = Steps(rule(*BOTH)).header("h1", x="1").header("h2", x="2")

    assert [made["matches"][0]["headers"][0]["value"] for made in steps.rules[1:]] == ["1", "2"]
    assert steps.remove("h1").names == ["", "h2"]


@pytest.mark.parametrize("canary", [0, 30])
def test_weights_are_never_written_to_a_managed_rule(canary: int) -> None:
    steps = Steps(rule(*BOTH)).header()
    made = steps.rules[1]

    assert steps.weight(canary).rules[1] == made
    assert [each["weight"] for each in steps.rules[0]["backendRefs"]] == [100 - canary, canary]


def test_the_label_is_set_by_the_step_and_goes_with_the_last_of_weight_and_step() -> None:
    steps = Steps(rule(*BOTH)).header()
    assert steps.now.labels == {LABEL.key: LABEL.value}
    assert steps.weight(30).weight(0).now.labels == {LABEL.key: LABEL.value}
    assert not steps.remove().claimed

    assert Steps(rule(*BOTH)).header().weight(30).remove().now.labels == {LABEL.key: LABEL.value}


def test_without_a_label_the_claim_is_kept_all_the_same() -> None:
    steps = Steps(rule(*BOTH)).header(whose=replace(ORDER, label=None))

    assert steps.now.labels is None
    assert not steps.remove(whose=replace(ORDER, label=None)).claimed


# --- whose rule -------------------------------------------------------------------------------------------


def test_names_that_users_have_taken_are_passed_over_and_their_rules_survive() -> None:
    theirs = [rule(ref("foreign"), name="h1"), rule(ref("canary"), name="h1-1"), rule(*BOTH, name="h1-3")]
    steps = Steps(*theirs, rule(*BOTH), rule(*BOTH))
    before = steps.rules

    steps.header()

    assert steps.names == ["h1", "h1-1", "h1-3", "", "", "h1-2", "h1-4"]
    assert steps.remove().rules == before


def test_a_rule_that_merely_looks_like_ours_survives() -> None:
    ours = Steps(rule(*BOTH)).header().rules[1]
    steps = Steps({**ours, "name": "testers"}, rule(*BOTH), {key: ours[key] for key in ours if key != "name"})
    before = steps.rules

    assert steps.header().remove().rules == before


def test_what_the_existing_plugin_left_under_the_name_is_adopted_once_and_for_all() -> None:
    left = rule(ref("canary", 1), name="h1", matches=[{"headers": [{**STEP, "value": "old"}]}])
    twice = Steps(rule(*BOTH), left, rule(ref("x")), left, schema=Schema(unique_names=False))

    assert twice.header().names == ["", "h1", ""]
    assert twice.rules[1]["matches"][0]["headers"] == [STEP]
    assert twice.remove().names == ["", ""]


@pytest.mark.parametrize(
    "refs", [[ref("stable")], [ref("canary"), ref("x")], [ref("canary", namespace="other")], []]
)
def test_a_rule_of_that_name_that_leads_elsewhere_is_somebodys_own(refs: list[Json]) -> None:
    steps = Steps(rule(*BOTH), rule(*refs, name="h1"))

    assert steps.header().names == ["", "h1", "h1-1"]
    assert steps.remove().names == ["", "h1"]


@pytest.mark.parametrize("at", [0, 1])
def test_a_users_rule_for_testers_keeps_its_requests(at: int) -> None:
    """Of rules for the same requests the first in the list gets them (Gateway API), and ours come last."""
    theirs = {**Steps(rule(*BOTH)).header().rules[1], "name": "testers"}
    given_ = [rule(*BOTH)]
    given_.insert(at, theirs)
    steps = Steps(*given_).header()

    assert steps.names.index("testers") < steps.names.index("h1")
    assert steps.rules[at]["matches"] == steps.rules[2]["matches"]
    assert steps.remove().rules[at]["name"] == "testers"


def test_two_rollouts_may_give_their_steps_one_name() -> None:
    other = replace(ORDER, rollout="shop/other", backends=service_backends("shop", Services("a", "b")))
    source = rule(*BOTH, ref("a"), ref("b"))
    steps = Steps(source)
    before = steps.rules

    both = steps.header().header(whose=other)
    assert both.names == ["", "h1", "h1-1"]
    assert [made["backendRefs"][0]["name"] for made in both.rules[1:]] == ["canary", "b"]
    assert steps.plan(removal_planner(other, ("h1",))).warnings == ()
    assert both.remove().names == ["", "h1-1"]
    assert both.remove(whose=other).rules == before
    assert not both.claimed


def test_where_names_are_dropped_our_rules_are_known_by_what_they_say() -> None:
    steps = Steps(rule(*BOTH), rule(*BOTH, retry={}), schema=Schema(keeps_names=False))
    before = steps.rules

    steps.header("h2").header("h1").header("h2", x="2")
    assert len(steps.rules) == 6
    assert [made["matches"][0]["headers"][0]["value"] for made in steps.rules[2:]] == ["1", "1", "2", "2"]
    assert len(steps.remove("h2").rules) == 4
    assert steps.remove().rules == before


def test_a_rule_of_ours_that_somebody_removed_is_put_in_again() -> None:
    steps = Steps(rule(*BOTH)).header()

    assert steps.edit(steps.rules[:1]).header().names == ["", "h1"]
    assert steps.edit(steps.rules[:1]).remove().names == [""]
    assert not steps.claimed


def test_when_somebody_took_the_annotation_away_the_rule_is_found_by_its_name() -> None:
    steps = Steps(rule(*BOTH)).header()
    del steps.now.object["metadata"]["annotations"]

    assert steps.header().names == ["", "h1"]
    assert steps.remove().names == [""]


def test_a_damaged_annotation_is_told() -> None:
    steps = Steps(rule(*BOTH), annotations={CLAIMS_ANNOTATION: "{"})
    plan = steps.plan(header_planner(ORDER, "h1", {"x": TextMatch(exact="1")}))

    assert "cannot be read" in plan.warnings[0]
    assert read_claims(steps.header().now).held


# --- limits -----------------------------------------------------------------------------------------------


def test_the_sixteenth_rule_is_the_last() -> None:
    assert len(Steps(*[rule(*BOTH)] * 8).header().rules) == 16

    steps = Steps(*[rule(*BOTH)] * 8, rule(ref("foreign")))
    with pytest.raises(RoutingError) as error:
        steps.header()
    assert str(error.value) == (
        'HTTPRoute shop/web: the managed route "h1" would make 17 rules, and a route holds at most 16;'
        " split the route, or narrow the Rollout to some of its rules with ruleName"
    )


def paths(count: int, at: str = "") -> list[Json]:
    """As many matches."""
    return [{"path": {"type": "Exact", "value": f"/{at}{number}"}} for number in range(count)]


def test_the_matches_of_a_route_are_counted() -> None:
    assert Steps(matching(*paths(64))).header()
    with pytest.raises(RoutingError, match=r"would make 130 matches, and a route holds at most 128"):
        Steps(matching(*paths(64)), rule(ref("x"), matches=paths(2, "x"))).header()


def test_the_headers_of_a_match_are_counted() -> None:
    own = [{"name": f"h{number}", "value": "1"} for number in range(15)]

    assert Steps(matching({"headers": own})).header(x="1")
    with pytest.raises(RoutingError, match=r"would make 17 headers in a match, and one holds at most 16"):
        Steps(matching({"headers": own})).header(x="1", y="1")


# --- routes that are not ours -----------------------------------------------------------------------------


def test_a_route_without_a_rule_of_ours_is_left_alone_with_a_sentence() -> None:
    plan = plan_header_route(ORDER, "h1", [], Steps(rule(ref("canary"))).now)

    assert not plan.patch
    assert plan.sentence.endswith("it has only the canary one; add the stable one to the same rule")


def test_a_rule_that_cannot_be_read_is_refused() -> None:
    steps = Steps(rule(*BOTH))
    steps.rules[0]["filters"] = 5

    with pytest.raises(RoutingError, match="rule 0 is not as the Gateway API has it"):
        steps.header()
