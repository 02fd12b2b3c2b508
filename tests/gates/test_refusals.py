"""Gates that nobody could answer are refused with a sentence."""

from __future__ import annotations

import pytest
from tests.charts.rendering import Object, RefusedError, sentences
from tests.gates.gated import gates, worker


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"gates": {"business": {"name": "orders"}}},
            "gates.business has a name and no metric: set gates.business.metric to a counter of the application",
        ),
        (
            {"gates": {"provider": "newrelic", "business": {"name": "orders"}}},
            "gates.business has a name and no event: set gates.business.event to an event type of the application",
        ),
        (
            {"gates": {"provider": "none"}, "pace": {"load": {"ceiling": 5}}},
            "pace.window and pace.load are read as gates are, and gates.provider is none: set prometheus or newrelic",
        ),
        (
            {"pace": {"window": {"timezone": "UTC", "from": "22:00", "to": "04:00"}}},
            "pace.window goes from 22:00 to 04:00: it has to end on the day on which it begins, so that its days are clear",
        ),
    ],
)
def test_what_could_not_be_answered_is_refused(values: Object, sentence: str) -> None:
    with pytest.raises(RefusedError) as refused:
        gates(**values)
    assert sentences(str(refused.value)) == [sentence]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"gates": {"provider": "newrelic"}},
            "a worker's lag is read from Prometheus: set gates.provider prometheus, or none",
        ),
        (
            {"pace": {"load": {"ceiling": 5}}},
            "pace.load.ceiling with profile worker has no requests to count: set pace.load.query",
        ),
    ],
)
def test_what_a_worker_cannot_be_asked_is_refused(values: Object, sentence: str) -> None:
    with pytest.raises(RefusedError) as refused:
        worker(**values)
    assert sentences(str(refused.value)) == [sentence]


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"slo": {"errorrate": 0.1}}, "/slo"),
        ({"slo": {"errorRate": 2}}, "/slo/errorRate"),
        ({"gates": {"minimumRequests": 0}}, "/gates/minimumRequests"),
        ({"gates": {"provider": "datadog"}}, "/gates/provider"),
        ({"gates": {"thresholds": {"latencyRatio": [0.5]}}}, "/gates/thresholds/latencyRatio/0"),
        ({"gates": {"newRelic": {"version": "host = 'x'"}}}, "/gates/newRelic/version"),
        ({"pace": {"window": {"days": ["Monday"]}}}, "/pace/window/days/0"),
        ({"pace": {"window": {"from": "24:00"}}}, "/pace/window/from"),
    ],
)
def test_misspelt_and_impossible_values_are_refused_by_the_schema(values: Object, where: str) -> None:
    with pytest.raises(RefusedError, match=f"at '{where}'"):
        gates(**values)


def test_without_a_provider_there_are_no_gates_and_weights_are_held() -> None:
    found = gates(gates={"provider": "none"})
    assert found.metrics == {}
    assert [step for step in found.rendered.steps() if "pause" in step] == [
        {"pause": {"duration": "10m"}}
    ] * 4
