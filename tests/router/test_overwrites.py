"""Somebody else changes the weights of a step."""

from typing import Any

import pytest
from tests.fakes.log import Lines
from tests.fakes.objects import order, ref, rollout, route, rule, spec, weights

from rollouts_router.core.notices import Notices
from rollouts_router.core.plan import RoutePlan
from rollouts_router.core.routes import Route
from rollouts_router.core.standing import Standing
from rollouts_router.router.overwrites import Overwrites
from rollouts_router.router.reports import Reports

WROTE = [{"manager": "argocd-controller", "fieldsV1": {"f:spec": {"f:rules": {}}}}]


class Bed:
    """What SetWeight does with the memory, and what is said."""

    def __init__(self, most: int = 10) -> None:
        self.log = Lines()
        self.overwrites = Overwrites(Reports(self.log, Notices()), most)

    def step(self, canary: int, *found: Route, writes: tuple[Route, ...] = ()) -> list[str]:
        """SetWeight that finds these routes and leaves those; the new warnings."""
        before = len(self.log.said("warning"))
        wish = order(canary)
        plans = [
            RoutePlan(
                route=each,
                standing=Standing.OURS,
                carries_weights=weights(each.object)[0] == [("stable", 100 - canary), ("canary", canary)],
            )
            for each in found
        ]
        self.overwrites.look(rollout(), wish, plans)
        self.overwrites.carry(wish, writes)
        return self.log.said("warning")[before:]


def at(canary: int, generation: int | None, **meta: Any) -> Route:
    """A route with this weight, last written by somebody else."""
    weighed = spec(rule(ref("stable", 100 - canary), ref("canary", canary)))
    return route(weighed, **{"generation": generation, "managedFields": WROTE, **meta})


def test_weights_that_were_written_and_are_others_now_are_told_with_who_wrote_last() -> None:
    bed = Bed()
    bed.step(30, at(0, 1), writes=(at(30, 2),))

    (warning,) = bed.step(30, at(0, 3), writes=(at(30, 4),))
    assert warning.startswith("HTTPRoute shop/web: its weights are not those that were set in this step;")
    assert 'field manager "argocd-controller"' in warning


def test_it_is_told_once_for_each_time() -> None:
    bed = Bed()
    bed.step(30, at(0, 1), writes=(at(30, 2),))

    assert len(bed.step(30, at(0, 3))) == 1
    assert bed.step(30, at(0, 3)) == []
    assert bed.step(30, at(0, 3), writes=(at(30, 4),)) == []
    assert bed.step(30, at(30, 4)) == []
    assert len(bed.step(30, at(0, 5))) == 1


def test_weights_that_were_found_as_wanted_count_as_written() -> None:
    bed = Bed()

    assert bed.step(30, at(30, 2)) == []
    assert len(bed.step(30, at(0, 3))) == 1


@pytest.mark.parametrize(
    ("then", "found"),
    [
        (60, at(30, 2)),  # the step went on
        (60, at(30, 9)),  # and somebody changed something else
        (0, at(30, 2)),  # or back
        (30, at(30, 9)),  # somebody changed something else
        (30, at(0, 9, uid="other")),  # made anew
        (30, at(0, 2)),  # nobody changed anything since: a read from before the write
        (30, at(0, None)),
        (30, at(0, 9, uid=None)),
    ],
)
def test_nothing_is_said_when_nobody_else_changed_the_weights(then: int, found: Route) -> None:
    bed = Bed()
    bed.step(30, at(0, 1), writes=(at(30, 2),))

    assert bed.step(then, found) == []


def test_a_step_that_was_left_is_forgotten_even_if_the_next_could_not_be_written() -> None:
    bed = Bed()
    bed.step(30, at(0, 1), writes=(at(30, 2),))
    bed.step(60, at(30, 2))

    assert bed.step(30, at(60, 3)) == []


def test_a_route_without_a_generation_is_not_remembered() -> None:
    bed = Bed()
    bed.step(30, at(0, 1), writes=(at(30, None),))

    assert bed.step(30, at(0, 3)) == []


def test_what_was_forgotten_costs_a_warning_only() -> None:
    bed = Bed(1)
    bed.step(30, at(0, 1), writes=(at(30, 2), at(30, 2, name="other")))
    bed.step(30, at(30, 2), route(at(30, 2).object["spec"], name="other", generation=2))

    assert bed.step(30, at(0, 3)) == []
