"""Since when a generation of a route, and the good status of its parents, has been seen."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.fakes.objects import Json
from tests.fakes.statuses import GENERATION, bad, gateway, good, reported

from rollouts_router.core.routes import Route
from rollouts_router.core.sighting import Ages, Sighting, sight

LATE, LIVE, SILENT = reported(good(observed=GENERATION - 1)), reported(good()), reported()


def seen(*looks: tuple[Route, float]) -> Sighting:
    """What is known after these looks, each at its moment."""
    known: Sighting | None = None
    for route, now in looks:
        known = sight(route, known, now)
    assert known is not None
    return known


def test_at_first_sight_all_is_young() -> None:
    assert seen((LIVE, 10.0)).ages(10.0) == Ages(0.0, (0.0,))


def test_a_good_status_counts_from_when_it_was_first_seen() -> None:
    known = seen((LATE, 10.0), (LATE, 12.0), (LIVE, 14.0), (LIVE, 15.0))

    assert known.ages(16.0) == Ages(6.0, (2.0,))


def test_where_nobody_reports_the_generation_counts() -> None:
    assert seen((SILENT, 10.0), (SILENT, 12.0)).ages(13.0) == Ages(3.0, (3.0,))


def test_a_first_report_counts_from_when_it_came() -> None:
    assert seen((SILENT, 10.0), (LIVE, 12.0)).ages(13.0) == Ages(3.0, (1.0,))


def test_a_status_that_was_not_good_in_between_counts_anew() -> None:
    known = seen((LIVE, 10.0), (reported(bad()), 12.0), (LIVE, 14.0))

    assert known.ages(15.0) == Ages(5.0, (1.0,))


def test_a_report_that_is_gone_for_a_while_does_not() -> None:
    assert seen((LIVE, 10.0), (SILENT, 12.0), (LIVE, 14.0)).ages(15.0) == Ages(5.0, (5.0,))


def test_each_parent_counts_for_itself() -> None:
    pair = [gateway(), gateway("private")]
    both = (good(), good(parent=pair[1]))
    known = seen(
        (reported(both[0], bad(parent=pair[1]), refs=pair), 10.0), (reported(*both, refs=pair), 12.0)
    )

    assert known.ages(13.0) == Ages(3.0, (3.0, 1.0))


@pytest.mark.parametrize("changed", [{"generation": 6}, {"uid": "other"}])
def test_another_generation_or_another_object_of_the_same_name_is_young(changed: dict[str, Any]) -> None:
    other = reported(good(observed=6), **changed)

    assert seen((LIVE, 10.0), (other, 20.0)).ages(20.0) == Ages(0.0, (0.0,))
    assert seen((LIVE, 10.0), (other, 20.0), (LIVE, 30.0)).ages(30.0) == Ages(0.0, (0.0,))


@pytest.mark.parametrize("metadata", [{}, {"uid": ["x"], "generation": {}}])
def test_metadata_of_any_kind_have_an_age_and_a_clock_that_goes_back_makes_none(metadata: Json) -> None:
    odd = Route(LIVE.key, {"metadata": metadata})

    ages = [seen((odd, 10.0), (odd, now)).ages(now).generation for now in (10.0, 9.0, 11.0)]
    assert ages == [0.0, 0.0, 1.0]


def test_parents_that_change_within_a_generation_are_no_error() -> None:
    pair = [gateway(), gateway("private")]
    more = reported(good(), good(parent=pair[1]), refs=pair)

    assert seen((LIVE, 10.0), (more, 12.0)).ages(13.0) == Ages(3.0, (3.0, 1.0))
    assert seen((more, 10.0), (LIVE, 12.0)).ages(13.0) == Ages(3.0, (3.0,))


@given(some.lists(some.tuples(some.sampled_from([LATE, LIVE, SILENT]), some.floats(0, 9)), min_size=1))
def test_a_status_is_never_older_than_its_generation(looks: list[tuple[Route, float]]) -> None:
    now, moments = 0.0, []
    for route, passed in looks:
        now += passed
        moments.append((route, now))

    ages = seen(*moments).ages(now)
    assert 0.0 <= ages.parents[0] <= ages.generation
