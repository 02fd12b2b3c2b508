"""How Rollouts use their templates."""

import pytest
from tests.lint.manifest_text import Json, codes, metric, rollout, strategy, template, thing, told

LIMIT = {"name": "limit"}
LIMITED = metric(successCondition="result < {{args.limit}}")


def using(*names: str, **fields: Json) -> Json:
    """A Rollout with a step that uses these templates."""
    return rollout(
        {"setWeight": 20}, {"analysis": {"templates": [{"templateName": name} for name in names], **fields}}
    )


def test_a_background_analysis_may_be_endless_and_no_other() -> None:
    endless = template(metric(interval="1m"))
    templates = {"templates": [{"templateName": "gate"}]}

    assert codes(rollout(canary={"analysis": templates}), endless) == []
    assert codes(using("gate"), endless) == ["RR613"]
    for field in ("prePromotionAnalysis", "postPromotionAnalysis"):
        blue = thing(
            "argoproj.io/v1alpha1", "Rollout", "shop", {"strategy": {"blueGreen": {field: templates}}}
        )
        assert codes(blue, endless) == ["RR613"]


def test_a_count_from_an_argument_is_one() -> None:
    given = template(metric(interval="1m", count="{{args.n}}"), args=[{"name": "n", "value": "3"}])

    assert codes(using("gate"), given) == []


def test_the_analyses_of_an_experiment_are_uses() -> None:
    step = {
        "experiment": {
            "analyses": [{"name": "a", "templateName": "gate", "args": [{"name": "x", "value": "1"}]}]
        }
    }

    assert codes(rollout({"setWeight": 20}, step), template(metric(interval="1m"))) == ["RR630"]


def test_templates_that_others_name_are_followed_without_end() -> None:
    first = template(metric("a"), name="a", templates=[{"templateName": "b"}])
    second = template(
        metric("b"), name="b", templates=[{"templateName": "a"}, {"templateName": "c", "clusterScope": True}]
    )
    third = template(metric("c", interval="1m"), name="c", kind="ClusterAnalysisTemplate")

    assert codes(using("a"), first, second, third) == ["RR613"]
    assert codes(using("a"), first, second) == ["RR626"]


def test_a_template_of_the_cluster_is_another_one_than_that_of_the_namespace() -> None:
    assert codes(using("gate"), template(metric(), kind="ClusterAnalysisTemplate")) == ["RR626"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"name": "x", "value": "1"}, {"name": "x", "value": "2"}, ["RR625"]),
        ({"name": "x", "value": "1"}, {"name": "x", "value": "1"}, []),
        ({"name": "x", "value": "1"}, {"name": "x"}, []),
        ({"name": "x"}, {"name": "x", "value": "1"}, []),
        ({"name": "x"}, {"name": "x"}, ["RR631"]),
    ],
)
def test_an_argument_has_one_default(first: Json, second: Json, expected: list[str]) -> None:
    one, two = template(metric("a"), name="a", args=[first]), template(metric("b"), name="b", args=[second])

    assert codes(using("a", "b"), one, two) == expected


def test_two_metrics_of_one_name_clash_across_templates() -> None:
    found = told(using("a", "b"), template(metric(), name="a"), template(metric(), name="b"))

    assert found == [("RR625", 'metric "m" is in template "a" and in "b"')]


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ({"name": "limit", "value": "1"}, []),
        ({"name": "limit", "valueFrom": {"podTemplateHashValue": "Latest"}}, []),
        ({"name": "limit", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, []),
        ({"name": "limit", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}, ["RR627"]),
        ({"name": "limits", "value": "1"}, ["RR630", "RR631"]),
        ({"name": "limit"}, ["RR631"]),
    ],
)
def test_arguments_have_to_arrive(argument: Json, expected: list[str]) -> None:
    assert sorted(codes(using("gate", args=[argument]), template(LIMITED, args=[LIMIT]))) == expected


def test_arguments_are_not_judged_while_a_template_is_missing() -> None:
    found = codes(using("gate", "other", args=[{"name": "x", "value": "1"}]), template(LIMITED, args=[LIMIT]))

    assert found == ["RR626"]


def test_an_argument_that_another_template_of_the_use_declares_is_declared() -> None:
    other = template(metric("b"), name="b", args=[{"name": "limit", "value": "1"}])

    assert codes(using("gate", "b"), template(LIMITED), other) == []
    assert codes(using("gate"), template(LIMITED)) == ["RR629"]
    assert codes(template(LIMITED)) == ["RR629"]
    assert codes(template(LIMITED, templates=[{"templateName": "b"}]), other) == []
    assert codes(template(LIMITED, templates=[{"templateName": "elsewhere"}])) == []


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("m", []), ("^m$", []), (".*", []), ("latency", ["RR624"]), ("(", []), ("(a+)+$", []), ("x" * 300, [])],
)
def test_a_name_of_a_metric_is_a_pattern_and_in_doubt_it_matches(pattern: str, expected: list[str]) -> None:
    for field in ("dryRun", "measurementRetention"):
        assert codes(template(metric(), **{field: [{"metricName": pattern}]})) == expected


def test_a_pattern_may_mean_a_metric_of_a_template_that_is_used_along() -> None:
    one = template(metric("a"), name="a", dryRun=[{"metricName": "b"}])

    assert codes(using("a", "b"), one, template(metric("b"), name="b")) == []


def test_a_rollout_without_analysis_uses_none() -> None:
    assert codes(strategy({})) == []
