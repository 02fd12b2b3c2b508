"""Every way in which a call fails: its status code, reason and details, and whether it may be repeated."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeAlias

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, PreconditionFailure, ResourceInfo, RetryInfo
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.door import Door, Refusal, opened, refusal
from tests.fakes.manifests import inline, manifest, referred
from tests.fakes.objects import spec
from tests.fakes.routers import Setup

from rollouts_router.core.config import BLOCK
from rollouts_router.core.errors import RoutingError
from rollouts_router.kube.errors import (
    ApiError,
    Forbidden,
    Invalid,
    NoCredentials,
    TestFailed,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from rollouts_router.kube.resources import Call, Verb
from rollouts_router.methods.asked import RequestError
from rollouts_router.methods.statuses import About, bug_status, request_status, routing_status
from rollouts_router.v1 import traffic_router_pb2 as v1

ONE = {"httpRoute": "a"}
CODE = grpc.StatusCode
Arrange: TypeAlias = Callable[[Door], Any]


class Hasty(Setup):
    """A process that does not wait between its tries."""

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    """A door to an API server with route a, and Rollout shop/web, whose route it is."""
    async with opened(tmp_path, "a", setup=Hasty()) as door:
        door.keep(manifest(ONE))
        yield door


async def refused(call: Any) -> Refusal:
    """How a call fails."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return refusal(error.value)


async def weighed(door: Door, source: v1.RolloutSource | None = None, weight: int = 30) -> Refusal:
    """How setting a weight fails."""
    request = v1.SetWeightRequest(rollout=source or referred(), weight=weight)
    return await refused(door.stub.SetWeight(request))


def fault(kind: type[ApiError], verb: Verb, name: str, times: int = 1, **facts: Any) -> Arrange:
    """The API server answers so."""

    def arrange(door: Door) -> None:
        door.setup.api.faults[verb, name] = [lambda call: kind(call, "so it said", **facts)] * times

    return arrange


def without_kind(door: Door) -> None:
    """Nobody has installed the CRD of HTTPRoutes."""
    del door.setup.api.served["httproutes"]


def without_rule(door: Door) -> None:
    """The route has no rule of the Rollout."""
    door.setup.api.create("a", spec({"backendRefs": []}))


def with_block(block: Any) -> Arrange:
    """The Rollout has this configuration."""
    return lambda door: door.keep(manifest(block))


@pytest.mark.parametrize(
    ("arrange", "code", "reason", "facts"),
    [
        (
            lambda door: door.setup.api.objects.pop(("rollouts", "shop", "web")),
            CODE.NOT_FOUND,
            "ROLLOUT_NOT_FOUND",
            {"rollout": "shop/web"},
        ),
        (
            with_block({"httpRoute": 5}),
            CODE.FAILED_PRECONDITION,
            "FIELD_INVALID",
            {"field": f"{BLOCK}.httpRoute", "rollout": "shop/web"},
        ),
        (
            with_block({"httpRoute": "gone"}),
            CODE.FAILED_PRECONDITION,
            "ROUTE_NOT_FOUND",
            {"route": "HTTPRoute shop/gone", "field": f"{BLOCK}.httpRoute", "name": "gone"},
        ),
        (
            without_rule,
            CODE.FAILED_PRECONDITION,
            "NOT_ROUTABLE",
            {"route": "HTTPRoute shop/a", "field": f"{BLOCK}.httpRoute"},
        ),
        (
            with_block({"httpRouteSelector": {"matchLabels": {"no": "body"}}}),
            CODE.FAILED_PRECONDITION,
            "NO_ROUTES",
            {"rollout": "shop/web"},
        ),
        (without_kind, CODE.FAILED_PRECONDITION, "KIND_NOT_SERVED", {}),
        (
            fault(Forbidden, Verb.PATCH, "a"),
            CODE.PERMISSION_DENIED,
            "PERMISSION_MISSING",
            {
                "verb": "patch",
                "resource": "httproutes.gateway.networking.k8s.io",
                "namespace": "shop",
                "name": "a",
            },
        ),
        (
            fault(Forbidden, Verb.GET, "web"),
            CODE.PERMISSION_DENIED,
            "PERMISSION_MISSING",
            {"verb": "get", "resource": "rollouts.argoproj.io", "name": "web"},
        ),
        (fault(Unauthorized, Verb.GET, "a"), CODE.UNAVAILABLE, "CREDENTIALS_REFUSED", {"verb": "get"}),
        (fault(NoCredentials, Verb.GET, "web"), CODE.UNAVAILABLE, "CREDENTIALS_REFUSED", {"verb": "get"}),
        (fault(Invalid, Verb.PATCH, "a"), CODE.FAILED_PRECONDITION, "REJECTED_BY_API", {"verb": "patch"}),
    ],
)
async def test_what_somebody_has_to_change_first_is_not_to_be_repeated(
    door: Door, arrange: Arrange, code: grpc.StatusCode, reason: str, facts: dict[str, str]
) -> None:
    arrange(door)

    told = await weighed(door)

    assert (told.code, told.info.reason) == (code, reason)
    assert facts.items() <= dict(told.info.metadata).items()
    assert "RetryInfo" not in told.details


@pytest.mark.parametrize(
    ("arrange", "code", "reason", "seconds"),
    [
        (fault(Unavailable, Verb.GET, "a"), CODE.UNAVAILABLE, "API_UNAVAILABLE", 1),
        (fault(Unavailable, Verb.GET, "web"), CODE.UNAVAILABLE, "API_UNAVAILABLE", 1),
        (fault(Unavailable, Verb.PATCH, "a"), CODE.UNAVAILABLE, "API_UNAVAILABLE", 1),
        (fault(TooManyRequests, Verb.GET, "a", retry_after=7.0), CODE.UNAVAILABLE, "API_OVERLOADED", 7),
        (fault(TestFailed, Verb.PATCH, "a", times=8), CODE.ABORTED, "CONTENDED", 1),
    ],
)
async def test_what_may_pass_says_when_to_come_back(
    door: Door, arrange: Arrange, code: grpc.StatusCode, reason: str, seconds: int
) -> None:
    arrange(door)

    told = await weighed(door)

    assert (told.code, told.info.reason) == (code, reason)
    retry = told.details["RetryInfo"]
    assert isinstance(retry, RetryInfo)
    assert retry.retry_delay.seconds == seconds


async def test_a_route_that_everybody_changes_is_named(door: Door) -> None:
    fault(TestFailed, Verb.PATCH, "a", times=8)(door)

    assert dict((await weighed(door)).info.metadata)["route"] == "HTTPRoute shop/a"


async def test_the_time_of_the_router_itself_may_be_over(tmp_path: Path) -> None:
    async def stuck(_call: Call) -> None:
        await asyncio.Event().wait()

    async with opened(tmp_path, "a", setup=Setup(seconds=0.01)) as door:
        door.setup.api.travel = stuck

        told = await weighed(door, inline(manifest(ONE)))

        assert (told.code, told.info.reason) == (CODE.DEADLINE_EXCEEDED, "TOO_SLOW")
        assert "RetryInfo" in told.details


async def test_an_operator_may_have_allowed_other_namespaces_only(tmp_path: Path) -> None:
    async with opened(tmp_path, "a", setup=Setup(allowed=frozenset({"other"}))) as door:
        told = await weighed(door, inline(manifest(ONE)))

        assert (told.code, told.info.reason) == (CODE.PERMISSION_DENIED, "NAMESPACE_NOT_ALLOWED")


# --- details ------------------------------------------------------------------------------------------------


async def test_an_unknown_rollout_is_named(door: Door) -> None:
    told = await weighed(door, referred("none"))

    resource = told.details["ResourceInfo"]
    assert isinstance(resource, ResourceInfo)
    assert (resource.resource_type, resource.resource_name) == ("rollouts.argoproj.io", "shop/none")
    assert told.text.startswith("there is no Rollout none in namespace shop")


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"kind": "Pod"}, "apiVersion"),
        ({**manifest(ONE), "kind": "Pod"}, "kind"),
        (manifest(ONE, steps=[5]), "spec.strategy.canary.steps[0]"),
        (manifest({"httpRoute": 5}), f"{BLOCK}.httpRoute"),
        (manifest(ONE, canaryService=""), "spec.strategy.canary.canaryService"),
        (
            manifest(ONE, trafficRouting={"maxTrafficWeight": -1}),
            "spec.strategy.canary.trafficRouting.maxTrafficWeight",
        ),
    ],
)
async def test_a_manifest_that_is_wrong_is_the_callers_own_argument(
    door: Door, document: Any, field: str
) -> None:
    told = await weighed(door, inline(document))

    assert (told.code, told.info.reason) == (CODE.INVALID_ARGUMENT, "FIELD_INVALID")
    bad = told.details["BadRequest"]
    assert isinstance(bad, BadRequest)
    assert [each.field for each in bad.field_violations] == [f"rollout.manifest.{field}"]
    assert told.info.metadata["field"] == field


async def test_a_rollout_of_the_cluster_that_is_wrong_is_a_precondition(door: Door) -> None:
    door.keep(manifest({"httpRoute": 5}))

    told = await weighed(door)

    unmet = told.details["PreconditionFailure"]
    assert isinstance(unmet, PreconditionFailure)
    assert [(each.type, each.subject) for each in unmet.violations] == [
        ("FIELD_INVALID", f"shop/web {BLOCK}.httpRoute")
    ]


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda stub: stub.SetWeight(v1.SetWeightRequest()), "rollout"),
        (lambda stub: stub.SetHeaderRoute(v1.SetHeaderRouteRequest(rollout=referred())), "name"),
        (
            lambda stub: stub.VerifyWeight(v1.VerifyWeightRequest(rollout=referred(""))),
            "rollout.reference.name",
        ),
        (lambda stub: stub.Plan(v1.PlanRequest()), "call"),
        (
            lambda stub: stub.Plan(
                v1.PlanRequest(set_header_route=v1.SetHeaderRouteRequest(rollout=referred()))
            ),
            "set_header_route.name",
        ),
        (
            lambda stub: stub.Plan(v1.PlanRequest(set_weight=v1.SetWeightRequest(rollout=inline({})))),
            "set_weight.rollout.manifest.apiVersion",
        ),
        (lambda stub: stub.Discover(v1.DiscoverRequest()), "rollout"),
    ],
)
async def test_a_request_that_cannot_be_meant_is_refused_by_its_field(
    door: Door, call: Any, field: str
) -> None:
    told = await refused(call(door.stub))

    assert told.code is CODE.INVALID_ARGUMENT
    bad = told.details["BadRequest"]
    assert isinstance(bad, BadRequest)
    assert [each.field for each in bad.field_violations] == [field]


async def test_a_watch_fails_as_a_call_does(door: Door) -> None:
    told = await refused(door.stub.Watch(v1.WatchRequest(rollout=referred("none"))).read())

    assert (told.code, told.info.reason) == (CODE.NOT_FOUND, "ROLLOUT_NOT_FOUND")


async def test_a_verification_does_not_hide_that_the_api_server_is_away(door: Door) -> None:
    """The controller is told "not yet" then, because it would not ask again after an error; others would."""
    waiting = {"stableRS": "old", "currentPodHash": "new"}
    fault(Unavailable, Verb.GET, "a")(door)
    source = inline(manifest(ONE, steps=[{"setWeight": 30}], status=waiting))

    told = await refused(door.stub.VerifyWeight(v1.VerifyWeightRequest(rollout=source, weight=30)))

    assert (told.code, told.info.reason) == (CODE.UNAVAILABLE, "API_UNAVAILABLE")


@pytest.mark.parametrize("method", ["SetWeight", "Watch"])
async def test_a_bug_is_one_sentence_to_the_caller_and_one_line_in_the_log(door: Door, method: str) -> None:
    async def broken(_call: Call) -> None:
        raise LookupError("oh")

    door.setup.api.travel = broken
    calls = {
        "SetWeight": lambda: door.stub.SetWeight(v1.SetWeightRequest(rollout=referred())),
        "Watch": lambda: door.stub.Watch(v1.WatchRequest(rollout=referred())).read(),
    }

    told = await refused(calls[method]())

    assert (told.code, told.info.reason) == (CODE.INTERNAL, "INTERNAL")
    assert told.text.startswith(f"internal error in {method}, a bug in rollouts-router: LookupError")
    assert "Traceback" not in told.text
    assert len(door.setup.log.said("error")) == 1


# --- limits -------------------------------------------------------------------------------------------------


@given(
    text=st.text(alphabet=st.characters(exclude_categories=()), max_size=9000),
    field=st.text(max_size=2000),
    is_manifest=st.booleans(),
)
def test_whatever_is_told_fits_into_what_clients_take(*, text: str, field: str, is_manifest: bool) -> None:
    """8 KiB of metadata: the message as gRPC encodes it, and the details in base64."""
    about = About(rollout="n" * 253 + "/" + "r" * 253, manifest="rollout.manifest" if is_manifest else "")
    routing = RoutingError(text, field=field, route=f"HTTPRoute {'n' * 63}/{'r' * 253}")
    statuses = [
        routing_status(routing, about),
        request_status(RequestError(field, text), about),
        bug_status("SetWeight", text, about),
    ]
    for status in statuses:
        [(_, details)] = status.trailing_metadata
        encoded = sum(
            1 if " " <= each <= "~" and each != "%" else 3 * len(each.encode(errors="replace"))
            for each in status.details
        )
        assert encoded + len(details) * 4 / 3 < 7800


async def test_a_text_that_is_too_long_arrives_as_far_as_it_fits(door: Door) -> None:
    door.keep(manifest({"httpRoutes": [{"name": f"route-{each}"} for each in range(400)]}))

    told = await weighed(door)

    assert told.code is CODE.FAILED_PRECONDITION
    assert told.details.keys() >= {"ErrorInfo"}
