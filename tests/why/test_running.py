"""Analyses that are not over."""

import pytest
from observability.objects import arg, measured, metric, result, rollout, run

from rollouts_router.why.running import is_running, lines_of


@pytest.mark.parametrize(
    ("phase", "running"), [("Running", True), ("Pending", True), ("", True), ("Failed", False)]
)
def test_a_run_without_a_verdict_is_running(phase: str, *, running: bool) -> None:
    assert is_running({"status": {"phase": phase}}) is running


def test_a_window_gate_says_what_it_waits_for() -> None:
    spec = metric("window", successCondition="now().Hour() in {{args.hours}}", count=12, inconclusiveLimit=12)
    found = result("window", "Running", *[measured("[1]", "Inconclusive")] * 3)
    lines = list(lines_of(rollout(), run("Running", [spec], [found], args=[arg("hours", "9..16")], name="r")))
    assert lines == [
        "Analysis r runs in step 5 of 8 (weight 25)",
        "- window: 1 (inconclusive), measured 3 of 12; it waits for now().Hour() in 9..16, inconclusive 3 of 12 allowed",
    ]


def test_a_metric_without_a_reading_is_named() -> None:
    assert list(lines_of(rollout(), run("Running", [metric("m")], [])))[1:] == ["- m: not measured yet"]


def test_a_good_reading_waits_for_nothing() -> None:
    found = result("m", "Running", measured("[1]", "Inconclusive"), measured("[2]", "Successful"))
    assert list(lines_of(rollout(), run("Running", [metric("m")], [found])))[1:] == [
        "- m: 2 (successful), measured 2"
    ]


def test_an_error_shows_its_message() -> None:
    found = result("m", "Running", measured("", "Error", "no route"))
    assert list(lines_of(rollout(), run("Running", [metric("m")], [found])))[1:] == [
        "- m: no route (error), measured 0"
    ]
