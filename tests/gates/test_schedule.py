"""When gates read, and what a row of readings comes to: nothing passes but a hold's worth of good readings in a row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.charts.rendering import RefusedError
from tests.gates.gated import gates, seconds, worker
from tests.gates.verdicts import verdict

if TYPE_CHECKING:
    from tests.charts.rendering import Object

RENDERED = 12  # examples of a property; each is a run of Helm's engine
READINGS = st.lists(st.sampled_from(["Successful", "Failed", "Inconclusive"]), max_size=60)

paces = st.fixed_dictionaries(
    {"criticality": st.sampled_from(["low", "standard", "critical"]), "trafficProfile": st.sampled_from(["peak", "offpeak"])},
    optional={"pace": st.fixed_dictionaries({"hold": st.integers(4, 5000).map(lambda number: f"{number}s")})},
)  # fmt: skip


def gate() -> Object:
    return gates().metrics["errors"]


@settings(max_examples=RENDERED, deadline=None)
@given(paces)
def test_every_gate_satisfies_the_controllers_rules_and_can_only_pass_by_good_readings(
    values: Object,
) -> None:
    """Its rules: delivery-kit.md 3.1; without consecutiveSuccessLimit a run of nothing but Inconclusive would pass."""
    for metric in gates(**values).metrics.values():
        assert metric["consecutiveSuccessLimit"] >= 1
        assert metric["count"] >= metric["failureLimit"] + metric["consecutiveSuccessLimit"]
        assert metric["inconclusiveLimit"] <= metric["count"]
        assert {"successCondition", "failureCondition", "interval"} <= set(metric)


@settings(max_examples=RENDERED, deadline=None)
@given(paces)
def test_good_readings_fill_the_hold_and_no_query_sees_the_step_before(values: Object) -> None:
    hold = {"low": 300, "standard": 600, "critical": 1200}[values["criticality"]]
    hold = hold * 3 // 2 if values["trafficProfile"] == "peak" else hold
    hold = seconds(values["pace"]["hold"]) if "pace" in values else hold
    for metric in gates(**values).metrics.values():
        (window,) = {
            int(found) for found in re.findall(r"\[(\d+)s\]", metric["provider"]["prometheus"]["query"])
        }
        delay, interval = seconds(metric["initialDelay"]), seconds(metric["interval"])
        assert window <= delay
        assert delay + (metric["consecutiveSuccessLimit"] - 1) * interval == hold


@given(READINGS)
def test_a_gate_passes_exactly_after_enough_good_readings_in_a_row(readings: list[str]) -> None:
    metric = gate()
    ended, after = verdict(metric, readings)
    wanted = metric["consecutiveSuccessLimit"]
    if ended == "Successful":
        assert readings[after - wanted : after] == ["Successful"] * wanted
        assert readings[:after].count("Failed") <= metric["failureLimit"]


@given(st.integers(0, 40))
def test_without_traffic_a_gate_ends_inconclusive_whatever_was_before(good: int) -> None:
    metric = gate()
    good = min(good, metric["consecutiveSuccessLimit"] - 1)
    assert verdict(metric, ["Successful"] * good + ["Inconclusive"] * 60)[0] == "Inconclusive"


def test_traffic_that_comes_late_is_waited_for() -> None:
    metric = gate()
    late = ["Inconclusive"] * metric["inconclusiveLimit"] + ["Successful"] * metric["consecutiveSuccessLimit"]
    assert verdict(metric, late) == ("Successful", len(late))


@pytest.mark.parametrize(("criticality", "forgiven"), [("low", 2), ("standard", 1), ("critical", 0)])
def test_bad_readings_are_forgiven_by_criticality(criticality: str, forgiven: int) -> None:
    metric = gates(criticality=criticality).metrics["errors"]
    assert verdict(metric, ["Failed"] * forgiven)[0] == "Running"
    assert verdict(metric, ["Failed"] * (forgiven + 1)) == ("Failed", forgiven + 1)


@given(st.lists(st.sampled_from(["Successful", "Inconclusive"]), max_size=400))
def test_the_pace_never_ends_failed_and_passes_at_the_first_good_reading(readings: list[str]) -> None:
    pace = {"window": {"timezone": "Europe/Paris"}, "load": {"ceiling": 100}}
    for name in ("window", "load"):
        metric = gates(pace=pace).metrics[name]
        assert metric["failureCondition"] == "false"
        ended, after = verdict(metric, readings)
        assert ended == (
            "Successful"
            if "Successful" in readings[:288]
            else "Inconclusive"
            if len(readings) >= 288
            else "Running"
        )
        assert ended != "Successful" or readings[after - 1] == "Successful"


def test_a_provider_that_is_away_does_not_end_a_wait() -> None:
    """Errors are retried every ten seconds, and more of them than limit abort: that many take a hundred days."""
    metric = gates(pace={"window": {"timezone": "UTC"}}).metrics["window"]
    assert metric["consecutiveErrorLimit"] * 10 > 100 * 24 * 3600


def test_a_window_longer_than_the_hold_is_refused() -> None:
    with pytest.raises(RefusedError, match="a query would see what was before"):
        gates(pace={"hold": "1m"}, gates={"window": "2m"})


def test_a_workers_gate_reads_by_the_same_rules() -> None:
    assert set(worker().metrics) == {"lag"}
    assert {**worker().metrics["lag"], "name": "", "provider": {}, "successCondition": "", "failureCondition": ""} == {
        **gate(), "name": "", "provider": {}, "successCondition": "", "failureCondition": "",
    }  # fmt: skip
