"""The numbers that decide a condition, and which way is the looser one."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rollouts_router.lint.expressions.parsing import parse
from rollouts_router.lint.expressions.thresholds import substituted, thresholds


def found(condition: str, **values: float) -> list[tuple[str, float, int]]:
    """Subject, number and direction of every threshold."""
    tree = parse(condition)
    assert tree is not None
    return [(each.subject, each.value, each.truer) for each in thresholds(substituted(tree, values))]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("result[0] <= 0.05", [("result[0]", 0.05, 1)]),
        ("result.apdex >= 0.9", [("result.apdex", 0.9, -1)]),
        ("0.9 < result.apdex", [("result.apdex", 0.9, -1)]),
        ("!(result.x > 3)", [("result.x", 3, 1)]),
        ("result.x < 1 || result.y > 2 && true", [("result.x", 1, 1), ("result.y", 2, -1)]),
        ("result[0] <= result[1] * 1.1 + 0.01", [("result[0]", 1.1, 1), ("result[0]", 0.01, 1)]),
        ("result.canary >= result.stable - 0.05", [("result.canary", 0.05, 1)]),
        ("result.x <= asFloat({{args.max}})", [("result.x", 7, 1)]),
        ("result.x < -2", [("result.x", 2, -1)]),
        ("result.x < 10 / 4", [("result.x", 10, 1), ("result.x", 4, -1)]),
        ("all(result, # < 5)", [("#", 5, 1)]),
        ("none(result, # > 5)", [("#", 5, 1)]),
        ("result.x == 5", []),
        ("len(other(5)) ? true : false", []),
        ("result.a + result.b < 5", [("result.a + result.b", 5, 1)]),
        ("(a ? b : c) < 5", [("the value", 5, 1)]),
    ],
)
def test_a_threshold_is_a_number_in_a_comparison(
    condition: str, expected: list[tuple[str, float, int]]
) -> None:
    assert found(condition, max=7) == expected


def test_a_shape_is_the_comparison_without_its_number() -> None:
    trees = [parse(text) for text in ("result.x < 1", "result.x < 2", "result.x <= 1")]
    shapes = [next(thresholds(tree)).shape for tree in trees if tree is not None]

    assert shapes[0] == shapes[1] != shapes[2]


def test_what_is_substituted_is_only_what_has_a_value() -> None:
    assert found("result.x < {{args.max}} && !(result.y < max(1, {{args.other}}))", max=3) == [
        ("result.x", 3, 1),
        ("result.y", 1, -1),
    ]


_NUMBERS = st.floats(-100, 100, allow_nan=False)
_SHAPES = st.sampled_from(
    [
        "v < {t}",
        "v >= {t}",
        "{t} > v",
        "!(v > {t})",
        "v < 2 * {t}",
        "v - {t} <= 1",
        "v > -{t}",
        "v <= w - {t} && v < 50",
    ]
)


@given(_SHAPES, _NUMBERS, st.floats(0.001, 50), _NUMBERS, _NUMBERS)
def test_moving_a_threshold_its_truer_way_never_makes_a_condition_false(
    shape: str, value: float, more: float, v: float, w: float
) -> None:
    """Held against Python, which compares and reckons as the engine does."""
    tree = parse(shape.format(t="{{args.t}}"))
    assert tree is not None
    (threshold,) = [each for each in thresholds(substituted(tree, {"t": 12345})) if each.value == 12345]
    python = shape.replace("!", "not ").replace("&&", "and")

    def holds(number: float) -> bool:
        return bool(eval(python.format(t=f"({number!r})"), {"v": v, "w": w}))  # noqa: S307 - of the shapes above

    assume(holds(value))

    assert holds(value + threshold.truer * more)
