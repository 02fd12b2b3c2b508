"""How long a call looks at the routes, what it answers and what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.fakes.clock import HandClock, run
from tests.fakes.log import Lines
from tests.fakes.objects import rollout
from tests.fakes.statuses import GENERATION, bad, gateway, good, reported

from rollouts_router.core.notices import Notices
from rollouts_router.core.plan import RoutePlan
from rollouts_router.core.routes import Route, RouteKey
from rollouts_router.core.sighting import Ages
from rollouts_router.core.standing import Standing
from rollouts_router.core.verify import Demand, Verdict
from rollouts_router.core.verifying import OnTimeout, VerifyConfig
from rollouts_router.core.weights import split
from rollouts_router.router.reports import Reports
from rollouts_router.router.verification import (
    PATIENCE_SECONDS,
    SETTLE_PATIENCE_SECONDS,
    Sightings,
    Verification,
    View,
)

VERIFIED, NOT_VERIFIED = Verdict.VERIFIED, Verdict.NOT_VERIFIED
LATE = reported(good(observed=GENERATION - 1))
LIVE = reported(good())
SILENT = reported()


@dataclass
class Bed:
    """A verification, its clock and its log; `routes` tells what is there at a moment."""

    routes: Callable[[float], Sequence[Route]]
    rules: VerifyConfig = field(default_factory=VerifyConfig)
    carries: bool = True
    obstacles: Sequence[str] = ()
    looking: float = 0.0
    clock: HandClock = field(default_factory=HandClock)
    log: Lines = field(default_factory=Lines)
    looks: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start = self.clock.now
        reports = Reports(self.log, Notices())
        self.verification = Verification(reports=reports, clock=self.clock, sleep=self.clock.sleep)

    @property
    def passed(self) -> float:
        """Seconds since the start."""
        return self.clock.now - self.start

    async def look(self) -> View:
        """What the API shows; takes `looking` seconds."""
        self.clock.now += self.looking
        self.looks.append(self.passed)
        plans = [
            RoutePlan(route=each, standing=Standing.OURS, carries_weights=self.carries)
            for each in self.routes(self.passed)
        ]
        return View(Demand(split=split(30, 100), is_full=False, rules=self.rules), plans, self.obstacles)

    def call(self) -> Verdict:
        """One VerifyWeight."""
        return run(self.verification.answer(rollout(), self.look))


def steady(*routes: Route, **fields: Any) -> Bed:
    """Routes that never change."""
    return Bed(lambda _: routes, **fields)


def named(made: Route, name: str) -> Route:
    """The same under another name."""
    return Route(RouteKey(made.key.kind, made.key.namespace, name), made.object)


# --- how long ---------------------------------------------------------------------------------------------


def test_live_routes_are_verified_when_they_have_settled_and_nothing_is_said() -> None:
    bed = steady(LIVE, named(LIVE, "b"))

    assert bed.call() is VERIFIED
    assert (bed.looks, bed.clock.pauses, bed.log.lines) == ([0.0, 3.0], [3.0], [])


def test_a_status_that_is_being_written_is_waited_for_in_the_call() -> None:
    bed = Bed(lambda now: [LIVE if now >= 0.9 else LATE])

    assert bed.call() is VERIFIED
    assert bed.looks == [0.0, 0.25, 0.5, 0.75, 1.0, 4.0]
    assert bed.log.lines == []


@pytest.mark.parametrize("late", [0.2, 1.4, 2.9])
def test_a_late_status_is_verified_in_the_call_but_not_before_it_has_settled(late: float) -> None:
    bed = Bed(lambda now: [LIVE if now >= late else LATE])

    assert bed.call() is VERIFIED
    seen = next(look for look in bed.looks if look >= late)
    assert bed.looks[-1] == seen + 3.0
    assert bed.passed <= PATIENCE_SECONDS + SETTLE_PATIENCE_SECONDS


def test_a_status_that_comes_between_two_calls_settles_from_the_look_that_first_sees_it() -> None:
    bed = Bed(lambda now: [LIVE if now >= 3.1 else LATE])
    assert bed.call() is NOT_VERIFIED

    bed.clock.now = bed.start + 13.0
    bed.clock.pauses.clear()
    assert (bed.call(), bed.clock.pauses) == (VERIFIED, [3.0])
    assert (bed.call(), bed.clock.pauses) == (VERIFIED, [3.0])


def test_what_has_settled_between_two_calls_is_not_waited_for() -> None:
    bed = steady(LIVE, rules=VerifyConfig(settle_seconds=10))

    assert (bed.call(), bed.clock.pauses) == (NOT_VERIFIED, [])
    bed.clock.now += 10
    assert (bed.call(), bed.clock.pauses) == (VERIFIED, [])


def test_a_status_that_was_not_good_in_between_settles_anew() -> None:
    bed = Bed(lambda now: [reported(bad()) if 5 <= now < 10 else LIVE])
    assert bed.call() is VERIFIED

    bed.clock.now = bed.start + 6.0
    assert bed.call() is NOT_VERIFIED
    bed.clock.now = bed.start + 20.0
    bed.clock.pauses.clear()
    assert (bed.call(), bed.clock.pauses) == (VERIFIED, [3.0])


def test_a_status_that_comes_and_goes_holds_nobody_beyond_the_timeout() -> None:
    bed = Bed(lambda now: [LIVE if int(now / 2) % 2 else LATE], rules=VerifyConfig(timeout_seconds=20))
    calls = []
    while bed.passed < 40 and VERIFIED not in calls:
        calls.append(bed.call())
        bed.clock.now += 10

    assert calls[-1] is VERIFIED
    assert bed.passed <= 20 + 2 * 10 + PATIENCE_SECONDS + SETTLE_PATIENCE_SECONDS


def test_the_call_gives_up_after_three_seconds_and_says_why_once() -> None:
    bed = steady(LATE)

    assert [bed.call(), bed.call()] == [NOT_VERIFIED, NOT_VERIFIED]
    assert bed.passed == 2 * PATIENCE_SECONDS
    assert set(bed.clock.pauses) == {0.25}
    (reason,) = bed.log.said("info")
    assert reason == (
        "HTTPRoute shop/web: Gateway shop/public (example.com/gateway):"
        " Accepted is True (Because) for generation 4, the route is at generation 5"
    )
    assert bed.log.said("warning") == []


def test_slow_looks_count_against_the_patience() -> None:
    bed = steady(LATE, looking=2.0)

    assert bed.call() is NOT_VERIFIED
    assert bed.looks == [2.0, 4.25, 6.5]


@pytest.mark.parametrize(
    ("early", "tick"), [(0.0, 0.0), (1e-9, 0.0), (0.004, 0.0), (0.0, 1e-4), (0.004, 1e-4)]
)
def test_a_route_without_a_status_settles_within_one_call_by_one_wait(early: float, tick: float) -> None:
    bed = steady(SILENT, clock=HandClock(early=early, tick=tick))

    assert bed.call() is VERIFIED
    assert bed.clock.pauses[0] == PATIENCE_SECONDS
    assert len(bed.looks) <= 3
    assert bed.log.lines == []


def test_a_route_that_settles_longer_than_a_call_lasts_is_not_waited_for() -> None:
    bed = steady(SILENT, rules=VerifyConfig(settle_seconds=10))

    assert (bed.call(), bed.clock.pauses) == (NOT_VERIFIED, [])
    bed.clock.now += 10
    assert (bed.call(), bed.clock.pauses) == (VERIFIED, [])


def test_nobody_is_waited_for_when_another_route_cannot_be_live_in_this_call() -> None:
    slow = steady(LATE, named(SILENT, "b"), rules=VerifyConfig(settle_seconds=10))

    assert (slow.call(), slow.clock.pauses) == (NOT_VERIFIED, [])


def test_one_status_is_waited_for_while_another_route_settles() -> None:
    bed = Bed(lambda now: [LIVE if now >= 1 else LATE, named(SILENT, "b")])

    assert bed.call() is VERIFIED
    # The silent one has settled after 3 s, the other one 3 s after its status came.
    assert bed.clock.pauses == [0.25, 0.25, 0.25, 0.25, 2.0, 1.0]


def test_weights_that_are_not_there_are_not_waited_for() -> None:
    bed = steady(LIVE, carries=False)

    assert (bed.call(), bed.clock.pauses) == (NOT_VERIFIED, [])
    assert bed.log.said("info") == [
        "HTTPRoute shop/web does not carry the weights 70 (stable) and 30 (canary)"
    ]


def test_an_obstacle_beside_the_routes_is_said_and_not_waited_for() -> None:
    bed = steady(LIVE, obstacles=["a grant is missing"])

    assert (bed.call(), bed.clock.pauses) == (NOT_VERIFIED, [])
    assert "a grant is missing" in bed.log.said("info")


def test_without_routes_there_is_nothing_that_is_not_live() -> None:
    assert steady().call() is VERIFIED


# --- across calls -----------------------------------------------------------------------------------------


def test_a_new_generation_settles_anew() -> None:
    bed = Bed(lambda now: [reported(generation=GENERATION if now < 5 else GENERATION + 1)])

    assert bed.call() is VERIFIED
    bed.clock.now += 2
    assert bed.call() is VERIFIED
    assert bed.clock.pauses == [3.0, 3.0]


def test_a_route_that_lost_its_weights_meanwhile_has_not_been_settling() -> None:
    bed = steady(SILENT, carries=False)
    bed.call()
    bed.clock.now += 10
    bed.carries = True

    assert (bed.call(), bed.clock.pauses) == (VERIFIED, [3.0])


def test_after_the_timeout_it_is_verified_with_one_warning() -> None:
    bed = steady(LATE)
    bed.call()
    bed.clock.now += 60

    assert [bed.call(), bed.call()] == [VERIFIED, VERIFIED]
    (warning,) = bed.log.said("warning")
    assert len(bed.log.said("info")) == 1
    assert warning.endswith("the Rollout goes on (verify.onTimeout: proceed)")


def test_or_it_is_held_with_one_warning_and_no_more_waiting() -> None:
    bed = steady(LATE, rules=VerifyConfig(on_timeout=OnTimeout.BLOCK))
    bed.call()
    bed.clock.now += 60
    bed.clock.pauses.clear()

    assert [bed.call(), bed.call()] == [NOT_VERIFIED, NOT_VERIFIED]
    assert bed.clock.pauses == []
    (warning,) = bed.log.said("warning")
    assert warning.endswith("the Rollout is held here (verify.onTimeout: block)")


def test_the_time_begins_anew_in_a_new_process() -> None:
    before = steady(LATE)
    before.call()
    before.clock.now += 60

    assert steady(LATE, clock=before.clock).call() is NOT_VERIFIED


def test_what_was_said_is_said_again_when_it_has_been_well_in_between() -> None:
    bed = steady(LATE)
    for routes in ([LATE], [LIVE], [LATE]):
        bed.routes = lambda _, routes=routes: routes  # type: ignore[misc]  # bound at once
        bed.call()

    assert len(bed.log.said("info")) == 2


def test_of_many_routes_ten_are_named_and_the_others_counted() -> None:
    bed = steady(*(named(reported(bad()), f"r{number}") for number in range(25)))
    bed.call()

    assert len(bed.log.said("info")) == 11
    assert bed.log.said("info")[-1] == "and 15 routes more"


# --- since when -------------------------------------------------------------------------------------------


def carrying(made: Route, *, carries: bool = True) -> RoutePlan:
    """A route that has its weights, or has not."""
    return RoutePlan(route=made, standing=Standing.OURS, carries_weights=carries)


def test_the_age_of_a_generation_counts_from_its_first_sight() -> None:
    sightings = Sightings()

    ages = [sightings.ages(carrying(LIVE), now).generation for now in (10.0, 12.0, 19.5)]
    assert ages == [0.0, 2.0, 9.5]


def test_other_routes_have_ages_of_their_own() -> None:
    sightings = Sightings()
    sightings.ages(carrying(LIVE), 10.0)

    assert sightings.ages(carrying(named(LIVE, "b")), 20.0) == Ages(0.0, (0.0,))
    assert sightings.ages(carrying(LIVE), 20.0) == Ages(10.0, (10.0,))


def test_a_route_that_was_forgotten_is_young_again() -> None:
    sightings = Sightings(1)
    for name in ("a", "b", "a"):
        assert sightings.ages(carrying(named(LIVE, name)), 10.0).generation == 0.0


def test_a_route_without_its_weights_has_no_age() -> None:
    sightings = Sightings()
    sightings.ages(carrying(LIVE, carries=False), 10.0)

    assert sightings.ages(carrying(LIVE), 20.0).generation == 0.0
    assert sightings.ages(carrying(LIVE, carries=False), 30.0) == Ages()


def test_many_parents_are_judged_by_one_status() -> None:
    refs = [gateway(f"g{number}") for number in range(32)]
    made = reported(*(good(parent=each) for each in refs), refs=refs)

    assert steady(made).call() is VERIFIED
