"""Two weights, one sum."""

from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.core.weights import Split, split

MAXIMA = st.integers(1, 1_000_000)


@given(desired=st.integers(-(2**31), 2**31), maximum=MAXIMA)
def test_whatever_is_asked_for_the_weights_are_in_range_and_add_up(desired: int, maximum: int) -> None:
    both = split(desired, maximum)

    assert both.canary + both.stable == maximum
    assert 0 <= both.canary <= maximum


@given(maximum=MAXIMA, data=st.data())
def test_a_weight_in_range_is_taken_as_it_is(maximum: int, data: st.DataObject) -> None:
    desired = data.draw(st.integers(0, maximum))

    assert split(desired, maximum).canary == desired


def test_a_weight_out_of_range_becomes_the_nearest_in_it() -> None:
    assert split(-1, 100) == Split(canary=0, stable=100)
    assert split(1001, 1000) == Split(canary=1000, stable=0)
