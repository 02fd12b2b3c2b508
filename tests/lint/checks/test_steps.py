"""Steps one by one, and what they come to together."""

import pytest
from tests.lint.manifest_text import Json, codes, rollout, strategy, thing, told

MANAGED: Json = {"managedRoutes": [{"name": "r"}]}
HEADER: Json = {
    "setHeaderRoute": {"name": "r", "match": [{"headerName": "h", "headerValue": {"exact": "v"}}]}
}
MIRROR: Json = {
    "setMirrorRoute": {"name": "r", "match": [{"method": {"exact": "GET"}, "path": {"prefix": "/"}}]}
}
OUT: Json = {"setHeaderRoute": {"name": "r"}}
PAUSE: Json = {"pause": {}}
FOLLOW: Json = {"setCanaryScale": {"matchTrafficWeight": True}}


def weight(number: int) -> Json:
    """A step that sets a weight."""
    return {"setWeight": number}


def scale(**fields: int) -> Json:
    """A step that scales the canary."""
    return {"setCanaryScale": fields}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([HEADER, weight(5)], ["RR702"]),
        ([MIRROR, weight(5)], ["RR702"]),
        ([scale(replicas=1), HEADER, PAUSE, weight(5)], []),
        ([scale(weight=10), MIRROR, PAUSE, weight(5)], []),
        ([scale(replicas=0), HEADER, weight(5)], ["RR702"]),
        ([weight(5), HEADER, PAUSE], []),
        ([OUT, weight(5)], []),
        ([FOLLOW, HEADER, weight(5)], ["RR702"]),
        ([scale(replicas=1), HEADER, FOLLOW, PAUSE, weight(5)], ["RR703"]),
        ([scale(replicas=1), HEADER, weight(5), FOLLOW, PAUSE], []),
        ([scale(replicas=1), HEADER, PAUSE, OUT, FOLLOW, weight(5)], []),
        ([weight(5), HEADER, PAUSE, scale(replicas=0), PAUSE], ["RR703"]),
        ([weight(5), HEADER, PAUSE, weight(0), weight(10)], ["RR703", "RR705"]),
        ([scale(replicas=1), scale(), HEADER, PAUSE, weight(5)], []),
    ],
)
def test_a_managed_route_needs_pods_for_as_long_as_it_is_in(steps: list[Json], expected: list[str]) -> None:
    assert codes(rollout(*steps, routing=MANAGED)) == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([weight(5), PAUSE, weight(50), PAUSE, weight(100), PAUSE], []),
        ([weight(5), weight(50)], ["RR707"]),
        ([weight(5), {"setCanaryScale": {"weight": 10}}, weight(50)], ["RR707"]),
        ([weight(5), {"plugin": {"name": "x"}}, weight(50), {"experiment": {}}, weight(80)], []),
        ([weight(0), weight(50), PAUSE], []),
        ([PAUSE, weight(50)], []),
        ([weight(50), PAUSE, weight(50), PAUSE], []),
        ([weight(50), PAUSE, weight(20), PAUSE], ["RR705"]),
        ([weight(0), PAUSE], ["RR706"]),
        ([weight(100), PAUSE, weight(100)], ["RR708"]),
        ([weight(100), PAUSE, weight(20)], ["RR708"]),
        ([weight(100), PAUSE, HEADER], ["RR708"]),
        ([weight(50), HEADER, PAUSE, weight(100), PAUSE, OUT], []),
        ([weight(101), PAUSE], ["RR704"]),
        ([weight(-1), PAUSE, weight(5)], ["RR704", "RR705"]),
    ],
)
def test_weights_go_up_with_a_look_between_them(steps: list[Json], expected: list[str]) -> None:
    assert sorted(codes(rollout(*steps, routing=MANAGED))) == expected


def test_the_full_weight_is_that_of_max_traffic_weight() -> None:
    steps = [weight(100), PAUSE, weight(500), PAUSE, weight(1000), PAUSE]

    assert codes(rollout(*steps, routing={"maxTrafficWeight": 1000})) == []


def test_a_rollout_without_steps_gives_everything_at_once() -> None:
    assert told(strategy({"trafficRouting": {"istio": {}}})) == [("RR706", "there are no steps")]
    assert codes(strategy({"steps": [PAUSE]})) == []


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({"setweight": 5}, 'step 1 has "setweight", which no step has; did you mean "setWeight"?'),
        ({"zzz": 5}, 'step 1 has "zzz", which no step has'),
        ({}, "step 1 says nothing"),
        ({"setWeight": 5, "pause": {}}, "step 1 says setWeight and pause"),
    ],
)
def test_a_step_says_one_thing(step: Json, sentence: str) -> None:
    assert ("RR711", sentence) in told(rollout(step, PAUSE, weight(20), PAUSE))


def test_what_the_controller_takes_together_is_one_thing() -> None:
    assert codes(rollout({"setCanaryScale": {"weight": 10}, "setWeight": 5}, PAUSE)) == []


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({"headerName": "h", "headerValue": {"exact": "v"}}, []),
        ({"headerName": "h", "headerValue": {"exact": "v", "regex": "w"}}, ["RR712"]),
        ({"headerName": "h", "headerValue": {"exact": ""}}, ["RR712"]),
        ({"headerName": "h"}, ["RR712"]),
    ],
)
def test_a_header_is_matched_one_way(match: Json, expected: list[str]) -> None:
    step = {"setHeaderRoute": {"name": "r", "match": [match]}}

    assert codes(rollout(weight(5), step, PAUSE, routing=MANAGED)) == expected


@pytest.mark.parametrize(
    ("match", "expected"), [({}, []), ({"path": {}}, ["RR712"]), ({"headers": {"h": {"exact": "v"}}}, [])]
)
def test_a_mirror_is_matched_one_way(match: Json, expected: list[str]) -> None:
    step = {"setMirrorRoute": {"name": "r", "match": [match]}}

    assert codes(rollout(weight(5), step, PAUSE, routing=MANAGED)) == expected


def test_managed_routes_have_to_be_listed() -> None:
    assert told(rollout(weight(5), OUT, PAUSE)) == [
        ("RR701", 'step 2 is about route "r", managedRoutes has nothing')
    ]


@pytest.mark.parametrize(
    ("canary", "expected"),
    [
        ({"dynamicStableScale": True}, ["RR709"]),
        (
            {"dynamicStableScale": True, "trafficRouting": {"istio": {}}, "scaleDownDelaySeconds": 5},
            ["RR709"],
        ),
        ({"dynamicStableScale": True, "trafficRouting": {"istio": {}}}, []),
        ({"dynamicStableScale": False, "scaleDownDelaySeconds": 5}, []),
    ],
)
def test_a_dynamic_stable_has_its_conditions(canary: Json, expected: list[str]) -> None:
    assert codes(strategy({"steps": [weight(5), PAUSE], **canary})) == expected


def test_a_dynamic_stable_and_a_fixed_canary_do_not_go_together() -> None:
    steps = [weight(5), scale(replicas=3), PAUSE, FOLLOW]

    assert codes(rollout(*steps, canary={"dynamicStableScale": True})) == ["RR709"]


def test_blue_green_is_no_canary() -> None:
    def blue_green(**strategies: Json) -> Json:
        return thing("argoproj.io/v1alpha1", "Rollout", "shop", {"strategy": strategies})

    assert codes(blue_green(blueGreen={"activeService": "a", "previewService": "b"})) == []
    assert codes(blue_green(blueGreen={"trafficRouting": {}})) == ["RR710"]
    assert codes(blue_green(blueGreen={}, canary={})) == ["RR710"]
