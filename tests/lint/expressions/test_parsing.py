"""Conditions into trees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.lint.expressions.parsing import MAX_DEPTH, MAX_TOKENS, parse
from rollouts_router.lint.expressions.tree import (
    Binary,
    Call,
    Choice,
    Index,
    Member,
    Name,
    Number,
    Series,
    Text,
    Unary,
    walk,
)

RESULT = Name("result")
FIRST = Index(RESULT, Number(0))


@pytest.mark.parametrize(
    ("condition", "tree"),
    [
        ("result[0] < 0.05", Binary("<", FIRST, Number(0.05))),
        ("result.x", Member(RESULT, "x")),
        ("result?.x", Member(RESULT, "x")),
        ("result?.[0]", FIRST),
        ('result["average.duration"]', Member(RESULT, "average.duration")),
        ("not true and false", Binary("&&", Unary("!", Name("true")), Name("false"))),
        ("a || b && c", Binary("||", Name("a"), Binary("&&", Name("b"), Name("c")))),
        ("a + b * c", Binary("+", Name("a"), Binary("*", Name("b"), Name("c")))),
        ("(a + b) * -c", Binary("*", Binary("+", Name("a"), Name("b")), Unary("-", Name("c")))),
        ("a ? 1 : 2_000", Choice(Name("a"), Number(1), Number(2000))),
        ("a ?? 0 < 1", Binary("<", Binary("??", Name("a"), Number(0)), Number(1))),
        ("all(result, {# < 1})", Call("all", (RESULT, Binary("<", Name("#"), Number(1))))),
        ("all(result, # < 1)", Call("all", (RESULT, Binary("<", Name("#"), Number(1))))),
        ("any(result, {.x < 1})", Call("any", (RESULT, Binary("<", Member(Name("#"), "x"), Number(1))))),
        ("now().Hour()", Call("Hour", (Call("now", ()),))),
        ("x in [1, 'a']", Binary("in", Name("x"), Series((Number(1), Text("a"))))),
        ("x < {{args.max-rate}}", Binary("<", Name("x"), Name("args.max-rate"))),
        ("x < {{ args.max }} - 1", Binary("<", Name("x"), Binary("-", Name("args.max"), Number(1)))),
        ('asFloat("{{args.max}}")', Call("asFloat", (Name("args.max"),))),
        ("false", Name("false")),
    ],
)
def test_what_conditions_are_made_of_is_read(condition: str, tree: object) -> None:
    assert parse(condition) == tree


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "let x = 1; x",
        "a | b()",
        "{a: 1}",
        "a b",
        "a <",
        "a[",
        "a.1",
        "(a",
        "a ? b",
        "1..2",
        "@",
        "a.'b'",
        "x '<' y",
    ],
)
def test_what_is_not_understood_has_no_tree(condition: str) -> None:
    assert parse(condition) is None


@pytest.mark.parametrize("condition", ["(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), "!" * 500 + "a"])
def test_what_is_too_deep_has_no_tree(condition: str) -> None:
    assert parse(condition) is None


def test_what_is_too_long_has_no_tree() -> None:
    assert parse("+".join("a" * MAX_TOKENS)) is None


@given(st.text(alphabet="ab01 .,<>=!&|?:()[]{}#+-*/'\"\\\0{args.x}", max_size=80))
def test_no_condition_does_anything_but_have_a_tree_or_none(condition: str) -> None:
    tree = parse(condition)

    assert tree is None or list(walk(tree))
