"""Conditions that fail, or hide that there is nothing."""

import pytest
from tests.lint.manifest_text import codes, metric, template, told

QUERY = (
    "SELECT average(duration) AS duration, count(*) AS n, percentage(count(*), WHERE error) AS errors FROM T"
)
NEW_RELIC = {"newRelic": {"query": QUERY}}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("result.duration < 1", ["RR620"]),
        ("result.n > 0 && result.duration < 1", []),
        ("result.n >= {{args.min}} && result.duration < 1 && result.errors < 2", []),
        ("result.n >= 0 && result.duration < 1", ["RR620"]),
        ("result.duration > 0 && result.errors < 1", ["RR620", "RR620"]),
        ("result.errors != nil && result.errors < 1", []),
        ("result.n < 5", []),
        ("result[0].duration < 1", ["RR619", "RR620"]),
        ("len(result) > 0 && result[0].n < 1", []),
        ("other.duration < 1", []),
    ],
)
def test_values_of_new_relic_may_be_null(condition: str, expected: list[str]) -> None:
    declared = [{"name": "min", "value": "10"}]

    assert (
        sorted(codes(template(metric(provider=NEW_RELIC, successCondition=condition), args=declared)))
        == expected
    )


def test_other_providers_have_no_nulls() -> None:
    assert (
        codes(template(metric(provider={"web": {"url": "x"}}, successCondition="result.duration < 1"))) == []
    )


def test_an_entry_is_told_once_a_condition() -> None:
    found = told(
        template(metric(successCondition="result[0] < 1 || result[0] > 5", failureCondition="result[0] > 3"))
    )

    assert found == [
        ("RR619", 'metric "m": successCondition: result[0] is read whether or not the result has that entry'),
        ("RR619", 'metric "m": failureCondition: result[0] is read whether or not the result has that entry'),
    ]


def test_entries_of_other_lists_are_not_judged() -> None:
    assert codes(template(metric(successCondition="len(filter(result, # > 1)) < 3 && other[0] < 1"))) == []


def test_a_condition_that_is_not_understood_is_passed_over() -> None:
    assert codes(template(metric(successCondition="let x = result[0]; x < 1"))) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"successCondition": "now().Hour() >= 9"}, ["RR616"]),
        ({"successCondition": "now().Hour() >= 9", "failureCondition": "false"}, []),
        ({"failureCondition": "now().Hour() < 9"}, []),
        ({"successCondition": "result < 9"}, []),
    ],
)
def test_a_gate_on_the_time_needs_a_failure_condition(fields: dict[str, str], expected: list[str]) -> None:
    assert codes(template(metric(**fields))) == expected


@pytest.mark.parametrize(
    ("query", "fields", "expected"),
    [
        ("sum(a) / sum(b)", {"failureCondition": "result > 1"}, ["RR621"]),
        ("sum(a)\n/\nsum(b)", {"failureCondition": "result > 1"}, ["RR621"]),
        ("sum(a) / sum(b)", {"failureCondition": "isNaN(result) || result > 1"}, []),
        ("sum(a) / sum(b)", {"failureCondition": "result > 1", "successCondition": "result < 1"}, []),
        ("sum(a{path='/x'})", {"failureCondition": "result > 1"}, []),
        ("sum(a)", {"successCondition": "all(result, # < 1)"}, ["RR621"]),
        ("sum(a)", {"successCondition": "len(result) > 0 && all(result, # < 1)"}, []),
        ("sum(a)", {"successCondition": "none(result, # > 1)"}, ["RR621"]),
        ("sum(a)", {"successCondition": "any(result, # < 1)"}, []),
    ],
)
def test_no_data_may_not_pass(query: str, fields: dict[str, str], expected: list[str]) -> None:
    assert codes(template(metric(provider={"prometheus": {"query": query}}, **fields))) == expected


def test_what_is_only_a_rehearsal_may_pass_without_data() -> None:
    judged = metric(successCondition="all(result, # < 1)")

    assert codes(template(judged, dryRun=[{"metricName": ".*"}])) == []
