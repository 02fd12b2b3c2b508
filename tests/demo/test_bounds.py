"""The bound of the summary: exact, never narrower than promised, and narrow enough to tell weights apart."""

import math
from fractions import Fraction

import pytest
from demo.bounds import allowed
from hypothesis import given
from hypothesis import strategies as st

ALARM = 1e-5


def outside(number: int, weight: int, inside: range) -> Fraction:
    """The exact probability of a count that the range leaves out."""
    share = Fraction(weight, 100)
    return sum(
        (
            math.comb(number, hits) * share**hits * (1 - share) ** (number - hits)
            for hits in range(number + 1)
            if hits not in inside
        ),
        Fraction(0),
    )


@given(number=st.integers(2, 120), weight=st.integers(1, 99))
def test_a_right_split_is_called_wrong_no_oftener_than_promised(number: int, weight: int) -> None:
    assert outside(number, weight, allowed(number, weight, ALARM)) <= ALARM * (1 + 1e-9)


@given(number=st.integers(2, 120), weight=st.integers(1, 99))
def test_the_range_could_not_be_narrower(number: int, weight: int) -> None:
    """With one count less at either end, that end alone would alarm too often."""
    inside = allowed(number, weight, ALARM)
    below, above = range(inside[0] + 1, number + 1), range(inside[-1])
    assert outside(number, weight, below) > ALARM / 2 * (1 - 1e-9)
    assert outside(number, weight, above) > ALARM / 2 * (1 - 1e-9)


@pytest.mark.parametrize(("weight", "only"), [(0, 0), (100, 600)])
def test_at_the_ends_there_is_one_answer(weight: int, only: int) -> None:
    assert list(allowed(600, weight, ALARM)) == [only]


@pytest.mark.parametrize("weight", [5, 25, 50])
def test_twice_the_weight_is_out_of_bounds(weight: int) -> None:
    assert 600 * weight // 50 not in allowed(600, weight, ALARM)


@given(weight=st.integers(0, 100))
def test_it_is_the_same_seen_from_the_other_side(weight: int) -> None:
    mine, others = allowed(300, weight, ALARM), allowed(300, 100 - weight, ALARM)
    assert (mine[0], mine[-1]) == (300 - others[-1], 300 - others[0])
