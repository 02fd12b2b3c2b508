"""The bounds of a count: exact where there is no choice, fair in between, and never satisfied by nothing."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import pytest

from e2e.gateways.shares import PERCENT, allowed


@pytest.mark.parametrize(("weight", "only"), [(0, 0), (100, 400)])
def test_without_a_choice_one_count_is_allowed(weight: int, only: int) -> None:
    assert list(allowed(400, weight)) == [only]


@pytest.mark.parametrize("weight", [1, 5, 50, 95, 99])
def test_between_them_both_sides_get_something_and_the_mean_is_allowed(weight: int) -> None:
    bounds = allowed(400, weight)
    assert 400 * weight // PERCENT in bounds
    assert 0 not in bounds
    assert 400 not in bounds


@pytest.mark.parametrize("weight", [5, 10, 25, 50])
def test_twice_the_share_and_half_of_it_are_not_allowed(weight: int) -> None:
    bounds = allowed(2000, weight)
    assert 2000 * weight * 2 // PERCENT not in bounds
    assert 2000 * weight // 2 // PERCENT not in bounds


def test_what_one_side_may_get_the_other_may_leave() -> None:
    assert [2000 - count for count in reversed(allowed(2000, 5))] == list(allowed(2000, 95))
