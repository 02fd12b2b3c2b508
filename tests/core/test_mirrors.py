"""Mirror steps: copies of requests to the canary, by a filter in rules of ours or by rules of our own."""

from dataclasses import replace

import pytest
from tests.fakes.objects import GRPC, HTTP, LABEL, Json, ref, rule
from tests.fakes.schema import Schema
from tests.fakes.steps import ORDER, Steps

from rollouts_router.core.backends import Backend, Backends, service_backends
from rollouts_router.core.claims import CLAIMS_ANNOTATION, read_claims
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.mirroring import MirrorMode, MirrorStep
from rollouts_router.core.mirrors import mirror_planner, plan_mirror_route
from rollouts_router.core.model import Services

BOTH = (ref("stable", 100), ref("canary", 0))
CANARY = {"group": "", "kind": "Service", "name": "canary", "port": 80}
STABLE = [{"group": "", "kind": "Service", "name": "stable", "port": 80, "weight": 1}]
X, Y = {"type": "X"}, {"type": "Y"}
RULE = MirrorMode.RULE


def mirror(percent: int | None = None, **backend: object) -> Json:
    """The filter."""
    share = {} if percent is None else {"percent": percent}
    return {"type": "RequestMirror", "requestMirror": {"backendRef": {**CANARY, **backend}, **share}}


def at(prefix: str, *refs: Json, **fields: object) -> Json:
    """A rule of ours with this path."""
    return rule(*(refs or BOTH), matches=[{"path": {"type": "PathPrefix", "value": prefix}}], **fields)


def path(prefix: str) -> RequestMatch:
    """A wish for this path."""
    return RequestMatch(path=TextMatch(prefix=prefix))


def filters(steps: Steps) -> list[object]:
    """The filters of each rule, None for a rule without a list."""
    return [one.get("filters") for one in steps.rules]


# --- the filter -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("percent", "written"), [(None, None), (100, None), (25, 25), (1, 1)])
@pytest.mark.parametrize("kind", [HTTP, GRPC])
def test_the_filter_leads_to_the_canary_with_its_percentage_and_without_one_for_all(
    kind: object, percent: int | None, written: int | None
) -> None:
    steps = Steps(rule(*BOTH, filters=[X]), rule(ref("foreign")), kind=kind).mirror(percent=percent)  # type: ignore[arg-type]  # parametrized

    assert filters(steps) == [[X, mirror(written)], None]
    assert steps.now.labels == {LABEL.key: LABEL.value}
    assert not steps.warnings


def test_the_backend_is_written_as_in_the_rule_without_what_only_a_weighed_one_has() -> None:
    own = {"port": 81, "namespace": "shop", "filters": [X], "weight": 5}
    steps = Steps(rule(ref("stable"), ref("canary", **own), ref("canary"))).mirror()

    assert filters(steps) == [[mirror(port=81, namespace="shop")]]


def test_backends_of_other_kinds_are_mirrored_to_as_well() -> None:
    pair = Backends(Backend("x.io", "Backend", "shop", "s"), Backend("x.io", "Backend", "shop", "c"))
    steps = Steps(rule(*({"group": "x.io", "kind": "Backend", "name": name} for name in "sc")))

    steps.mirror(whose=replace(ORDER, backends=pair))

    backend = {"group": "x.io", "kind": "Backend", "name": "c"}
    assert filters(steps) == [[{"type": "RequestMirror", "requestMirror": {"backendRef": backend}}]]


def test_only_rules_that_serve_nothing_else_than_the_step_means_get_it() -> None:
    wide, same, narrow, other = at("/"), at("/a"), at("/a/b"), at("/b")
    both = rule(*BOTH, matches=[*same["matches"], *other["matches"]])

    steps = Steps(wide, same, narrow, other, both).mirror("m1", path("/a"))
    assert filters(steps) == [None, [mirror()], [mirror()], None, None]

    steps.mirror("m1", path("/a"), path("/b"))
    assert filters(steps) == [None, [mirror()], [mirror()], [mirror()], [mirror()]]


def test_a_step_that_no_rule_fits_is_told_with_a_way_out() -> None:
    steps = Steps(at("/")).mirror("m1", path("/a"))

    [warning] = steps.warnings
    assert warning == (
        'HTTPRoute shop/web: nothing is mirrored for "m1": no rule of the Rollout serves only what the step matches;'
        " with mirrorMode: rule the step gets rules of its own"
    )
    assert not steps.claimed


def test_calls_are_matched_by_service_and_method() -> None:
    services = [rule(*BOTH, matches=[{"method": {"service": name}}]) for name in ("a", "b")]

    assert filters(Steps(*services, kind=GRPC).mirror("m1", path("/b"))) == [None, [mirror()]]


def test_a_rollout_that_is_narrowed_mirrors_from_its_named_rules_only() -> None:
    steps = Steps(rule(*BOTH, name="a"), rule(*BOTH, name="b")).mirror(
        whose=replace(ORDER, rule_names=("b",))
    )

    assert filters(steps) == [None, [mirror()]]


# --- again, otherwise, away -------------------------------------------------------------------------------


def test_the_same_step_twice_writes_nothing() -> None:
    steps = Steps(at("/a"), at("/b")).mirror(percent=5)
    step = MirrorStep(name="m1", matches=(RequestMatch(),), percent=5)

    assert not steps.plan(mirror_planner(ORDER, step)).patch


def test_another_percentage_takes_the_place_of_the_former() -> None:
    steps = Steps(rule(*BOTH, filters=[X])).mirror(percent=5).mirror(percent=7).mirror()

    assert filters(steps) == [[X, mirror()]]


def test_another_match_takes_the_filter_from_one_rule_to_another() -> None:
    steps = Steps(at("/a"), at("/b", filters=[X])).mirror("m1", path("/a"))

    assert filters(steps.mirror("m1", path("/b"))) == [None, [X, mirror()]]
    assert filters(steps.mirror("m1", path("/a"))) == [[mirror()], [X]]


def test_when_the_services_swap_the_filter_follows() -> None:
    swapped = replace(ORDER, backends=service_backends("shop", Services(stable="canary", canary="stable")))

    assert filters(Steps(rule(*BOTH)).mirror().mirror(whose=swapped)) == [[mirror(name="stable")]]


@pytest.mark.parametrize("had", [{}, {"filters": []}, {"filters": [X]}])
def test_after_the_removal_the_list_of_filters_is_what_it_was(had: Json) -> None:
    steps = Steps(rule(*BOTH, **had), rule(*BOTH, retry={}))
    before = steps.rules

    assert (
        steps.mirror("m1", percent=1)
        .mirror("m2", percent=2)
        .remove("m1")
        .mirror("m1")
        .remove("m2")
        .remove("m1")
        .rules
        == before
    )
    assert steps.mirror("m1").mirror("m1", percent=5).mirror("m1", mode=RULE).remove().rules == before
    assert not steps.claimed


def test_two_mirrors_go_by_their_names() -> None:
    steps = Steps(rule(*BOTH)).mirror("m1", percent=1).mirror("m2", percent=2)
    assert filters(steps) == [[mirror(1), mirror(2)]]

    assert filters(steps.remove("m1")) == [[mirror(2)]]
    assert filters(steps.remove()) == [None]


def test_a_filter_of_the_users_that_is_just_like_ours_survives() -> None:
    steps = Steps(
        rule(ref("stable"), filters=[mirror()]),
        rule(*BOTH, filters=[mirror(), X]),
        rule(ref("y"), filters=[mirror()]),
    )
    before = steps.rules

    assert filters(steps.mirror()) == [[mirror()], [mirror(), X, mirror()], [mirror()]]
    assert steps.remove().rules == before


def test_a_filter_that_users_put_behind_ours_survives() -> None:
    steps = Steps(rule(*BOTH, filters=[X])).mirror()

    steps.edit([{**steps.rules[0], "filters": [*steps.rules[0]["filters"], Y]}])

    assert filters(steps.mirror()) == [[X, mirror(), Y]]
    assert filters(steps.remove()) == [[X, Y]]


def test_a_filter_that_somebody_took_out_is_put_in_again_by_the_step_and_no_matter_at_the_end() -> None:
    steps = Steps(rule(*BOTH, filters=[X])).mirror()
    without = [{**steps.rules[0], "filters": [X]}]

    assert filters(steps.edit(without).mirror()) == [[X, mirror()]]
    assert filters(steps.edit(without).remove()) == [[X]]
    assert not steps.claimed


def test_two_rollouts_mirror_from_one_rule_without_touching_each_others_filter() -> None:
    other = replace(ORDER, rollout="shop/other", backends=service_backends("shop", Services("a", "b")))
    steps = Steps(rule(*BOTH, ref("a"), ref("b"), filters=[]))

    both = steps.mirror().mirror(whose=other)
    assert filters(both) == [[mirror(), mirror(name="b")]]
    assert filters(both.remove()) == [[mirror(name="b")]]
    assert filters(both.remove(whose=other)) == [[]]


# --- with header steps ------------------------------------------------------------------------------------


def test_copies_of_rules_for_headers_have_no_mirror_whatever_the_order() -> None:
    for steps in (
        Steps(rule(*BOTH, filters=[X])).mirror().header(),
        Steps(rule(*BOTH, filters=[X])).header().mirror(),
    ):
        assert filters(steps) == [[X, mirror()], [X]]
        assert filters(steps.remove()) == [[X]]
        assert not steps.claimed


def test_not_even_that_of_another_rollout() -> None:
    other = replace(ORDER, rollout="shop/other", backends=service_backends("shop", Services("a", "b")))
    steps = Steps(rule(*BOTH, ref("a"), ref("b"))).mirror(whose=other).header()

    assert filters(steps) == [[mirror(name="b")], None]
    assert filters(steps.remove().remove(whose=other)) == [None]


def test_weights_and_mirrors_do_not_meet() -> None:
    steps = Steps(rule(*BOTH)).mirror().weight(30)

    assert filters(steps) == [[mirror()]]
    assert [each["weight"] for each in steps.rules[0]["backendRefs"]] == [70, 30]
    assert steps.weight(0).remove().claimed is False


# --- rules of its own -------------------------------------------------------------------------------------


def test_in_rule_mode_each_rule_of_ours_gets_one_for_the_step_alone_that_leads_to_stable() -> None:
    steps = Steps(
        rule(ref("foreign")), at("/", filters=[X], timeouts={"request": "1s"}), at("/b"), at("/a/b", retry={})
    )

    steps.mirror("m1", path("/a"), percent=5, mode=RULE)

    assert steps.names == ["", "", "", "m1", "", "m1-1"]
    assert steps.rules[5] == {
        "name": "m1-1",
        "matches": [{"path": {"type": "PathPrefix", "value": "/a"}}],
        "filters": [X, mirror(5)],
        "timeouts": {"request": "1s"},
        "backendRefs": STABLE,
    }
    assert steps.rules[3]["matches"] == [{"path": {"type": "PathPrefix", "value": "/a/b"}}]
    assert filters(steps) == [None, [X], None, [mirror(5)], None, [X, mirror(5)]]
    assert steps.remove("m1").names == ["", "", "", ""]


def test_each_match_of_the_step_is_combined_with_each_of_the_rule() -> None:
    source = rule(*BOTH, matches=[*at("/a")["matches"], *at("/b")["matches"]])
    wishes = (
        RequestMatch(method=TextMatch(exact="GET")),
        RequestMatch(headers={"x": TextMatch(prefix="1.")}),
    )

    steps = Steps(source).mirror("m1", *wishes, mode=RULE)

    header = {"type": "RegularExpression", "name": "x", "value": r"^1\..*"}
    assert steps.names == ["", "m1"]
    assert steps.rules[1]["matches"] == [
        {**at(prefix)["matches"][0], **more}
        for prefix in ("/a", "/b")
        for more in ({"method": "GET"}, {"headers": [header]})
    ]


def test_in_rule_mode_a_step_with_nothing_in_common_with_any_rule_is_told() -> None:
    steps = Steps(at("/b")).mirror("m1", path("/a"), mode=RULE)

    assert steps.warnings == [
        'HTTPRoute shop/web: nothing is mirrored for "m1": no rule of the Rollout serves only what the step matches'
    ]
    assert steps.names == [""]


def test_the_same_rules_twice_write_nothing_and_others_are_replaced_in_place() -> None:
    steps = Steps(at("/a"), at("/b")).mirror("m1", mode=RULE).mirror("m1", percent=5, mode=RULE)

    assert steps.names == ["m1", "", "m1-1", ""]
    assert filters(steps) == [[mirror(5)], None, [mirror(5)], None]


def test_a_copy_takes_no_request_of_somebody_elses_rule_for_the_same() -> None:
    foreign = at("/a", ref("foreign"))
    steps = Steps(at("/"), foreign).mirror("m1", path("/a"), mode=RULE)

    assert steps.names == ["", "", "m1"]
    assert [one["matches"] for one in steps.rules[1:]] == [foreign["matches"]] * 2
    assert steps.rules[2]["backendRefs"] == STABLE


@pytest.mark.parametrize(("given_", "names"), [(("/", "/a"), ["", "m1", ""]), (("/a", "/"), ["m1", "", ""])])
def test_what_another_rule_of_ours_means_is_left_to_the_copy_of_that(
    given_: tuple[str, ...], names: list[str]
) -> None:
    steps = Steps(*(at(prefix, timeouts={"request": f"{len(prefix)}s"}) for prefix in given_))

    steps.mirror("m1", path("/a"), mode=RULE)

    assert steps.names == names
    [copy] = [one for one in steps.rules if "name" in one]
    assert (copy["matches"], copy["timeouts"]) == (at("/a")["matches"], {"request": "2s"})


def test_a_rule_of_which_one_match_is_the_steps_and_another_is_wider_gets_two_copies() -> None:
    both = rule(*BOTH, matches=[*at("/a/b")["matches"], *at("/")["matches"]])
    steps = Steps(both, at("/a", ref("foreign"))).mirror("m1", path("/a"), mode=RULE)

    assert steps.names == ["m1", "", "", "m1-1"]
    assert steps.rules[0]["matches"] == at("/a/b")["matches"]
    assert steps.rules[3]["matches"] == at("/a")["matches"]


def test_where_the_api_leaves_open_which_path_wins_the_copy_stands_before_its_source() -> None:
    wish = RequestMatch(path=TextMatch(regex="/a.*"))
    steps = Steps(rule(ref("foreign")), at("/")).mirror("m1", wish, mode=RULE)

    assert steps.names == ["", "m1", ""]
    assert steps.rules[1]["matches"] == [{"path": {"type": "RegularExpression", "value": "/a.*"}}]


@pytest.mark.parametrize("first", [("m1", "m2"), ("m2", "m1")])
@pytest.mark.parametrize(
    ("wish", "names"), [(path("/"), ["m1", "m2", "", ""]), (path("/a"), ["", "", "m1", "m2"])]
)
def test_of_two_mirrors_the_one_that_is_declared_first_stands_first(
    wish: RequestMatch, names: list[str], first: tuple[str, str]
) -> None:
    steps = Steps(at("/"), at("/b", ref("foreign")))
    for name in first:
        steps.mirror(name, wish, mode=RULE)

    assert steps.names == names
    assert steps.mirror("m1", wish, percent=5, mode=RULE).names == names


@pytest.mark.parametrize("first", ["header", "mirror"])
def test_header_rules_and_copies_are_in_the_declared_order(first: str) -> None:
    steps = Steps(at("/"), at("/b", ref("foreign")))
    wish = RequestMatch(headers={"x": TextMatch(exact="1")})
    if first == "header":
        steps.header("h2").mirror("m1", wish, mode=RULE)
    else:
        steps.mirror("m1", wish, mode=RULE).header("h2")

    assert steps.names == ["", "", "h2", "m1"]


def test_a_copy_before_its_source_takes_no_header_rule_to_the_front() -> None:
    steps = Steps(rule(ref("foreign")), at("/")).mirror("m1", mode=RULE).header("h1")

    assert steps.names == ["", "m1", "", "h1"]


def test_two_rollouts_have_copies_before_one_source_without_moving_each_others() -> None:
    other = replace(ORDER, rollout="shop/other", backends=service_backends("shop", Services("a", "b")))
    steps = Steps(rule(ref("foreign")), rule(*BOTH, ref("a"), ref("b")))

    steps.mirror("m1", mode=RULE).mirror("m2", mode=RULE, whose=other)

    assert steps.names == ["", "m1", "m2", ""]
    assert steps.mirror("m1", mode=RULE).names == ["", "m1", "m2", ""]
    assert steps.remove().names == ["", "m2", ""]


def test_a_copy_that_others_have_come_between_goes_back_to_its_place() -> None:
    steps = Steps(at("/a"), at("/")).mirror("m1", path("/a"), path("/b"), mode=RULE)
    assert steps.names == ["m1", "", "", "m1-1"]
    foreign = [rule(ref("foreign")), at("/b", ref("foreign"))]

    first, *others = steps.rules
    steps.edit([first, foreign[0], *others, foreign[1]]).mirror("m1", path("/a"), path("/b"), mode=RULE)

    assert steps.names == ["", "m1", "", "", "", "m1-1"]
    assert steps.remove().names == [""] * 4


def test_another_match_may_give_a_copy_another_place() -> None:
    steps = Steps(at("/a"), rule(ref("foreign"))).mirror("m1", path("/a/b"), mode=RULE)
    assert steps.names == ["", "", "m1"]

    assert steps.mirror("m1", path("/a"), mode=RULE).names == ["m1", "", ""]
    assert steps.mirror("m1", path("/a/b"), mode=RULE).names == ["", "", "m1"]


def test_calls_have_their_copies_at_places_of_the_same_kind() -> None:
    services = [rule(*BOTH, matches=[{"method": {"service": name}}]) for name in ("a", "b")]
    foreign = rule(ref("foreign"), matches=[{"method": {"service": "b", "method": "Get"}}])
    wishes = (path("/a"), RequestMatch(path=TextMatch(exact="/b/Get")))

    steps = Steps(*services, foreign, kind=GRPC).mirror("m1", *wishes, mode=RULE)

    assert steps.names == ["m1", "", "", "", "m1-1"]


@pytest.mark.parametrize("names", [True, False])
def test_modes_may_change_in_mid_canary(names: bool) -> None:  # noqa: FBT001  # parametrized
    steps = Steps(at("/a"), schema=Schema(keeps_names=names))
    before = steps.rules

    assert len(steps.mirror("m1", mode=RULE).rules) == 2
    assert filters(steps.mirror("m1")) == [[mirror()]]
    assert len(steps.mirror("m1", mode=RULE).rules) == 2
    assert steps.remove().rules == before


def test_the_rules_of_mirrors_are_never_weighed() -> None:
    steps = Steps(at("/a")).mirror("m1", mode=RULE).weight(30)

    assert [[each["weight"] for each in one["backendRefs"]] for one in steps.rules] == [[1], [70, 30]]


def test_the_seventeenth_rule_is_refused_before_anything_is_written() -> None:
    with pytest.raises(RoutingError, match="would make 18 rules, and a route holds at most 16"):
        Steps(*[at("/a")] * 9).mirror("m1", mode=RULE)


def test_the_matches_of_a_rule_are_counted() -> None:
    source = rule(*BOTH, matches=[{"path": {"type": "Exact", "value": f"/{number}"}} for number in range(33)])
    wishes = tuple(RequestMatch(method=TextMatch(exact=verb)) for verb in ("GET", "POST"))

    with pytest.raises(RoutingError, match="would make 66 matches in a rule, and one holds at most 64"):
        Steps(source).mirror("m1", *wishes, mode=RULE)


# --- API servers that drop the percentage -----------------------------------------------------------------


def dropped(steps: Steps, percent: int | None, mode: MirrorMode) -> tuple[Steps, str]:
    """A step whose percentage the API server drops, undone as the writer undoes it."""
    step = MirrorStep(name="m1", matches=(RequestMatch(),), percent=percent, mode=mode)
    planner = mirror_planner(ORDER, step)
    plan = steps.plan(planner)
    steps.apply(plan.patch)
    assert steps.plan(planner).patch
    assert plan.undo
    back = plan.undo(steps.now)
    steps.apply(back.patch)
    return steps, back.warnings[0]


@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize("mode", MirrorMode)
@pytest.mark.parametrize("had", [{}, {"filters": []}, {"filters": [X]}, {"filters": [mirror(), X]}])
def test_a_step_that_would_mirror_everything_is_taken_out_again(
    mode: MirrorMode,
    had: Json,
    names: bool,  # noqa: FBT001  # parametrized
) -> None:
    before = Steps(
        rule(*BOTH, **had), at("/b", filters=[X]), schema=Schema(keeps_names=names, keeps_percent=False)
    )
    rules = before.rules

    steps, sentence = dropped(before, 5, mode)

    assert steps.rules == rules
    assert not steps.claimed
    assert sentence == (
        'HTTPRoute shop/web: the API server did not keep the percentage of "m1", so all requests would be mirrored; the'
        " mirror was taken out again. Install the CRDs of Gateway API 1.3 or later, or leave the percentage out"
    )


def test_undoing_one_mirror_leaves_what_else_is_there() -> None:
    steps = Steps(rule(*BOTH), schema=Schema(keeps_percent=False)).mirror("m2").header()
    rules = steps.rules

    after, _ = dropped(steps, 5, MirrorMode.FILTER)

    assert after.rules == rules
    assert set(read_claims(after.now).of("shop/web").filters) == {"m2"}


@pytest.mark.parametrize("percent", [None, 100])
def test_a_mirror_of_everything_has_nothing_to_undo(percent: int | None) -> None:
    step = MirrorStep(name="m1", matches=(RequestMatch(),), percent=percent)

    assert Steps(rule(*BOTH)).plan(mirror_planner(ORDER, step)).undo is None
    assert filters(Steps(rule(*BOTH), schema=Schema(keeps_percent=False)).mirror(percent=percent)) == [
        [mirror()]
    ]


# --- routes that are not ours -----------------------------------------------------------------------------


def test_a_route_without_a_rule_of_ours_is_left_alone_with_a_sentence() -> None:
    step = MirrorStep(name="m1", matches=(RequestMatch(),))

    plan = plan_mirror_route(ORDER, step, Steps(rule(ref("stable"))).now)

    assert not plan.patch
    assert plan.sentence.endswith("it has only the stable one; add the canary one to the same rule")


@pytest.mark.parametrize("mode", MirrorMode)
def test_a_rule_that_cannot_be_read_is_refused(mode: MirrorMode) -> None:
    steps = Steps(rule(*BOTH))
    steps.rules[0]["filters"] = 5

    with pytest.raises(RoutingError, match="rule 0 is not as the Gateway API has it"):
        steps.mirror("m1", mode=mode)


def test_a_damaged_annotation_is_told() -> None:
    steps = Steps(rule(*BOTH), annotations={CLAIMS_ANNOTATION: "{"})
    plan = steps.plan(mirror_planner(ORDER, MirrorStep(name="m1", matches=(RequestMatch(),))))

    assert "cannot be read" in plan.warnings[0]
