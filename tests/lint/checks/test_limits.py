"""How a metric ends, as Argo Rollouts 1.10 ends it."""

import pytest
from tests.lint.manifest_text import Json, codes, metric, template, told

BOTH = {"successCondition": "result < 1", "failureCondition": "result > 5"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"count": 5, "interval": "1m", "inconclusiveLimit": 4}, []),
        ({"count": 5, "interval": "1m", "inconclusiveLimit": 5}, ["RR611"]),
        ({"count": "5", "interval": "1m", "inconclusiveLimit": "5"}, ["RR611"]),
        ({"count": 5, "interval": "1m", "inconclusiveLimit": 5, "consecutiveSuccessLimit": 1}, []),
        ({"count": 5, "interval": "1m", "inconclusiveLimit": 6}, ["RR612"]),
        ({"inconclusiveLimit": 1}, ["RR611"]),
        ({"inconclusiveLimit": 3}, ["RR611"]),
        ({"interval": "1m", "inconclusiveLimit": 9}, []),
        ({"count": "{{args.n}}", "interval": "1m", "inconclusiveLimit": 9}, []),
        ({"count": 5, "interval": "1m", "inconclusiveLimit": "{{args.n}}"}, []),
    ],
)
def test_all_inconclusive_measurements_may_not_be_a_success(fields: Json, expected: list[str]) -> None:
    declared = [{"name": "n", "value": "3"}]

    assert codes(template(metric(**BOTH, **fields), args=declared)) == expected


def test_a_metric_that_is_never_inconclusive_may_have_any_limit() -> None:
    assert codes(template(metric(successCondition="result < 1", inconclusiveLimit=1))) == []
    assert codes(template(metric(provider={"plugin": {"x/y": {}}}, inconclusiveLimit=1))) == ["RR611"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"count": 2}, ["RR614"]),
        ({"count": 1}, []),
        ({"count": 2, "interval": "1m"}, []),
        ({"count": 2, "interval": "1m", "failureLimit": 3}, ["RR615"]),
        ({"count": 3, "interval": "1m", "failureLimit": 3}, []),
        ({"count": 3, "interval": "1m", "failureLimit": 1, "consecutiveSuccessLimit": 3}, ["RR615"]),
        ({"count": 3, "interval": "1m", "failureLimit": "{{args.n}}"}, []),
        ({"count": 3, "interval": "1m", "failureLimit": -1}, ["RR632"]),
        (
            {"count": 3, "interval": "1m", "failureLimit": -1, "consecutiveSuccessLimit": 4},
            ["RR615", "RR617"],
        ),
        ({"interval": "1m", "failureLimit": -1, "consecutiveSuccessLimit": 4}, []),
        ({"count": 3, "interval": "1m", "failureLimit": -1, "consecutiveSuccessLimit": 2, **BOTH}, []),
        (
            {"count": 3, "interval": "1m", "failureLimit": -1, "consecutiveSuccessLimit": "{{args.n}}"},
            ["RR617"],
        ),
    ],
)
def test_counts_and_limits_have_to_go_together(fields: Json, expected: list[str]) -> None:
    declared = [{"name": "n", "value": "3"}]

    assert sorted(codes(template(metric(**fields), args=declared))) == expected


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ({"prometheus": {"query": "x"}}, []),
        ({"prometheus": {"query": "x"}, "web": {"url": "x"}}, ["its providers are: prometheus and web"]),
        ({"plugin": {"a/b": {}, "c/d": {}}}, ["its providers are: plugin and plugin"]),
        ({"prometheus": None}, ["its providers are: none"]),
    ],
)
def test_a_metric_has_one_provider(provider: Json, expected: list[str]) -> None:
    assert [text for _, text in told(template(metric(provider=provider)))] == [
        f'metric "m": {each}' for each in expected
    ]


@pytest.mark.parametrize(("provider", "expected"), [("web", ["RR622"]), ("job", []), ("kayenta", [])])
def test_what_only_measures_needs_a_condition(provider: str, expected: list[str]) -> None:
    assert codes(template({"name": "m", "provider": {provider: {}}})) == expected
    assert codes(template({"name": "m", "provider": {provider: {}}, "successCondition": ""})) == expected


def test_each_term_without_a_name_is_told() -> None:
    query = "SELECT count(*), average(duration) AS 'd' , percentile(duration, 95) FROM Transaction"

    found = told(template(metric(provider={"newRelic": {"query": query}})))

    assert [text for code, text in found if code == "RR628"] == [
        'metric "m": its query selects count(*)',
        'metric "m": its query selects percentile(duration, 95)',
    ]


def test_templates_of_the_cluster_are_looked_at_too() -> None:
    assert codes(template(metric(count=2), kind="ClusterAnalysisTemplate")) == ["RR614"]
