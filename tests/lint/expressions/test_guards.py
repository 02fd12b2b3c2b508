"""What a condition reads without having made sure of it."""

import pytest

from rollouts_router.lint.expressions.guards import unguarded_entries, unguarded_values
from rollouts_router.lint.expressions.parsing import parse
from rollouts_router.lint.expressions.thresholds import shown


def entries(condition: str) -> list[str]:
    """Entries that may not be there."""
    tree = parse(condition)
    assert tree is not None
    return [shown(each) for each in unguarded_entries(tree)]


def values(condition: str) -> list[str]:
    """Values that may be nil."""
    tree = parse(condition)
    assert tree is not None
    return [shown(each) for each, _ in unguarded_values(tree)]


@pytest.mark.parametrize(
    "condition",
    [
        "len(result) > 0 && result[0] < 1",
        "len(result) >= 1 && result[0] < 1",
        "len(result) != 0 && result[0] < 1",
        "len(result) == 1 && result[0] < 1",
        "0 < len(result) && result[0] < 1",
        "len(result) == 0 || result[0] < 1",
        "len(result) < 1 || result[0] < 1",
        "!(len(result) == 0) && result[0] < 1",
        "not (len(result) == 0 || false) and result[0] < 1",
        "len(result) > 0 ? result[0] < 1 : false",
        "len(result) == 0 ? false : result[0] < 1",
        "(len(result) > 0 && true) && (a || result[0] < 1)",
        "len(result) > 1 && result[0] < result[1]",
        "all(result, # < 1)",
    ],
)
def test_an_entry_behind_a_guard_is_safe(condition: str) -> None:
    assert entries(condition) == []


@pytest.mark.parametrize(
    ("condition", "unsafe"),
    [
        ("result[0] < 1", ["result[0]"]),
        ("result[0] < 1 && len(result) > 0", ["result[0]"]),
        ("len(result) > 0 || result[0] < 1", ["result[0]"]),
        ("len(result) >= 0 && result[0] < 1", ["result[0]"]),
        ("len(result) > 0 && result[1] < 1", ["result[1]"]),
        ("len(other) > 0 && result[0] < 1", ["result[0]"]),
        ("len(result) == 0 ? result[0] < 1 : true", ["result[0]"]),
        ("(len(result) > 0 || a) && result[0] < 1", ["result[0]"]),
        ("default(result[0], 0) < 1", ["result[0]"]),
        ("isNil(result) || result[0] < 1", ["result[0]"]),
        ("-result[0] < 1", ["result[0]"]),
    ],
)
def test_an_entry_without_one_is_not(condition: str, unsafe: list[str]) -> None:
    assert entries(condition) == unsafe


@pytest.mark.parametrize(
    ("condition", "unsafe"),
    [
        ("result.x < 1", ["result.x"]),
        ("result.x != nil && result.x < 1", []),
        ("nil != result.x && result.x < 1", []),
        ("result.x == nil || result.x < 1", []),
        ("result.x == nil && result.x < 1", ["result.x"]),
        ("result.y != nil && result.x < 1", ["result.x"]),
        ("(result.x ?? 0) < 1", []),
        ("result.x / result.n < 1", ["result.x", "result.n"]),
        ("isNil(result.x) || result.x < 1", ["result.x"]),
        ("result.x == 1", []),
    ],
)
def test_a_value_that_is_reckoned_with_needs_to_be_there(condition: str, unsafe: list[str]) -> None:
    assert values(condition) == unsafe
