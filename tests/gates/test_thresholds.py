"""What gates allow at which weight: tighter as more traffic is exposed, and refused when a value says otherwise."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.charts.rendering import RefusedError, sentences
from tests.gates.gated import BUSINESS, gates, worker
from tests.gates.page import PAGE, page

if TYPE_CHECKING:
    from tests.charts.rendering import Object

LEAST: Final = {"min-success-rate", "min-apdex", "min-business-ratio"}
share = st.floats(0.0001, 0.2).map(lambda value: round(value, 4))


@settings(max_examples=12, deadline=None)
@given(
    share,
    share,
    st.floats(0.8, 1).map(lambda value: round(value, 3)),
    st.sampled_from(["low", "standard", "critical"]),
)
def test_no_step_allows_more_than_the_one_before(
    errors: float, dependencies: float, success: float, criticality: str
) -> None:
    slo = {"errorRate": errors, "dependencyErrorRate": dependencies, "successRate": success}
    found = gates(slo=slo, criticality=criticality, gates={"business": BUSINESS})
    for before, after in itertools.pairwise([5, 25, 50, 100]):
        tighter = found.args(after)
        for name, value in found.args(before).items():
            if name not in tighter or name.endswith("hash"):
                continue
            assert (
                float(tighter[name]) >= float(value)
                if name in LEAST
                else float(tighter[name]) <= float(value)
            )
    assert float(found.args(100)["max-error-rate"]) <= max(errors * 2, errors)


@pytest.mark.parametrize(
    ("name", "levels"),
    [("errorRate", [0.01, 0.02]), ("successRate", [0.99, 0.98]), ("latencyRatio", [1.2, 1.3, 1.1]), ("apdexDrop", [0.03, 0.05])],
)  # fmt: skip
def test_a_looser_later_level_is_refused_unless_it_is_wanted(name: str, levels: list[float]) -> None:
    with pytest.raises(RefusedError) as refused:
        gates(gates={"thresholds": {name: levels}})
    (sentence,) = sentences(str(refused.value))
    assert sentence == (
        f"gates.thresholds.{name} goes from {levels[0]} to {levels[1]}, which is looser at a higher weight: tighten it, "
        "or set gates.allowLoosening"
    )
    assert gates(gates={"thresholds": {name: levels}, "allowLoosening": True}).metrics


def test_own_levels_hold_from_their_weights_on() -> None:
    found = gates(gates={"thresholds": {"errorRate": [0.03, 0.01]}}, pace={"weights": [1, 5, 6, 49, 50, 100]})
    assert [found.args(weight)["max-error-rate"] for weight in (1, 5, 6, 49, 50, 100)] == ["0.03"] * 2 + [
        "0.01"
    ] * 4


def test_nothing_is_compared_with_a_stable_that_has_no_traffic() -> None:
    found = gates(gates={"business": BUSINESS})
    relative = {"latency-relative", "apdex-relative", "business"}
    assert found.names(5) - found.names(100) == relative
    assert found.names(5) >= found.names(100)


def test_a_template_declares_what_its_metric_uses_and_every_step_gives_it() -> None:
    for found in (
        gates(gates={"business": BUSINESS}, pace={"window": {"timezone": "UTC"}, "load": {"ceiling": 5}}),
        worker(),
    ):
        for _weight, analysis in found.analyses:
            given_args = {each["name"] for each in analysis["args"]} if "args" in analysis else set()
            for template in analysis["templates"]:
                assert found.declared[template["templateName"]] <= given_args


def test_the_table_on_the_page_is_what_is_rendered() -> None:
    """`python -m tests.gates.page` writes it anew."""
    assert PAGE.read_text() == page()


def test_dry_run_lets_nothing_fail() -> None:
    def dry(**values: object) -> list[Object | None]:
        return [analysis.get("dryRun") for _, analysis in gates(**values).analyses]

    assert set(map(str, dry())) == {"None"}
    assert dry(gates={"dryRun": True}) == [[{"metricName": ".*"}]] * 4


@pytest.mark.parametrize(
    ("values", "phases"),
    [
        ({}, {"post"}),
        ({"blueGreen": {"previewHost": "preview.example.com"}}, {"pre", "post"}),
        ({"gates": {"blueGreen": {"pre": True, "post": False}}}, {"pre"}),
        ({"gates": {"provider": "none"}}, set()),
    ],
)
def test_blue_green_is_judged_by_its_late_limits_and_without_comparisons(
    values: Object, phases: set[str]
) -> None:
    found = gates(profile="blue-green", **values)
    strategy = found.rendered.one("Rollout")["spec"]["strategy"]["blueGreen"]
    assert {name.removesuffix("PromotionAnalysis") for name in strategy if "Analysis" in name} == phases
    for phase in phases:
        analysis = strategy[f"{phase}PromotionAnalysis"]
        args = {arg["name"]: arg.get("value") for arg in analysis["args"]}
        assert args["max-error-rate"] == "0.005"
        assert not any("relative" in each["templateName"] for each in analysis["templates"])


def test_the_pace_is_asked_before_every_weight_and_not_behind_the_last() -> None:
    window = {"window": {"timezone": "UTC"}}
    quiet = {"image": "shop:1", "profile": "worker", "port": 0, "host": "", "worker": {"queue": ""}}
    for found in (gates(pace=window), worker(pace=window), gates(pace=window, **quiet)):
        kinds = [
            "pace" if "-pace-" in str(step) else "gate" if "analysis" in step else next(iter(step))
            for step in found.rendered.steps()
        ]
        assert kinds[::3] == ["pace"] * (len(kinds) // 3)
        assert kinds[1::3] == ["setWeight"] * (len(kinds) // 3)
        assert set(kinds[2::3]) in ({"gate"}, {"pause"})
