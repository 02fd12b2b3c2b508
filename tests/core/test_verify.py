"""Whether a weight is live: when it is asked, what has to be shown, and what is said while it is not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.fakes.objects import Json, rollout, route, spec
from tests.fakes.statuses import GENERATION, bad, gateway, good, reported

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.parents import ParentState, parents
from rollouts_router.core.plan import RoutePlan
from rollouts_router.core.routes import Route
from rollouts_router.core.sighting import Ages
from rollouts_router.core.standing import Standing
from rollouts_router.core.verify import (
    POLL_SECONDS,
    Demand,
    Judgement,
    demand,
    is_awaited,
    judge,
)
from rollouts_router.core.verifying import OnTimeout, ParentsMode, VerifyConfig, VerifyMode
from rollouts_router.core.weights import split

ANY, BLOCK, SPEC = ParentsMode.ANY, OnTimeout.BLOCK, VerifyMode.SPEC
BEFORE = GENERATION - 1
SETTLE, TIMEOUT = 3, 60


def wanted(canary: int = 30, **rules: Any) -> Demand:
    """30 of 100 for the canary, shown by these rules."""
    return Demand(split=split(canary, 100), is_full=canary == 100, rules=VerifyConfig(**rules))


def judged(made: Route, age: float = 0.0, *, carries: bool = True, **rules: Any) -> Judgement:
    """What is found about a route of ours that was first seen so many seconds ago, with the status that it has."""
    return judged_after(made, age, *(age for _ in parents(made)), carries=carries, **rules)


def judged_after(
    made: Route, generation: float, *taken: float, carries: bool = True, **rules: Any
) -> Judgement:
    """The same, where each parent's good status was first seen at a moment of its own."""
    plan = RoutePlan(route=made, standing=Standing.OURS, carries_weights=carries)
    return judge(wanted(**rules), plan, Ages(generation, taken))


# --- when it is asked -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "steps", "desired", "asked"),
    [
        (0, (True, False), 20, True),
        (1, (True, False), 20, False),
        (0, (True, False), 0, True),
        (2, (True, False), 100, True),
        (2, (True, False), 60, False),
        (2, (True, False), 0, False),
        (7, (True, False), 100, True),
        (-1, (False, True), 20, False),
        (-1, (False, True), 100, True),
        (0, (), 100, True),
        (0, (), 0, False),
    ],
)
def test_only_a_step_that_sets_a_weight_and_the_end_wait_for_one(
    index: int,
    steps: tuple[bool, ...],
    desired: int,
    asked: bool,  # noqa: FBT001  # parametrized
) -> None:
    web = rollout(stable_hash="a", current_hash="b", step_index=index, weight_steps=steps)

    assert is_awaited(web, desired) is asked


@pytest.mark.parametrize(("stable", "current"), [("", "b"), ("", ""), ("a", "a")])
def test_the_first_revision_and_a_promoted_one_wait_for_nothing(stable: str, current: str) -> None:
    at_step = rollout(stable_hash=stable, current_hash=current, weight_steps=(True,))
    at_end = rollout(stable_hash=stable, current_hash=current, step_index=1, weight_steps=(True,))

    assert not is_awaited(at_step, 20)
    assert not is_awaited(at_end, 100)


def test_the_end_is_reached_at_the_maximum_of_the_rollout() -> None:
    web = rollout(stable_hash="a", current_hash="b", max_traffic_weight=1000)

    assert is_awaited(web, 1000)
    assert not is_awaited(web, 100)


def test_a_maximum_that_is_none_is_refused_where_it_counts() -> None:
    with pytest.raises(RoutingError, match="maxTrafficWeight is -1"):
        is_awaited(rollout(stable_hash="a", current_hash="b", max_traffic_weight=-1), 100)


# --- what is demanded -------------------------------------------------------------------------------------


def test_the_configuration_says_how_a_weight_is_shown() -> None:
    rules = VerifyConfig(settle_seconds=7)

    assert demand(rollout(), split(30, 100), rules) == Demand(
        split=split(30, 100), is_full=False, rules=rules
    )
    assert demand(rollout(), split(100, 100), rules).is_full
    assert not demand(rollout(max_traffic_weight=1000), split(100, 1000), rules).is_full


@pytest.mark.parametrize(("canary", "fields"), [(0, {}), (60, {"is_aborted": True})])
def test_the_way_back_is_shown_by_the_refs_alone(canary: int, fields: Json) -> None:
    rules = VerifyConfig(on_timeout=BLOCK)

    assert demand(rollout(**fields), split(canary, 100), rules).rules == VerifyConfig(
        mode=SPEC, on_timeout=BLOCK
    )


# --- one route --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [VerifyMode.STATUS, SPEC])
@pytest.mark.parametrize("age", [0, SETTLE, TIMEOUT, 9999])
def test_a_route_without_the_weights_is_never_live_and_no_other_look_of_the_call_would_help(
    mode: VerifyMode, age: float
) -> None:
    reason = "HTTPRoute shop/web does not carry the weights 70 (stable) and 30 (canary)"

    assert judged(reported(good()), age, carries=False, mode=mode) == Judgement(live=False, reason=reason)


@pytest.mark.parametrize("made", [reported(good()), reported(bad()), reported(), route(spec())])
def test_by_the_refs_alone_no_status_counts(made: Route) -> None:
    assert judged(made, mode=SPEC) == Judgement(live=True)


def test_a_route_whose_parents_took_it_is_live_once_the_proxies_had_time_to_follow() -> None:
    told = "its parents report this generation; it counts as live after 3 s (verify.settleSeconds)"

    assert judged(reported(good()), 1.0) == Judgement(
        live=False, reason=f"HTTPRoute shop/web: {told}", again=2.0, settles=True
    )
    assert judged(reported(good()), SETTLE) == Judgement(live=True)


@pytest.mark.parametrize(
    ("made", "who"),
    [
        (reported(), "Gateway shop/public: no status"),
        (
            reported(good(observed=None)),
            "Gateway shop/public (example.com/gateway): no observedGeneration",
        ),
        (reported(good(observed=0)), "Gateway shop/public (example.com/gateway): no observedGeneration"),
        (reported(refs=[]), "it names no parents"),
        (route(spec()), "it names no parents"),
        (reported(good(), refs=[gateway(), gateway("private")]), "Gateway shop/private: no status"),
    ],
)
def test_where_no_status_tells_a_route_is_live_once_it_has_settled(made: Route, who: str) -> None:
    told = "it counts as live after 3 s (verify.settleSeconds)"

    assert judged(made, 1.0) == Judgement(
        live=False, reason=f"HTTPRoute shop/web: {who}; {told}", again=2.0, settles=True
    )
    assert judged(made, SETTLE) == Judgement(live=True)
    assert judged(made, 0, settle_seconds=0) == Judgement(live=True)


PAIR = [gateway(), gateway("private")]


@pytest.mark.parametrize("late", [0.0, 0.5, 30.0, 59.9, 600.0])
def test_the_way_to_the_proxies_begins_when_the_status_comes_however_late_that_is(late: float) -> None:
    assert judged_after(reported(good()), late, 0).again == SETTLE
    assert judged_after(reported(good()), late + 2.5, 2.5).again == 0.5
    assert judged_after(reported(good()), late + SETTLE, SETTLE).live


@pytest.mark.parametrize(
    ("reports", "mode", "again"),
    [
        ((good(), good(parent=PAIR[1])), ParentsMode.ALL, 2.0),
        ((good(), good(parent=PAIR[1])), ANY, 0.5),
        ((good(),), ParentsMode.ALL, 0.5),
        ((good(parent=PAIR[1]),), ParentsMode.ALL, 2.0),
        ((good(), bad(parent=PAIR[1], reason="NoMatchingParent")), ParentsMode.ALL, 0.5),
        ((bad(), good(parent=PAIR[1])), ANY, 2.0),
        ((good(parent=PAIR[1]),), ANY, 2.0),
    ],
)
def test_of_several_parents_the_last_one_that_has_to_take_it_counts(
    reports: tuple[Json, ...], mode: ParentsMode, again: float
) -> None:
    reporting = [each["parentRef"] for each in reports]
    taken = [age if name in reporting else 9.0 for name, age in zip(PAIR, (2.5, 1.0), strict=True)]

    assert judged_after(reported(*reports, refs=PAIR), 9.0, *taken, parents=mode).again == again


@pytest.mark.parametrize(
    "made",
    [
        reported(bad()),
        reported(bad("ResolvedRefs", reason="BackendNotFound")),
        reported(good(observed=BEFORE)),
        reported(good(), bad(parent=gateway("private")), refs=[gateway(), gateway("private")]),
        reported(bad(parent=gateway("private")), refs=[gateway(), gateway("private")]),
        reported(bad(reason="NoMatchingParent")),
        reported(bad(observed=None)),
    ],
)
def test_a_route_with_a_parent_that_has_not_taken_it_does_not_settle(made: Route) -> None:
    found = judged(made, TIMEOUT - 0.1)

    assert (found.live, found.overdue, found.again) == (False, False, POLL_SECONDS)


def test_the_reason_names_route_parent_condition_and_both_generations() -> None:
    assert judged(reported(bad(observed=BEFORE))).reason == (
        "HTTPRoute shop/web: Gateway shop/public (example.com/gateway):"
        " Accepted is False (UnsupportedValue) for generation 4, the route is at generation 5"
    )


def test_the_reason_names_three_parents_and_counts_the_others() -> None:
    names = [gateway(f"g{number}") for number in range(5)]
    found = judged(reported(*(bad(parent=each) for each in names), refs=names))

    assert [f"g{number} " in found.reason for number in range(5)] == [True, True, True, False, False]
    assert found.reason.endswith("; and 2 parents more")


def test_a_parent_that_never_took_the_route_does_not_count_beside_one_that_did() -> None:
    refs = [gateway(), gateway("private")]
    detached = bad(reason="NotAllowedByListeners", parent=refs[1])

    assert judged(reported(good(), detached, refs=refs), SETTLE) == Judgement(live=True)
    assert judged(reported(bad(), detached, refs=refs)).again == POLL_SECONDS
    assert "private" not in judged(reported(bad(), detached, refs=refs)).reason
    assert judged(reported(detached, refs=refs), SETTLE) == Judgement(live=True)


@pytest.mark.parametrize(
    ("reports", "age", "live"),
    [
        ([good()], SETTLE, True),
        ([good(), bad(parent=gateway("private"))], SETTLE, True),
        ([bad()], 0, False),
        ([bad()], SETTLE, True),
        ([], 0, False),
        ([], SETTLE, True),
        ([bad(), bad(parent=gateway("private"))], SETTLE, False),
        ([bad(reason="NoMatchingParent"), bad(parent=gateway("private"))], SETTLE, False),
        ([bad(reason="NoMatchingParent"), good(parent=gateway("private"))], SETTLE, True),
    ],
)
def test_of_any_parent_one_is_enough(reports: list[Json], age: float, live: bool) -> None:  # noqa: FBT001  # parametrized
    made = reported(*reports, refs=[gateway(), gateway("private")])

    assert judged(made, age, parents=ANY).live is live


# --- the time is up ---------------------------------------------------------------------------------------

FLAW = (
    "HTTPRoute shop/web: Gateway shop/public (example.com/gateway):"
    " Accepted is False (UnsupportedValue) for generation 5, the route is at generation 5"
)


def test_after_the_timeout_the_rollout_goes_on_and_says_so() -> None:
    assert judged(reported(bad()), TIMEOUT) == Judgement(
        live=True,
        overdue=True,
        reason=f"{FLAW}, and 60 s have passed (verify.timeoutSeconds);"
        " the Rollout goes on (verify.onTimeout: proceed)",
    )


def test_at_the_end_it_goes_on_as_well_and_says_that_all_traffic_goes_to_the_canary() -> None:
    found = judged(reported(bad()), TIMEOUT, canary=100)

    assert found.live
    assert (
        "the Rollout goes on, at the end, with all traffic for the canary (verify.onTimeout" in found.reason
    )


@pytest.mark.parametrize("canary", [30, 100])
def test_or_it_is_held_for_as_long_as_it_takes(canary: int) -> None:
    assert judged(reported(bad()), 9999, canary=canary, on_timeout=BLOCK) == Judgement(
        live=False,
        overdue=True,
        reason=f"{FLAW}, and 60 s have passed (verify.timeoutSeconds);"
        " the Rollout is held here (verify.onTimeout: block)",
    )


def test_a_route_that_only_has_to_settle_settles_however_short_the_timeout() -> None:
    found = judged(reported(), 5, settle_seconds=10, timeout_seconds=1)

    assert (found.live, found.again) == (False, 5)


# --- whatever the statuses are ----------------------------------------------------------------------------

BAD = some.sampled_from(
    [
        {},
        {"kind": "ResolvedRefs"},
        {"observed": BEFORE},
        {"observed": None},
        {"reason": "NoMatchingParent"},
        {"kind": "Programmed"},
    ]
).map(lambda fields: bad(**fields))
REPORTS = BAD | some.sampled_from([GENERATION, BEFORE, 0]).map(lambda observed: good(observed=observed))


def spread(reports: list[Json | None]) -> Route:
    """A route that names a Gateway for each of these, and the reports on them."""
    names = [gateway(f"g{number}") for number in range(len(reports))]
    made = [{**each, "parentRef": name} for each, name in zip(reports, names, strict=True) if each]
    return reported(*made, refs=names)


@given(
    reports=some.lists(some.none() | REPORTS, max_size=4),
    another=BAD,
    age=some.floats(0, TIMEOUT, exclude_max=True),
)
def test_another_parent_that_is_not_good_never_makes_a_route_live(
    reports: list[Json | None], another: Json, age: float
) -> None:
    before, after = judged(spread(reports), age), judged(spread([*reports, another]), age)

    assert before.live or not after.live


@given(
    reports=some.lists(some.none() | REPORTS, max_size=4),
    younger=some.floats(0, 99),
    older=some.floats(0, 99),
)
@pytest.mark.parametrize("mode", list(ParentsMode))
def test_time_alone_never_makes_a_live_route_less_so(
    mode: ParentsMode, reports: list[Json | None], younger: float, older: float
) -> None:
    made, (first, then) = spread(reports), sorted((younger, older))

    assert judged(made, then, parents=mode).live or not judged(made, first, parents=mode).live


@given(
    reports=some.lists(some.none() | REPORTS, max_size=4),
    generation=some.floats(0, 99),
    late=some.lists(some.floats(0, 1), min_size=4, max_size=4),
)
@pytest.mark.parametrize("mode", list(ParentsMode))
def test_a_status_that_comes_later_never_makes_a_route_live_earlier(
    mode: ParentsMode, reports: list[Json | None], generation: float, late: list[float]
) -> None:
    made = spread(reports)
    after = judged_after(
        made, generation, *(generation * share for share in late[: len(reports)]), parents=mode
    )

    assert judged(made, generation, parents=mode).live or not after.live


@given(reports=some.lists(some.none() | REPORTS, max_size=4), age=some.floats(0, 99))
def test_what_all_parents_have_taken_any_of_them_has(reports: list[Json | None], age: float) -> None:
    made = spread(reports)

    assert judged(made, age, parents=ANY).live or not judged(made, age).live


@given(reports=some.lists(some.none() | REPORTS, max_size=4), age=some.floats(0, TIMEOUT, exclude_max=True))
def test_a_route_that_is_not_live_always_says_why_and_when_to_look_again(
    reports: list[Json | None], age: float
) -> None:
    found = judged(spread(reports), age)

    assert found.live or (found.reason and found.again)
    assert not (found.live and found.reason)


@given(reports=some.lists(REPORTS, min_size=1, max_size=4))
def test_a_live_route_with_a_status_has_a_parent_that_says_so_or_none_that_can(reports: list[Json]) -> None:
    made = spread(list(reports))
    states = {parent.state for parent in parents(made)}

    if judged(made, SETTLE).live:
        assert ParentState.WAITING not in states
        assert states & {ParentState.LIVE, ParentState.SILENT}
