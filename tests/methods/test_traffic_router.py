"""The service, called by a real client through a real server; the API server alone is in memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from tests.fakes.calls import argument
from tests.fakes.door import NOW, Door, opened
from tests.fakes.manifests import inline, manifest, referred
from tests.fakes.objects import Json, ref, rule, spec, weights
from tests.fakes.routers import Setup
from tests.fakes.schema import Schema

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.kube.resources import Call, Verb
from rollouts_router.methods.service import plugin_handlers
from rollouts_router.v1 import traffic_router_pb2 as v1

ONE = {"httpRoute": "a"}
MANAGED = {"trafficRouting": {"managedRoutes": [{"name": "h"}, {"name": "m"}]}}
AT_30 = [[("stable", 70), ("canary", 30)]]
AT_0 = [[("stable", 100), ("canary", 0)]]
WAITING = {"stableRS": "old", "currentPodHash": "new"}
EXACT = v1.TextMatch(exact="1")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    """A door to an API server with routes a and b, and Rollout shop/web, whose route a is."""
    async with opened(tmp_path, "a", "b") as door:
        door.keep(manifest(ONE, **MANAGED))
        yield door


def sent(outcome: v1.Outcome) -> list[list[dict[str, Any]]]:
    """The patches of an outcome as JSON."""
    return [
        [MessageToDict(operation) for operation in patch.operations]
        for route in outcome.routes
        for patch in route.patches
    ]


def results(outcome: v1.Outcome) -> dict[str, str]:
    """What became of each route."""
    return {
        each.route.name: v1.RouteResult.Name(each.result).removeprefix("ROUTE_RESULT_")
        for each in outcome.routes
    }


# --- what is changed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [referred(), inline(manifest(ONE))], ids=["reference", "manifest"])
async def test_a_weight_is_set_for_a_rollout_by_reference_and_as_a_manifest(
    door: Door, source: v1.RolloutSource
) -> None:
    reply = await door.stub.SetWeight(v1.SetWeightRequest(rollout=source, weight=30))

    assert weights(door.setup.api.look("a")) == AT_30
    assert weights(door.setup.api.look("b")) == AT_0
    assert results(reply.outcome) == {"a": "CHANGED"}
    assert (reply.outcome.changed, reply.outcome.unchanged) == (1, 0)


async def test_the_reply_has_the_very_patches_that_were_sent(door: Door) -> None:
    reply = await door.stub.SetWeight(v1.SetWeightRequest(rollout=referred(), weight=30))

    assert sent(reply.outcome) == door.setup.api.patches
    assert reply.outcome.routes[0].patches[0].version == "v1"


async def test_the_same_again_changes_nothing(door: Door) -> None:
    request = v1.SetWeightRequest(rollout=referred(), weight=30)
    await door.stub.SetWeight(request)

    reply = await door.stub.SetWeight(request)

    assert results(reply.outcome) == {"a": "UNCHANGED"}
    assert len(door.setup.api.patches) == 1


async def test_a_route_that_left_the_rollout_is_released(door: Door) -> None:
    await door.stub.SetWeight(v1.SetWeightRequest(rollout=referred(), weight=30))

    reply = await door.stub.SetWeight(
        v1.SetWeightRequest(rollout=inline(manifest({"httpRoute": "b"})), weight=30)
    )

    assert results(reply.outcome) == {"b": "CHANGED", "a": "RELEASED"}
    assert weights(door.setup.api.look("a")) == AT_0
    assert sent(reply.outcome) == door.setup.api.patches[1:]


async def test_a_selected_route_that_is_deleted_meanwhile_is_left_alone(door: Door) -> None:
    async def lost(call: Call) -> None:
        if call.verb is Verb.PATCH and call.name == "b":
            door.setup.api.objects.pop(("httproutes", "shop", "b"), None)

    door.setup.api.travel = lost
    source = inline(manifest({"httpRouteSelector": {"matchLabels": {"app": "web"}}}))

    reply = await door.stub.SetWeight(v1.SetWeightRequest(rollout=source, weight=30))

    assert results(reply.outcome) == {"a": "CHANGED", "b": "LEFT_ALONE"}
    assert "deleted while it was being changed" in reply.outcome.routes[1].detail


async def test_header_mirror_and_removal_do_what_the_steps_of_the_controller_do(door: Door) -> None:
    stub, source = door.stub, referred()
    header = v1.SetHeaderRouteRequest(rollout=source, name="h", match=[v1.HeaderMatch(name="x", value=EXACT)])
    mirror = v1.SetMirrorRouteRequest(rollout=source, name="m", match=[v1.RequestMatch()], percentage=20)

    first = await stub.SetHeaderRoute(header)
    second = await stub.SetMirrorRoute(mirror)

    rules = door.setup.api.look("a")["spec"]["rules"]
    assert [each.get("name") for each in rules] == [None, "h"]
    assert rules[1]["matches"][0]["headers"] == [{"type": "Exact", "name": "x", "value": "1"}]
    assert rules[0]["filters"][0]["requestMirror"]["percent"] == 20
    assert (first.outcome.changed, second.outcome.changed) == (1, 1)

    third = await stub.RemoveManagedRoutes(v1.RemoveManagedRoutesRequest(rollout=source))

    assert third.outcome.changed == 1
    assert len(door.setup.api.look("a")["spec"]["rules"]) == 1


@pytest.mark.parametrize("method", ["SetHeaderRoute", "SetMirrorRoute"])
async def test_a_step_without_a_match_takes_the_route_of_its_name_out(door: Door, method: str) -> None:
    header = v1.SetHeaderRouteRequest(
        rollout=referred(), name="h", match=[v1.HeaderMatch(name="x", value=EXACT)]
    )
    await door.stub.SetHeaderRoute(header)
    request = {"SetHeaderRoute": v1.SetHeaderRouteRequest, "SetMirrorRoute": v1.SetMirrorRouteRequest}[method]

    await getattr(door.stub, method)(request(rollout=referred(), name="h"))

    assert len(door.setup.api.look("a")["spec"]["rules"]) == 1


async def test_new_hashes_change_nothing_but_are_for_a_rollout_that_exists(door: Door) -> None:
    reply = await door.stub.UpdateHash(v1.UpdateHashRequest(rollout=referred(), canary_hash="c"))

    assert reply.outcome == v1.Outcome()
    assert door.setup.api.named(Verb.GET) == ["web"]


async def test_a_warning_of_a_plan_is_in_the_reply(door: Door) -> None:
    match = [v1.RequestMatch(path=v1.TextMatch(exact="/only"))]

    reply = await door.stub.SetMirrorRoute(
        v1.SetMirrorRouteRequest(rollout=referred(), name="m", match=match)
    )

    assert "nothing is mirrored" in reply.outcome.warnings[0]


# --- the same through both doors ------------------------------------------------------------------------------

GO_MATCH = [{"HeaderName": "x", "HeaderValue": {"Exact": "1"}}]
GO_ROUTED = {
    "ObjectMeta": {"Name": "web", "Namespace": "shop"},
    "Spec": {
        "Strategy": {
            "Canary": {
                "StableService": "stable",
                "CanaryService": "canary",
                "TrafficRouting": {
                    "ManagedRoutes": [{"Name": "h"}, {"Name": "m"}],
                    "Plugins": {PLUGIN_NAME: b'{"httpRoute": "a"}'},
                },
            }
        }
    },
}
STEPS: Sequence[tuple[str, Json, Message]] = [
    ("SetWeight", {"DesiredWeight": 30}, v1.SetWeightRequest(weight=30)),
    (
        "SetHeaderRoute",
        {"SetHeaderRoute": {"Name": "h", "Match": GO_MATCH}},
        v1.SetHeaderRouteRequest(name="h", match=[v1.HeaderMatch(name="x", value=EXACT)]),
    ),
    (
        "SetMirrorRoute",
        {"SetMirrorRoute": {"Name": "m", "Match": [{"Path": {"Prefix": "/"}}], "Percentage": 10}},
        v1.SetMirrorRouteRequest(
            name="m", match=[v1.RequestMatch(path=v1.TextMatch(prefix="/"))], percentage=10
        ),
    ),
    ("SetWeight", {"DesiredWeight": 150}, v1.SetWeightRequest(weight=150)),
    ("SetHeaderRoute", {"SetHeaderRoute": {"Name": "h"}}, v1.SetHeaderRouteRequest(name="h")),
    ("RemoveManagedRoutes", {}, v1.RemoveManagedRoutesRequest()),
    ("SetWeight", {}, v1.SetWeightRequest()),
]


async def test_a_sequence_of_steps_sends_the_same_patches_through_either_door(door: Door) -> None:
    setup = Setup()
    setup.api.create("a", spec(), labels={"app": "web"})
    other = plugin_handlers(setup.router, setup.log)
    for method, fields, request in STEPS:
        before = len(door.setup.api.patches)
        reply = await other[method](argument("Args", Rollout=GO_ROUTED, **fields))
        assert reply.value == {"ErrorString": ""}
        request.rollout.CopyFrom(referred())
        await getattr(door.stub, method)(request)
        assert door.setup.api.patches[before:] == setup.api.patches[before:], method
    assert len(setup.api.patches) == 7
    assert door.setup.api.look("a")["spec"] == setup.api.look("a")["spec"]


# --- what is only tried -----------------------------------------------------------------------------------


async def test_a_dry_run_is_sent_as_one_and_nothing_is_kept_or_logged(door: Door) -> None:
    before = door.setup.api.look("a")

    reply = await door.stub.SetWeight(v1.SetWeightRequest(rollout=referred(), weight=30, dry_run=True))

    assert door.setup.api.look("a") == before
    assert door.setup.api.tried == 1
    assert sent(reply.outcome) == door.setup.api.patches
    assert door.setup.log.lines == []


async def test_a_dry_run_fails_as_the_call_would(tmp_path: Path) -> None:
    """CRDs before 1.3 drop the percentage of a mirror; all requests would be mirrored."""
    setup = Setup()
    setup.api.schema = Schema(keeps_percent=False)
    async with opened(tmp_path, "a", setup=setup) as door:
        door.keep(manifest(ONE, **MANAGED))
        before = door.setup.api.look("a")
        request = v1.SetMirrorRouteRequest(
            rollout=referred(), name="m", match=[v1.RequestMatch()], percentage=5, dry_run=True
        )

        with pytest.raises(grpc.aio.AioRpcError, match="did not keep the percentage"):
            await door.stub.SetMirrorRoute(request)

        assert door.setup.api.look("a") == before


PLANS = [
    v1.PlanRequest(set_weight=v1.SetWeightRequest(rollout=referred(), weight=30)),
    v1.PlanRequest(
        set_header_route=v1.SetHeaderRouteRequest(
            rollout=referred(), name="h", match=[v1.HeaderMatch(name="x", value=EXACT)]
        )
    ),
    v1.PlanRequest(
        set_mirror_route=v1.SetMirrorRouteRequest(rollout=referred(), name="m", match=[v1.RequestMatch()])
    ),
]
METHODS = {
    "set_weight": "SetWeight",
    "set_header_route": "SetHeaderRoute",
    "set_mirror_route": "SetMirrorRoute",
}


@pytest.mark.parametrize("request_", PLANS, ids=lambda each: each.WhichOneof("call"))
async def test_a_plan_sends_nothing_and_tells_what_the_call_then_sends(
    door: Door, request_: v1.PlanRequest
) -> None:
    plan = await door.stub.Plan(request_)

    assert door.setup.api.named(Verb.PATCH) == []
    assert door.setup.log.lines == []

    field = request_.WhichOneof("call")
    assert field is not None
    reply = await getattr(door.stub, METHODS[field])(getattr(request_, field))

    assert plan.outcome == reply.outcome
    assert sent(plan.outcome) == door.setup.api.patches


async def test_a_plan_of_a_removal_and_of_hashes_is_possible(door: Door) -> None:
    removal = v1.PlanRequest(remove_managed_routes=v1.RemoveManagedRoutesRequest(rollout=referred()))
    hashes = v1.PlanRequest(update_hash=v1.UpdateHashRequest(rollout=referred()))

    assert (await door.stub.Plan(removal)).outcome.unchanged == 1
    assert (await door.stub.Plan(hashes)).outcome == v1.Outcome()


async def test_what_was_planned_is_not_remembered_as_done(door: Door) -> None:
    """A sweep that was only planned has to happen when the call comes."""
    await door.stub.SetWeight(v1.SetWeightRequest(rollout=referred(), weight=30))
    changed = v1.SetWeightRequest(rollout=inline(manifest({"httpRoute": "b"})), weight=30)
    plan = await door.stub.Plan(v1.PlanRequest(set_weight=changed))

    reply = await door.stub.SetWeight(changed)

    assert plan.outcome.released == reply.outcome.released == 1


# --- questions ----------------------------------------------------------------------------------------------


async def test_the_server_tells_what_it_is_without_asking_anybody(tmp_path: Path) -> None:
    async with opened(tmp_path, setup=Setup(allowed=frozenset({"b", "a"}))) as door:
        reply = await door.stub.GetInfo(v1.GetInfoRequest())

        assert (reply.version, reply.plugin_name) == ("0.0.0", PLUGIN_NAME)
        assert reply.allowed_namespaces == ["a", "b"]
        assert [(kind.kind, kind.managed_routes) for kind in reply.kinds[:3]] == [
            ("HTTPRoute", True),
            ("GRPCRoute", True),
            ("TCPRoute", False),
        ]
        assert reply.kinds[0].versions == ["v1", "v1beta1"]
        assert reply.kinds[0].served_versions == []
        assert door.setup.api.calls == []


async def test_versions_are_told_once_they_are_known(door: Door) -> None:
    await door.stub.SetWeight(v1.SetWeightRequest(rollout=referred(), weight=30))

    assert (await door.stub.GetInfo(v1.GetInfoRequest())).kinds[0].served_versions == ["v1"]


async def test_nothing_awaits_the_weight_of_a_rollout_that_stands_at_no_weight_step(door: Door) -> None:
    reply = await door.stub.VerifyWeight(v1.VerifyWeightRequest(rollout=referred(), weight=30))

    assert reply == v1.VerifyWeightResponse(verdict=v1.VERDICT_NOT_AWAITED)


async def test_a_weight_that_is_not_there_is_not_verified_and_the_reason_told_each_time(door: Door) -> None:
    source = inline(manifest(ONE, steps=[{"setWeight": 30}], status=WAITING))
    request = v1.VerifyWeightRequest(rollout=source, weight=30)

    first, second = await door.stub.VerifyWeight(request), await door.stub.VerifyWeight(request)

    assert first == second
    assert first.verdict == v1.VERDICT_NOT_VERIFIED
    assert first.reasons == ["HTTPRoute shop/a does not carry the weights 70 (stable) and 30 (canary)"]
    assert door.setup.log.lines == []


async def test_a_weight_that_settled_is_verified(door: Door) -> None:
    source = inline(manifest(ONE, steps=[{"setWeight": 30}], status=WAITING))
    await door.stub.SetWeight(v1.SetWeightRequest(rollout=source, weight=30))

    reply = await door.stub.VerifyWeight(v1.VerifyWeightRequest(rollout=source, weight=30))

    assert reply.verdict == v1.VERDICT_VERIFIED
    assert sum(door.setup.clock.pauses) == 3.0


async def test_discovery_tells_the_routes_and_why_not_others(door: Door) -> None:
    door.setup.api.create("c", spec(rule(ref("stable"))))

    reply = await door.stub.Discover(v1.DiscoverRequest(rollout=referred()))

    assert reply.namespace == "shop"
    assert (reply.stable.name, reply.canary.name, reply.canary.kind) == ("stable", "canary", "Service")
    [found] = reply.routes
    assert (found.route.name, found.named_by, found.use_header_routes) == ("a", "httpRoute", True)
    assert [(each.backend.name, each.role, each.weight) for each in found.rules[0].backends] == [
        ("stable", v1.BACKEND_ROLE_STABLE, 100),
        ("canary", v1.BACKEND_ROLE_CANARY, 0),
    ]
    assert [(each.route.name, each.reason) for each in reply.left_out] == [
        ("b", v1.LEFT_OUT_REASON_NOT_SELECTED),
        ("c", v1.LEFT_OUT_REASON_NOT_SELECTED),
    ]
    assert (reply.problems, reply.warnings) == ([], [])


async def test_discovery_does_not_look_beyond_when_it_is_not_to(door: Door) -> None:
    reply = await door.stub.Discover(v1.DiscoverRequest(rollout=referred(), skip_unselected=True))

    assert reply.left_out == []
    assert [call.verb for call in door.setup.api.calls] == [Verb.GET, Verb.GET]


# --- watching -------------------------------------------------------------------------------------------------


async def test_a_watch_tells_everything_first_and_then_what_changes(tmp_path: Path) -> None:
    steps: asyncio.Queue[None] = asyncio.Queue()

    async def sleep(_seconds: float) -> None:
        await steps.get()

    setup = Setup()
    setup.desk = replace(setup.desk, sleep=sleep)
    async with opened(tmp_path, "a", "b", setup=setup) as door:
        door.keep(manifest({"httpRoutes": [{"name": "a"}, {"name": "b"}]}))
        stream = door.stub.Watch(v1.WatchRequest(rollout=referred(), weight=30))

        first = await stream.read()
        door.setup.api.edit("b", lambda route: route["metadata"].update(labels={"nobody": "cares"}))
        steps.put_nowait(None)
        door.setup.api.edit("a", lambda route: route["spec"]["rules"][0]["backendRefs"][1].update(weight=7))
        steps.put_nowait(None)
        second = await stream.read()
        door.keep(manifest({"httpRoute": "a"}))
        steps.put_nowait(None)
        third = await stream.read()
        stream.cancel()

    assert isinstance(first, v1.WatchResponse)
    assert isinstance(second, v1.WatchResponse)
    assert isinstance(third, v1.WatchResponse)
    assert first.observed_at.ToDatetime(tzinfo=NOW.tzinfo) == NOW
    assert [state.route.name for state in first.routes] == ["a", "b"]
    assert (first.total, first.live, first.verdict) == (2, 0, v1.VERDICT_NOT_VERIFIED)
    assert "does not carry the weights" in first.routes[0].reason
    assert [state.route.name for state in second.routes] == ["a"]
    assert second.routes[0].rules[0].backends[1].weight == 7
    assert ([state.route.name for state in third.routes], third.gone[0].name, third.total) == ([], "b", 1)


async def test_a_watch_that_nobody_wants_any_more_asks_no_more(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    setup = Setup()
    setup.desk = replace(setup.desk, sleep=sleep)
    async with opened(tmp_path, "a", setup=setup) as door:
        door.keep(manifest(ONE))
        stream = door.stub.Watch(v1.WatchRequest(rollout=referred()))
        await stream.read()
        stream.cancel()
        async with asyncio.timeout(10):
            await ended.wait()


# --- deadlines ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["cancelled", "too late"])
async def test_the_request_to_the_api_server_ends_with_the_call(door: Door, how: str) -> None:
    travelling, ended = asyncio.Event(), asyncio.Event()

    async def stuck(_call: Call) -> None:
        travelling.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    door.setup.api.travel = stuck
    call = door.stub.SetWeight(
        v1.SetWeightRequest(rollout=referred(), weight=30), timeout=0.2 if how == "too late" else None
    )
    async with asyncio.timeout(10):
        await travelling.wait()
        if how == "cancelled":
            call.cancel()
        await ended.wait()

    expected = grpc.StatusCode.CANCELLED if how == "cancelled" else grpc.StatusCode.DEADLINE_EXCEEDED
    assert await call.code() is expected
    assert door.setup.log.said("error") == []
