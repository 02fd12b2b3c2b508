"""Untyped JSON read without trust."""

from typing import Any

import pytest

from rollouts_router.core.untyped import integer, items, mapping, text

ODD: list[Any] = [None, True, 0, -7, 1.5, "", "a", [], ["a"], {}, {"a": 1}]


@pytest.mark.parametrize("value", ODD)
def test_a_value_of_the_wanted_type_is_itself_and_any_other_is_empty(value: object) -> None:
    assert mapping(value) == (value if isinstance(value, dict) else {})
    assert items(value) == (value if isinstance(value, list) else [])
    assert text(value) == (value if isinstance(value, str) else "")
    assert integer(value) == (value if type(value) is int else None)


def test_true_is_no_integer() -> None:
    assert integer(True) is None
