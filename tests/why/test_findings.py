"""What a run found. That alerts say the same is held by the golden files in tests/observability."""

import pytest
from observability.objects import measured, metric, result, rollout, run
from observability.samples import SAMPLES

from rollouts_router.why.findings import Finding, Phase, verdict_of


def finding(spec: dict[str, object], found: dict[str, object], phase: str = "Failed") -> Finding:
    verdict = verdict_of(rollout(), run(phase, [spec], [found]))
    assert verdict is not None
    return verdict.findings[0]


def test_a_failure_without_a_failure_condition_missed_its_success_condition() -> None:
    spec = metric("m", successCondition="result[0] <= 1")
    told = finding(spec, result("m", "Failed", measured("[2]", "Failed")))
    assert told.sentence() == "m = 2, needs result[0] <= 1"


def test_a_failure_with_a_failure_condition_tripped_that() -> None:
    spec = metric("m", successCondition="result[0] <= 1", failureCondition="result[0] > 2")
    told = finding(spec, result("m", "Failed", measured("[3]", "Failed")))
    assert told.sentence() == "m = 3, fails when result[0] > 2"


def test_an_inconclusive_metric_shows_both() -> None:
    spec = metric("m", successCondition="result[0] <= 1", failureCondition="result[0] > 2")
    told = finding(spec, result("m", "Inconclusive", measured("[1.5]", "Inconclusive")), "Inconclusive")
    assert told.sentence() == "m = 1.5, inconclusive, needs result[0] <= 1, fails when result[0] > 2"


def test_an_error_shows_its_message_and_what_was_wanted() -> None:
    spec = metric("m", successCondition="result[0] <= 1")
    told = finding(spec, result("m", "Error", measured("", "Error", "no route"), consecutiveError=5), "Error")
    assert told.sentence() == "m could not be measured: no route; needs result[0] <= 1"
    assert told.counts == "errors in a row: 5, allowed 4"


def test_a_metric_that_nothing_is_known_of_is_shown_all_the_same() -> None:
    assert finding({}, {"name": "m", "phase": "Failed"}).lines() == (
        "- m = nothing",
        "  failed 0 of 0, allowed 0",
    )
    assert finding({}, {"name": "m", "phase": "Error"}, "Error").sentence() == (
        "m could not be measured: no reason is given"
    )


def test_the_value_is_that_of_the_last_measurement_that_ended_like_the_metric() -> None:
    readings = (measured("[1]", "Failed"), measured("[2]", "Failed"), measured("[3]", "Successful"))
    assert finding(metric("m"), result("m", "Failed", *readings)).value == "2"


def test_a_verdict_over_all_measurements_shows_the_last() -> None:
    readings = (measured("[1]", "Successful"), measured("[2]", "Successful"))
    assert finding(metric("m"), result("m", "Inconclusive", *readings), "Inconclusive").value == "2"


@pytest.mark.parametrize("phase", ["Successful", "Running", "Pending", "", None])
def test_a_run_that_did_not_go_wrong_has_no_verdict(phase: str | None) -> None:
    assert verdict_of(rollout(), {"status": {"phase": phase}}) is None
    assert verdict_of(rollout(), {}) is None


def test_the_query_is_the_one_that_was_sent() -> None:
    found = result("m", "Failed", measured("[2]", "Failed"), metadata={"ResolvedNewRelicQuery": "SELECT 1"})
    assert finding(metric("m", "q"), found).query == "SELECT 1"
    assert finding(metric("m", "q"), result("m", "Failed", measured("[2]", "Failed"))).query == "q"


def test_what_passed_is_kept_apart_and_a_rehearsal_is_not() -> None:
    sample = SAMPLES["several-metrics"]
    verdict = verdict_of(sample.rollout, sample.runs[0])
    assert verdict is not None
    assert verdict.passed == (("passed", "1"),)
    assert [each.metric for each in verdict.findings] == ["errors", "apdex", "latency"]


def test_a_run_without_findings_says_what_the_controller_says() -> None:
    verdict = verdict_of(rollout(), run("Error", [], [], message="Analysis spec invalid"))
    assert verdict is not None
    assert verdict.lines()[1:] == ("- Analysis spec invalid",)


def test_more_metrics_than_an_alert_holds_are_counted() -> None:
    results = [result(str(number), "Failed", measured("[1]", "Failed")) for number in range(9)]
    verdict = verdict_of(rollout(), run("Failed", [], results))
    assert verdict is not None
    assert (len(verdict.findings), verdict.omitted, verdict.lines()[-1]) == (7, 2, "- and 2 more")


def test_the_phases_are_three() -> None:
    assert {phase.value for phase in Phase} == {"Failed", "Error", "Inconclusive"}
