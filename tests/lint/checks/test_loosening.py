"""Later steps are as strict as earlier ones, or stricter."""

import pytest
from tests.lint.manifest_text import Json, codes, metric, rollout, template, told


def gated(*arguments: Json, names: tuple[str, ...] = ()) -> Json:
    """A Rollout with one analysis step for each of these arguments."""
    steps: list[Json] = []
    for at, given in enumerate(arguments):
        name = names[at] if names else "gate"
        args = [{"name": key, "value": value} for key, value in given.items()]
        steps += [
            {"setWeight": 10 * (at + 1)},
            {"analysis": {"templates": [{"templateName": name}], "args": args}},
        ]
    return rollout(*steps)


def gate(success: str, failure: str = "", **defaults: str) -> Json:
    """A template with these conditions and arguments."""
    conditions = {"successCondition": success, **({"failureCondition": failure} if failure else {})}
    declared = [{"name": name, "value": value} for name, value in defaults.items()]
    return template(metric(**conditions), args=declared)


@pytest.mark.parametrize(
    ("success", "failure", "values", "expected"),
    [
        ("result < {{args.x}}", "", ("3", "2", "1"), []),
        ("result < {{args.x}}", "", ("1", "1"), []),
        ("result < {{args.x}}", "", ("1", "2"), ["RR618"]),
        ("result < {{args.x}}", "", ("1", "3", "2"), ["RR618"]),
        ("result > {{args.x}}", "", ("2", "1"), ["RR618"]),
        ("result > {{args.x}}", "", ("1", "2"), []),
        ("result < 1", "result > {{args.x}}", ("5", "9"), ["RR618"]),
        ("result < 1", "result > {{args.x}}", ("9", "5"), []),
        ("!(result >= {{args.x}})", "", ("1", "2"), ["RR618"]),
        ("result.c <= result.s * {{args.x}} + 1", "", ("1.1", "1.2"), ["RR618"]),
        ("result.n >= {{args.x}} && result.e < 1", "", ("100", "50"), ["RR618"]),
        (
            "result.n >= {{args.x}} && result.e < 1",
            "result.n >= {{args.x}} && result.e > 2",
            ("100", "50"),
            [],
        ),
        ("result < {{args.x}}", "", ("text", "2"), []),
        ("result == {{args.x}}", "", ("1", "2"), []),
    ],
)
def test_a_number_may_not_move_the_way_that_lets_more_pass(
    success: str, failure: str, values: tuple[str, ...], expected: list[str]
) -> None:
    found = codes(gated(*({"x": value} for value in values)), gate(success, failure, x="0"))

    assert [code for code in found if code != "RR620"] == expected


def test_the_sentence_has_both_steps_and_both_numbers() -> None:
    assert told(gated({"x": "1"}, {"x": "2.5"}), gate("result < {{args.x}}", x="0")) == [
        (
            "RR618",
            'metric "m": the threshold for result is 1 in step 2 and 2.5 in step 4, which lets more pass',
        )
    ]


def test_a_default_counts_where_nothing_is_given() -> None:
    assert codes(gated({"x": "1"}, {}), gate("result < {{args.x}}", x="5")) == ["RR618"]


def test_templates_of_their_own_are_compared_by_metric_query_and_comparison() -> None:
    strict = template(metric(successCondition="result < 1"), name="strict")
    loose = template(metric(successCondition="result < 5"), name="loose")
    other = template(
        metric(successCondition="result < 5", provider={"prometheus": {"query": "other"}}), name="loose"
    )

    assert codes(gated({}, {}, names=("strict", "loose")), strict, loose) == ["RR618"]
    assert codes(gated({}, {}, names=("loose", "strict")), strict, loose) == []
    assert codes(gated({}, {}, names=("strict", "loose")), strict, other) == []


def test_a_rehearsal_may_be_as_loose_as_it_likes() -> None:
    given = gate("result < {{args.x}}", x="0")
    given["spec"]["dryRun"] = [{"metricName": "m"}]

    assert codes(gated({"x": "1"}, {"x": "2"}), given) == []


def test_two_rollouts_are_two_stories() -> None:
    first, second = gated({"x": "1"}), gated({"x": "2"})
    second["metadata"]["name"] = "other"

    assert codes(first, second, gate("result < {{args.x}}", x="0")) == []
