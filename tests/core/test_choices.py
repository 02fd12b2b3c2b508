"""A value of a few is found, or refused by name."""

from enum import Enum

import pytest

from rollouts_router.core.choices import choice
from rollouts_router.core.errors import RoutingError


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


def test_a_value_that_is_written_so_is_taken() -> None:
    assert choice("colour", Colour, "blue") is Colour.BLUE


@pytest.mark.parametrize(("value", "shown"), [("pink", '"pink"'), (True, "true"), (3, "3")])
def test_any_other_is_refused_with_those_that_there_are(value: object, shown: str) -> None:
    with pytest.raises(RoutingError, match=f"colour: expected red or blue, got {shown}"):
        choice("colour", Colour, value)
