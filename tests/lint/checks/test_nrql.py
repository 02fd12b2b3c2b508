"""What a NRQL query selects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.lint.checks.nrql import Term, terms


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT count(*) AS n FROM T", [("count(*)", "n")]),
        (
            "FROM T SELECT count(*) as `the n` WHERE a = 'SELECT, x' SINCE 5 minutes ago",
            [("count(*)", "the n")],
        ),
        (
            "SELECT filter(count(*), WHERE x) / count(*) AS rate, average(d) FROM T",
            [("filter(count(*), WHERE x) / count(*)", "rate"), ("average(d)", "")],
        ),
        ("SELECT percentage(count(*), WHERE a AS b) FROM T", [("percentage(count(*), WHERE a AS b)", "")]),
        ("SELECT average(`as`) AS\n  d, count(*) AS n", [("average(`as`)", "d"), ("count(*)", "n")]),
        ("SELECT {{args.what}} AS x FROM T", [("{{args.what}}", "x")]),
        ("SELECT", []),
        ("", []),
    ],
)
def test_terms_are_what_stands_between_select_and_the_next_clause(
    query: str, expected: list[tuple[str, str]]
) -> None:
    assert [(term.text.strip(), term.alias) for term in terms(query)] == expected


@pytest.mark.parametrize(
    ("text", "is_count"),
    [
        ("count(*)", True),
        (" uniqueCount(a)", True),
        ("filter(count(*), WHERE a)", True),
        ("SUM(a)", True),
        ("average(a)", False),
        ("counts", False),
    ],
)
def test_counts_are_never_null(text: str, *, is_count: bool) -> None:
    assert Term(text, "n").is_count is is_count


@given(st.text(alphabet="SELECTFROMAS select,()'`\"{}*x ", max_size=60))
def test_no_query_is_too_much(query: str) -> None:
    assert all(isinstance(term, Term) for term in terms(query))
