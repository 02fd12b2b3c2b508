"""Shares of a mirror: a percentage or a fraction, never both, and none for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import ref, rule
from tests.fakes.schema import Schema
from tests.fakes.steps import ORDER, Steps

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.matches import RequestMatch
from rollouts_router.core.mirroring import Fraction, MirrorMode, MirrorStep, unmanaged
from rollouts_router.core.mirrors import mirror_planner

BOTH = (ref("stable", 100), ref("canary", 0))
CANARY = {"group": "", "kind": "Service", "name": "canary", "port": 80}
PER_MILLE = {"numerator": 1, "denominator": 1000}


def step(fraction: Fraction | None = None, percent: int | None = None, mode: str = "filter") -> MirrorStep:
    """Mirror m1 of everything."""
    return MirrorStep(
        name="m1", matches=(RequestMatch(),), percent=percent, fraction=fraction, mode=MirrorMode(mode)
    )


def by_user(**share: object) -> dict[str, object]:
    """A mirror to the canary that a user wrote."""
    return {"type": "RequestMirror", "requestMirror": {"backendRef": CANARY, **share}}


@pytest.mark.parametrize(
    ("fraction", "percent", "share"),
    [
        (None, None, {}),
        (None, 100, {}),
        (None, 5, {"percent": 5}),
        (Fraction(numerator=1, denominator=1000), None, {"fraction": PER_MILLE}),
        (Fraction(numerator=1, denominator=1000), 5, {"fraction": PER_MILLE}),
        (Fraction(numerator=7), None, {"fraction": {"numerator": 7, "denominator": 100}}),
        (Fraction(numerator=0), None, {"fraction": {"numerator": 0, "denominator": 100}}),
        (Fraction(numerator=8, denominator=8), 5, {}),
    ],
)
def test_a_share_is_a_fraction_where_one_is_given_and_nothing_for_all(
    fraction: Fraction | None, percent: int | None, share: object
) -> None:
    assert step(fraction, percent).share() == share


@given(numerator=st.integers(0, 2**31 - 1), denominator=st.integers(1, 2**31 - 1))
def test_exactly_fractions_of_the_whole_at_most_are_taken(numerator: int, denominator: int) -> None:
    fraction = Fraction(numerator=numerator, denominator=denominator)

    if numerator <= denominator:
        fraction.check("f")
    else:
        with pytest.raises(RoutingError, match=r"^f: \d+ of \d+ is more than all requests"):
            fraction.check("f")


@pytest.mark.parametrize("mode", ["filter", "rule"])
def test_the_filter_carries_the_fraction_goes_as_it_came_and_makes_way_for_a_percentage(mode: str) -> None:
    fraction = Fraction(numerator=1, denominator=1000)
    steps = Steps(rule(*BOTH, filters=[{"type": "X"}]))
    before = steps.rules

    steps.do(mirror_planner(ORDER, step(fraction, 5, mode)))
    (filters,) = [each["filters"] for each in steps.rules if len(each["filters"]) > 1]
    assert filters == [{"type": "X"}, by_user(fraction=PER_MILLE)]

    steps.do(mirror_planner(ORDER, step(None, 5, mode)))
    assert [each["filters"][-1] for each in steps.rules if len(each["filters"]) > 1] == [by_user(percent=5)]
    assert steps.remove("m1").rules == before


@pytest.mark.parametrize("ours", [None, Fraction(numerator=1, denominator=1000)])
def test_a_users_own_fraction_survives_every_step_untouched_even_if_it_is_the_same(
    ours: Fraction | None,
) -> None:
    steps = Steps(rule(*BOTH, filters=[by_user(fraction=PER_MILLE), by_user(fraction={"numerator": 3})]))
    before = steps.rules

    steps.do(mirror_planner(ORDER, step(ours)))
    assert steps.rules[0]["filters"][:2] == before[0]["filters"]
    assert steps.weight(30).weight(0).header().remove().rules == before


@pytest.mark.parametrize("mode", ["filter", "rule"])
def test_where_the_crds_drop_shares_the_step_is_taken_out_again_and_told(mode: str) -> None:
    steps = Steps(rule(*BOTH), schema=Schema(keeps_percent=False))
    before = steps.rules
    planner = mirror_planner(ORDER, step(Fraction(numerator=1, denominator=1000), mode=mode))
    plan = steps.plan(planner)
    steps.apply(plan.patch)
    assert plan.undo

    back = plan.undo(steps.now)
    steps.apply(back.patch)

    assert steps.rules == before
    assert not steps.claimed
    assert 'the API server did not keep the fraction of "m1"' in back.warnings[0]
    assert back.warnings[0].endswith("or leave the fraction out")


def test_fractions_of_no_managed_route_are_told() -> None:
    assert unmanaged("at.", {"m2": 1, "m1": 1, "a": 1}, ("m1",)) == [
        'at.a counts nowhere: no managed route is called "a"',
        'at.m2 counts nowhere: no managed route is called "m2"',
    ]
