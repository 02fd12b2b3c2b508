"""Weights, holds and audiences: what values become which steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.charts.examples import values
from tests.charts.rendering import Object, render
from tests.charts.tables import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE: Final[Object] = {
    "image": "shop:1",
    "port": 8080,
    "host": "shop.example.com",
    "gates": {"provider": "none"},
}
REPLICAS, LOOK = 10, 30  # of the page's table of costs: pods, and minutes for a look before the switch
RENDERED: Final = 25  # examples of a property; each is a run of Helm's engine

audience = st.builds(
    lambda name, approve: {
        "name": name,
        "headers": [{"name": "x-group", "exact": name}],
        **({"approve": True} if approve else {"hold": "5m"}),
    },
    st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    st.booleans(),
)
rising = st.sets(st.integers(1, 99), max_size=10).map(lambda chosen: [*sorted(chosen), 100])
serving = st.fixed_dictionaries(
    {"criticality": st.sampled_from(["low", "standard", "critical"]), "trafficProfile": st.sampled_from(["peak", "offpeak"])},
    optional={
        "pace": st.fixed_dictionaries(
            {"preset": st.sampled_from(["standard", "conservative"])},
            optional={"weights": rising, "hold": st.integers(1, 900).map(lambda number: f"{number}s")},
        ),
        "audiences": st.lists(audience, max_size=3, unique_by=lambda each: each["name"]),
    },
)  # fmt: skip


@pytest.mark.parametrize(("given_values", "steps"), rows("Which steps"))
def test_the_table_on_the_page_is_what_is_rendered(given_values: str, steps: str) -> None:
    rendered = render({**SERVICE, **yaml.safe_load(given_values)}).steps()
    assert " ".join(map(shown, rendered)) == steps


@settings(max_examples=RENDERED)
@given(serving)
def test_weights_rise_and_end_at_100_whatever_the_values(given_values: Object) -> None:
    steps = render({**SERVICE, **given_values}).steps()
    weights = [step["setWeight"] for step in steps if "setWeight" in step]
    assert weights == sorted(set(weights))
    assert weights[-1] == 100
    assert weights[0] > 0


@settings(max_examples=RENDERED)
@given(serving)
def test_every_weight_and_every_audience_is_held(given_values: Object) -> None:
    """Behind each of them something waits before traffic changes again; only pods may change between."""
    steps = render({**SERVICE, **given_values}).steps()
    traffic = [next(iter(step)) for step in steps if next(iter(step)) != "setCanaryScale"]
    assert traffic[1::2] == ["pause"] * (len(traffic) // 2)
    assert "pause" not in traffic[::2]


@settings(max_examples=RENDERED)
@given(serving)
def test_header_rules_come_when_the_canary_has_pods_and_are_declared(given_values: Object) -> None:
    rollout = render({**SERVICE, **given_values}).one("Rollout")
    canary = rollout["spec"]["strategy"]["canary"]
    names = [step["setHeaderRoute"]["name"] for step in canary["steps"] if "setHeaderRoute" in step]
    assert [each["name"] for each in canary["trafficRouting"].get("managedRoutes", [])] == names
    if names:
        first = next(step["setWeight"] for step in canary["steps"] if "setWeight" in step)
        assert canary["steps"][0] == {"setCanaryScale": {"weight": first}}
        selector = canary["trafficRouting"]["plugins"]["argoproj-labs/gatewayAPI"]["httpRouteSelector"]
        assert selector["useHeaderRoutes"] is True


@pytest.mark.parametrize(
    ("given_values", "hold"),
    [
        ({}, "10m"),
        ({"criticality": "low"}, "5m"),
        ({"criticality": "critical"}, "20m"),
        ({"trafficProfile": "peak"}, "15m"),
        ({"criticality": "low", "trafficProfile": "peak"}, "450s"),
        ({"pace": {"preset": "conservative"}}, "15m"),
        ({"pace": {"hold": "90s"}, "criticality": "critical"}, "90s"),
        ({"pace": {"hold": "2h"}}, "2h"),
        ({"pace": {"hold": "3600s"}}, "1h"),
        ({"profile": "worker", "port": 0, "host": ""}, "10m"),
    ],
)
def test_holds_follow_criticality_and_traffic_unless_one_is_given(given_values: Object, hold: str) -> None:
    pauses = [step["pause"] for step in render({**SERVICE, **given_values}).steps() if "pause" in step]
    assert pauses == [{"duration": hold}] * len(pauses)


@pytest.mark.parametrize(("given_values", "minutes"), rows("What it costs"))
def test_the_pods_that_a_release_costs_are_those_of_the_page(given_values: str, minutes: str) -> None:
    values_of_row = {**SERVICE, **yaml.safe_load(given_values)}
    strategy = render(values_of_row).one("Rollout")["spec"]["strategy"]
    if "blueGreen" in strategy:
        wait = LOOK + strategy["blueGreen"]["scaleDownDelaySeconds"] // 60
        assert int(minutes) == wait * REPLICAS
    else:
        assert int(minutes) == sum(minutes_held * pods for minutes_held, pods in holds(strategy["canary"]))


def holds(canary: Object) -> Iterator[tuple[int, int]]:
    """Minutes and pods beyond the usual ones, of each hold; pods as the controller counts them, rounded up."""
    weight = 0
    for step in canary["steps"]:
        weight = step.get("setWeight", weight)
        if "pause" in step:
            stable = share(100 - weight) if canary.get("dynamicStableScale") else REPLICAS
            yield int(step["pause"]["duration"].removesuffix("m")), share(weight) + stable - REPLICAS


def share(weight: int) -> int:
    """The pods for a weight in percent."""
    return -(-weight * REPLICAS // 100)


def test_raw_steps_are_taken_word_for_word() -> None:
    assert render(values("raw-steps")).steps() == values("raw-steps")["steps"]


def test_managed_routes_of_raw_steps_are_declared_once_and_in_their_order() -> None:
    canary = render(values("raw-steps")).one("Rollout")["spec"]["strategy"]["canary"]
    assert canary["trafficRouting"]["managedRoutes"] == [{"name": "images-shadow"}]


def test_a_worker_is_replaced_in_parts_without_traffic_routing() -> None:
    canary = render(values("worker-kafka")).one("Rollout")["spec"]["strategy"]["canary"]
    assert not {"stableService", "canaryService", "trafficRouting"} & set(canary)
    assert [step["setWeight"] for step in canary["steps"] if "setWeight" in step] == [25, 50, 100]


def test_blue_green_waits_for_somebody_and_keeps_the_old_version() -> None:
    strategy = render(values("blue-green")).one("Rollout")["spec"]["strategy"]["blueGreen"]
    assert strategy["autoPromotionEnabled"] is False
    assert strategy["scaleDownDelaySeconds"] == 900
    assert (strategy["activeService"], strategy["previewService"]) == ("shop-active", "shop-preview")


def shown(step: Object) -> str:
    """A step as the page's table has it."""
    kind, what = next(iter(step.items()))
    if kind == "pause":
        return f"({what.get('duration', 'until promoted')})"
    if kind == "setWeight":
        return str(what)
    if kind == "setHeaderRoute":
        return f"header:{what['name'].removeprefix('shop-')}"
    return "pods:" + ("as-weight" if what.get("matchTrafficWeight") else str(what["weight"]))
