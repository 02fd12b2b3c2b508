"""The whole answer."""

import json

from observability.objects import rollout
from observability.samples import SAMPLES
from tests.why.objects import BY_ANALYSIS, NOW, aborted, asked, event, paused

from rollouts_router.why.report import Read, as_json, as_text, report_of


def test_an_abort_is_told_with_value_threshold_query_and_commands() -> None:
    assert as_text(asked(aborted(BY_ANALYSIS), *SAMPLES["failed"].runs)) == (
        """\
shop/web: stopped
The update to revision 3 is aborted: traffic is with the stable version.
An analysis ended it:

Analysis web-7d9c5b6f4-3-4 failed in step 5 of 8 (weight 25)
- error-rate = 0.034, needs result[0] <= 0.01
  failed 2 of 3, allowed 1
  query: sum(rate(http_requests_total{app="web",code=~"5.."}[2m])) / sum(rate(http_requests_total{app="web"}[2m]))

Release a version that is right, or the former one; until then the Rollout stays degraded.
When that was no fault of the new version, try the same again:
  kubectl argo rollouts retry rollout web -n shop
Make the former version the wanted one:
  kubectl argo rollouts undo web -n shop"""
    )


def test_warnings_are_told() -> None:
    told = as_text(asked(rollout(index=3), events=(event("TrafficRoutingError", "no routes", "x"),)))
    assert "\nEvent TrafficRoutingError: no routes\n" in told


def test_what_passed_beside_the_failure_is_told_too() -> None:
    told = as_text(asked(aborted(BY_ANALYSIS), *SAMPLES["several-metrics"].runs))
    assert "\n  beside that: passed = 1\n" in told


def test_runs_of_other_revisions_and_pods_are_left_out() -> None:
    assert asked(aborted(BY_ANALYSIS), *SAMPLES["others"].runs).seen.verdicts == ()


def test_only_the_newest_runs_are_told_of() -> None:
    told = json.loads(as_json(asked(aborted(BY_ANALYSIS), *SAMPLES["longest"].runs)))
    assert [each["run"][-1] for each in told["runs"]] == ["3", "2", "1"]


def test_a_run_of_an_earlier_try_is_not_told_while_it_goes_well() -> None:
    assert "error-rate" not in as_text(asked(rollout(index=3), *SAMPLES["failed"].runs))


def test_what_could_not_be_read_is_told() -> None:
    report = report_of(
        Read(rollout=rollout(), runs=(), events=(), unread=("Not read: events: forbidden",)), NOW
    )
    assert as_text(report).endswith("\n\nNot read: events: forbidden")
    assert json.loads(as_json(report))["unread"] == ["Not read: events: forbidden"]


def test_json_has_the_same_and_the_numbers() -> None:
    told = json.loads(as_json(asked(paused("InconclusiveAnalysisRun"), *SAMPLES["inconclusive"].runs)))
    assert told["state"] == "stopped"
    assert told["step"] == {"number": 5, "steps": 8, "weight": 25}
    (metric,) = told["runs"][0]["metrics"]
    assert metric["value"] == "[0.91,12]"
    assert metric["needs"] == "result[1] >= 100 && result[0] >= 0.9"


def test_json_calls_a_run_s_fields_as_the_webhook_does() -> None:
    run = json.loads(as_json(asked(aborted(BY_ANALYSIS), *SAMPLES["failed"].runs)))["runs"][0]
    assert set(run) - {"passed"} == {"run", "phase", "where", "message", "metrics", "omitted", "lines"}
