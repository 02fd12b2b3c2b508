"""Texts of a run made fit to be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observability.objects import arg, secret_arg

from rollouts_router.why.wording import cut, filled, has_secrets, one_line, value_shown


@pytest.mark.parametrize(
    "words", ["x > {{args.n}}", "x > {{ args.n }}", "x > {{args.n  }}", "x > {{\targs.n\n}}"]
)
def test_an_argument_takes_the_place_of_its_braces_with_spaces_or_without(words: str) -> None:
    assert filled(words, [arg("n", "3")]) == "x > 3"


def test_an_argument_is_not_taken_for_one_with_a_longer_name() -> None:
    assert filled("{{args.max}} {{args.max-rate}} {{args.maxXrate}}", [arg("max-rate", "1")]) == (
        "{{args.max}} 1 {{args.maxXrate}}"
    )


@given(st.text())
def test_any_value_is_filled_in_as_it_is(value: str) -> None:
    assert filled("a{{args.n}}b", [arg("n", value)]) == f"a{value}b"


@pytest.mark.parametrize(
    "argument", [secret_arg("n"), {**secret_arg("n"), "value": "hunter2"}, {"name": "n"}, None]
)
def test_a_secret_or_missing_value_stays_a_placeholder(argument: object) -> None:
    assert filled("{{args.n}}", [argument]) == "{{args.n}}"


def test_secrets_are_noticed() -> None:
    assert has_secrets([arg("a", "1"), secret_arg("b")])
    assert not has_secrets([arg("a", "1")])
    assert not has_secrets(None)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("[0.034]", "0.034"),
        ("[NaN]", "NaN"),
        ("[]", "[]"),
        ("[1,2]", "[1,2]"),
        ('{"n":1}', '{"n":1}'),
        ("", ""),
    ],
)
def test_a_vector_of_one_number_is_that_number(value: str, shown: str) -> None:
    assert value_shown(value) == shown


@given(st.text(), st.integers(1, 50))
def test_what_is_cut_keeps_its_beginning_and_says_that_it_was_cut(words: str, most: int) -> None:
    shown = cut(words, most)
    assert shown == words if len(words) <= most else shown == f"{words[:most]}…"


@given(st.text())
def test_one_line_is_one_line(words: str) -> None:
    assert not set("\n\r\t") & set(one_line(words, 100))


def test_white_space_becomes_one_space() -> None:
    assert one_line("  sum(\n    a)\t\t/ b ", 100) == "sum( a) / b"
