"""The controller's records become values; what did not travel is zero, and no record makes reading fail unforeseen."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.calls import ROLLOUT, argument, record
from tests.wire.gob import deliveries
from tests.wire.gob.test_golden import GOLDEN

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.model import PingPong, Rollout
from rollouts_router.methods.records import (
    header_route_args,
    mirror_route_args,
    rollout_args,
    weight_args,
)
from rollouts_router.router.ports import Experiment
from rollouts_router.wire.gob.records import Interface


def test_every_field_that_routing_depends_on_is_read() -> None:
    block = json.dumps({"httpRoute": "r"}).encode()
    sent = record(
        StableService="stable",
        CanaryService="canary",
        PingPong={"PingService": "ping", "PongService": "pong"},
        TrafficRouting={
            "MaxTrafficWeight": 1000,
            "ManagedRoutes": [{"Name": "a"}, {"Name": "b"}],
            "Plugins": {PLUGIN_NAME: block, "other/plugin": b"{}"},
        },
    )
    sent["Status"] = {"Canary": {"StablePingPong": "ping"}, "PromoteFull": True}
    sent["ObjectMeta"] = {**sent["ObjectMeta"], "UID": "u1"}
    sent["Spec"] |= {"Replicas": 5, "WorkloadRef": {"Kind": "Deployment", "Name": "old"}}
    sent["Spec"]["Strategy"]["Canary"] |= {
        "DynamicStableScale": True,
        "ReplicaProgressThreshold": {"Type": "Percent", "Value": 80},
    }

    assert rollout_args(argument("RemoveManagedRoutesArgs", Rollout=sent)) == Rollout(
        namespace="shop",
        name="web",
        stable_service="stable",
        canary_service="canary",
        ping_pong=PingPong(ping="ping", pong="pong"),
        stable_is_ping=True,
        max_traffic_weight=1000,
        managed_routes=("a", "b"),
        skips_steps=True,
        uid="u1",
        replicas=5,
        has_progress_threshold=True,
        shrinks_stable=True,
        workload="old",
        plugin_config=block,
    )


@pytest.mark.parametrize("sent", [{}, {"Spec": {}}, {"Spec": {"Strategy": {}}}, {"Spec": {"Strategy": {"BlueGreen": {}}}}])  # fmt: skip
def test_what_did_not_travel_is_zero(sent: dict[str, Any]) -> None:
    read = rollout_args(argument("Args", Rollout={**ROLLOUT, **sent}))

    assert read == Rollout(namespace="shop", name="web", replicas=0)


@pytest.mark.parametrize(("status", "is_ping"), [("ping", True), ("pong", False), ("", False)])
def test_the_status_says_whether_ping_is_stable(status: str, is_ping: bool) -> None:  # noqa: FBT001  # parametrized
    sent = {**ROLLOUT, "Status": {"Canary": {"StablePingPong": status}}}

    assert rollout_args(argument("Args", Rollout=sent)).stable_is_ping is is_ping


@pytest.mark.parametrize(
    ("status", "skips"),
    [({}, False), ({"Abort": True}, True), ({"PromoteFull": True}, True), ({"Abort": False}, False)],
)
def test_an_abort_and_a_full_promotion_skip_the_steps(status: dict[str, bool], skips: bool) -> None:  # noqa: FBT001  # parametrized
    assert rollout_args(argument("Args", Rollout={**ROLLOUT, "Status": status})).skips_steps is skips


def test_the_status_says_at_which_step_a_rollout_stands() -> None:
    status = {"StableRS": "old", "CurrentPodHash": "new", "CurrentStepIndex": 3, "Abort": True}
    read = rollout_args(argument("Args", Rollout={**ROLLOUT, "Status": status}))

    assert (read.stable_hash, read.current_hash, read.step_index) == ("old", "new", 3)
    assert (read.is_aborted, read.skips_steps) == (True, True)


def test_a_step_without_any_field_sets_weight_0() -> None:
    steps = [{"SetWeight": 20}, {"Pause": {}}, {}, {"SetCanaryScale": {}}, {"SetHeaderRoute": {"Name": "h"}}]

    assert rollout_args(argument("Args", Rollout=record(Steps=steps))).weight_steps == (
        True,
        False,
        True,
        False,
        False,
    )


def test_where_a_rollout_of_a_real_controller_stands_is_read() -> None:
    values, _ = deliveries.read([(GOLDEN / "calls-captured.gob").read_bytes()])
    calls = {header["ServiceMethod"]: sent for header, sent in zip(values[::2], values[1::2], strict=True)}
    web = weight_args(calls["Plugin.VerifyWeight"]).rollout

    assert (web.stable_hash, web.current_hash, web.step_index) == ("def", "abc", 0)
    assert web.weight_steps == (True, False, True, False)  # the third is setWeight: 0


def test_ping_pong_without_services_is_set_nevertheless() -> None:
    assert rollout_args(argument("Args", Rollout=record(PingPong={}))).ping_pong == PingPong("", "")


@pytest.mark.parametrize("plugins", [{}, {"other/plugin": b"{}"}, {PLUGIN_NAME: None}])
def test_a_rollout_without_our_block_has_none(plugins: dict[str, Any]) -> None:
    sent = record(TrafficRouting={"Plugins": plugins})

    assert rollout_args(argument("Args", Rollout=sent)).plugin_config is None


def test_weight_and_experiment_services_are_read() -> None:
    read = weight_args(
        argument(
            "SetWeightAndVerifyWeightArgs",
            Rollout=ROLLOUT,
            DesiredWeight=30,
            AdditionalDestinations=[{"ServiceName": "a", "Weight": 5}, {"ServiceName": "b"}],
        )
    )

    assert (read.rollout.name, read.desired, read.experiments) == (
        "web",
        30,
        (Experiment("a", 5), Experiment("b", 0)),
    )


def test_weight_zero_does_not_travel() -> None:
    read = weight_args(argument("SetWeightAndVerifyWeightArgs", Rollout=ROLLOUT))

    assert (read.desired, read.experiments) == (0, ())


def test_the_headers_of_a_step_are_read_with_how_they_compare() -> None:
    match = [
        {"HeaderName": "a", "HeaderValue": {"Exact": "1"}},
        {"HeaderName": "b", "HeaderValue": {"Prefix": "p", "Regex": "r"}},
        {"HeaderName": "c"},
    ]

    read = header_route_args(argument("Args", Rollout=ROLLOUT, SetHeaderRoute={"Name": "h", "Match": match}))

    assert (read.rollout.name, read.name) == ("web", "h")
    assert read.match == {"a": TextMatch(exact="1"), "b": TextMatch(prefix="p", regex="r"), "c": TextMatch()}


def test_the_requests_of_a_mirror_step_are_read_with_their_share() -> None:
    match = [{"Method": {"Exact": "GET"}, "Path": {"Prefix": "/a"}, "Headers": {"x": {"Regex": "y"}}}, {}]
    step = {"Name": "m", "Match": match, "Percentage": 35}

    read = mirror_route_args(argument("Args", Rollout=ROLLOUT, SetMirrorRoute=step))

    assert (read.rollout.name, read.name, read.percent) == ("web", "m", 35)
    assert read.matches == (
        RequestMatch(
            method=TextMatch(exact="GET"), path=TextMatch(prefix="/a"), headers={"x": TextMatch(regex="y")}
        ),
        RequestMatch(),
    )


@pytest.mark.parametrize("step", [None, {"Name": ""}, {"Match": []}])
def test_a_step_without_a_match_asks_for_removal(step: Any) -> None:
    header = header_route_args(argument("Args", Rollout=ROLLOUT, SetHeaderRoute=step))
    mirror = mirror_route_args(argument("Args", Rollout=ROLLOUT, SetMirrorRoute=step))

    assert (header.name, header.match) == ("", {})
    assert (mirror.name, mirror.matches, mirror.percent) == ("", (), None)


@pytest.mark.parametrize("sent", [None, 5, {}, ROLLOUT, Interface("Args", None), Interface("Args", 5)])
def test_an_argument_that_is_no_record_is_refused(sent: object) -> None:
    with pytest.raises(RoutingError, match="the call carries no argument record"):
        rollout_args(sent)


@pytest.mark.parametrize(
    "metadata", [{}, {"Name": "web"}, {"Namespace": "shop"}, {"Name": "", "Namespace": ""}]
)
def test_a_rollout_without_a_name_or_namespace_is_refused(metadata: dict[str, Any]) -> None:
    with pytest.raises(RoutingError, match=r"has no metadata\.name or metadata\.namespace"):
        rollout_args(argument("Args", Rollout={"ObjectMeta": metadata}))


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (5, "Args.Rollout is a int, expected dict"),
        (record(StableService=b"stable"), "Args.Rollout.Spec.Strategy.Canary.StableService is a bytes, expected str"),
        (
            record(TrafficRouting={"MaxTrafficWeight": True}),
            "Args.Rollout.Spec.Strategy.Canary.TrafficRouting.MaxTrafficWeight is a bool, expected int",
        ),
        (
            record(TrafficRouting={"ManagedRoutes": [{}, {"Name": 5}]}),
            "Args.Rollout.Spec.Strategy.Canary.TrafficRouting.ManagedRoutes[1].Name is a int, expected str",
        ),
    ],
)  # fmt: skip
def test_a_field_of_another_type_is_named_by_its_path(sent: Any, text: str) -> None:
    with pytest.raises(RoutingError) as error:
        rollout_args(argument("Args", Rollout=sent))

    assert str(error.value) == text


FIELDS = [
    *[
        "Rollout",
        "ObjectMeta",
        "Name",
        "Namespace",
        "Spec",
        "Strategy",
        "Canary",
        "TrafficRouting",
        "Plugins",
    ],
    *[
        "ManagedRoutes",
        "PingPong",
        "StableService",
        "Status",
        "DesiredWeight",
        "AdditionalDestinations",
        "Match",
    ],
]
VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=3) | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5)
        | st.builds(Interface, st.text(max_size=3), inner)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_any_record_is_read_or_refused(fields: dict[str, Any]) -> None:
    for read in (rollout_args, weight_args, header_route_args, mirror_route_args):
        for sent in (
            Interface("Args", fields),
            argument("Args", **{**fields, "Rollout": {**ROLLOUT, **fields}}),
        ):
            assert _is_read_or_refused(read, sent)


def _is_read_or_refused(read: Any, sent: Interface) -> bool:
    try:
        read(sent)
    except RoutingError as error:
        return bool(str(error))
    return True
