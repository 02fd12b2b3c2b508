"""Service `TrafficRouter` of the gRPC contract: a request in, calls of the router, a reply or a status out.

Nothing about routes is decided here. This file alone answers for bugs behind this door.
"""

# ruff: noqa: N802 - the contract names the methods

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Final, NoReturn, TypeAlias, TypeVar

import grpc

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import KINDS, RouteKind
from rollouts_router.core.manifests import manifest_rollout
from rollouts_router.core.model import Rollout
from rollouts_router.core.untyped import mapping, text
from rollouts_router.log import describe
from rollouts_router.methods import asked, replies
from rollouts_router.methods.asked import RequestError
from rollouts_router.methods.statuses import About, bug_status, request_status, routing_status
from rollouts_router.methods.steps import Changing, Step, planned, step_of
from rollouts_router.router.desk import Desk
from rollouts_router.router.planning import Effect
from rollouts_router.router.reports import Log
from rollouts_router.v1 import traffic_router_pb2 as v1
from rollouts_router.v1.traffic_router_pb2_grpc import TrafficRouterServicer

SERVICE: Final = v1.DESCRIPTOR.services_by_name["TrafficRouter"].full_name

MAX_REASONS: Final = 20
"""Reasons in one VerifyWeightResponse."""

_Request = TypeVar("_Request")
_Reply = TypeVar("_Reply")
_Answer = TypeVar("_Answer")
_Context: TypeAlias = grpc.aio.ServicerContext[_Request, _Reply]


class TrafficRouter(TrafficRouterServicer):
    """The servicer; safe for concurrent calls.

    A call that is cancelled, because its deadline is over or nobody wants it any more, takes the requests to the API
    server with it: the library cancels the task that does both.
    """

    def __init__(self, desk: Desk, log: Log, *, version: str, now: Callable[[], datetime]) -> None:
        """Serve what `desk` does.

        Args:
            desk: Where to ask.
            log: Takes the bugs.
            version: Of this program.
            now: The time of day, with its time zone.
        """
        self._desk = desk
        self._log = log
        self._version = version
        self._now = now

    async def GetInfo(
        self,
        request: v1.GetInfoRequest,  # noqa: ARG002 - the contract's signature
        context: _Context[v1.GetInfoRequest, v1.GetInfoResponse],  # noqa: ARG002 - the contract's signature
    ) -> v1.GetInfoResponse:
        """Tell what is served."""
        return v1.GetInfoResponse(
            version=self._version,
            plugin_name=PLUGIN_NAME,
            kinds=map(self._kind, KINDS),
            allowed_namespaces=sorted(self._desk.allowed),
        )

    async def SetWeight(
        self, request: v1.SetWeightRequest, context: _Context[v1.SetWeightRequest, v1.SetWeightResponse]
    ) -> v1.SetWeightResponse:
        """Set weights."""
        return v1.SetWeightResponse(outcome=await self._change("SetWeight", request, context))

    async def SetHeaderRoute(
        self,
        request: v1.SetHeaderRouteRequest,
        context: _Context[v1.SetHeaderRouteRequest, v1.SetHeaderRouteResponse],
    ) -> v1.SetHeaderRouteResponse:
        """Put in a header route, or take it out."""
        return v1.SetHeaderRouteResponse(outcome=await self._change("SetHeaderRoute", request, context))

    async def SetMirrorRoute(
        self,
        request: v1.SetMirrorRouteRequest,
        context: _Context[v1.SetMirrorRouteRequest, v1.SetMirrorRouteResponse],
    ) -> v1.SetMirrorRouteResponse:
        """Put in a mirror, or take it out."""
        return v1.SetMirrorRouteResponse(outcome=await self._change("SetMirrorRoute", request, context))

    async def VerifyWeight(
        self,
        request: v1.VerifyWeightRequest,
        context: _Context[v1.VerifyWeightRequest, v1.VerifyWeightResponse],
    ) -> v1.VerifyWeightResponse:
        """Tell whether weights are live."""

        async def work() -> v1.VerifyWeightResponse:
            experiments = asked.experiments(request.additional_destinations)
            rollout = await self._rollout(request.rollout)
            answer = await self._desk.verify_weight(rollout, request.weight, experiments)
            return v1.VerifyWeightResponse(
                verdict=replies.VERDICTS[answer.verdict], reasons=answer.reasons[:MAX_REASONS]
            )

        return await self._guarded("VerifyWeight", request.rollout, context, work)

    async def RemoveManagedRoutes(
        self,
        request: v1.RemoveManagedRoutesRequest,
        context: _Context[v1.RemoveManagedRoutesRequest, v1.RemoveManagedRoutesResponse],
    ) -> v1.RemoveManagedRoutesResponse:
        """Take out everything that steps put in."""
        outcome = await self._change("RemoveManagedRoutes", request, context)
        return v1.RemoveManagedRoutesResponse(outcome=outcome)

    async def UpdateHash(
        self, request: v1.UpdateHashRequest, context: _Context[v1.UpdateHashRequest, v1.UpdateHashResponse]
    ) -> v1.UpdateHashResponse:
        """See to it that there is such a Rollout; there is nothing else to do."""
        return v1.UpdateHashResponse(outcome=await self._change("UpdateHash", request, context))

    async def Discover(
        self, request: v1.DiscoverRequest, context: _Context[v1.DiscoverRequest, v1.DiscoverResponse]
    ) -> v1.DiscoverResponse:
        """Tell the routes of a Rollout."""

        async def work() -> v1.DiscoverResponse:
            rollout = await self._rollout(request.rollout)
            unselected = not request.skip_unselected
            return replies.discovered(await self._desk.discovering().discover(rollout, unselected=unselected))

        return await self._guarded("Discover", request.rollout, context, work)

    async def Plan(
        self, request: v1.PlanRequest, context: _Context[v1.PlanRequest, v1.PlanResponse]
    ) -> v1.PlanResponse:
        """Tell what a call would send."""
        try:
            field, call = planned(request)
        except RequestError as error:
            await _abort(context, request_status(error, About()))
        outcome = await self._change("Plan", call, context, effect=Effect.PLAN, path=f"{field}.")
        return v1.PlanResponse(outcome=outcome)

    async def Watch(
        self, request: v1.WatchRequest, context: _Context[v1.WatchRequest, v1.WatchResponse]
    ) -> AsyncIterator[v1.WatchResponse]:
        """Tell everything, then what changes."""
        try:
            desired = request.weight if request.HasField("weight") else None
            every = asked.interval(request)
            watching = self._desk.watching().watch(lambda: self._rollout(request.rollout), desired, every)
            async with aclosing(watching) as changes:
                async for change in changes:
                    message = replies.watched(change)
                    message.observed_at.FromDatetime(self._now())
                    yield message
        except Exception as error:  # noqa: BLE001 - the border: whatever it is, it ends this call only
            await _abort(context, self._status("Watch", request.rollout, error, ""))

    async def _change(
        self,
        name: str,
        request: Changing,
        context: _Context[_Request, _Reply],
        *,
        effect: Effect | None = None,
        path: str = "",
    ) -> v1.Outcome:
        wanted = effect or (Effect.REHEARSE if request.dry_run else Effect.APPLY)

        async def work() -> v1.Outcome:
            step: Step = step_of(request)
            rollout = await self._rollout(request.rollout)
            return replies.outcome(await step(self._desk.router_for(wanted), rollout))

        return await self._guarded(name, request.rollout, context, work, path)

    async def _guarded(
        self,
        name: str,
        source: v1.RolloutSource,
        context: _Context[_Request, _Answer],
        work: Callable[[], Awaitable[_Reply]],
        path: str = "",
    ) -> _Reply:
        try:
            return await work()
        except Exception as error:  # noqa: BLE001 - the border: whatever it is, it ends this call only
            await _abort(context, self._status(name, source, error, path))

    def _status(self, name: str, source: v1.RolloutSource, error: Exception, path: str) -> grpc.Status:
        """The status of a failure; `path` stands before the fields of the request that are to blame."""
        manifest = f"{path}rollout.manifest" if source.HasField("manifest") else ""
        about = About(rollout=_subject(source), manifest=manifest)
        if isinstance(error, RequestError):
            return request_status(RequestError(f"{path}{error.field}", error.text), about)
        if isinstance(error, RoutingError):
            self._log.debug(str(error), method=name)
            return routing_status(error, about)
        self._log.error("a bug in rollouts-router; please report it", method=name, error=error)
        return bug_status(name, describe(error), about)

    async def _rollout(self, source: v1.RolloutSource) -> Rollout:
        match source.WhichOneof("source"):
            case "manifest":
                rollout = manifest_rollout(asked.document(source.manifest))
                await self._desk.rollouts().admit(rollout)
                return rollout
            case "reference":
                namespace, name = asked.reference(source.reference)
                return manifest_rollout(await self._desk.rollouts().read(namespace, name))
            case _:
                raise RequestError("rollout", "one of reference and manifest has to be set")

    def _kind(self, kind: RouteKind) -> v1.RouteKind:
        return v1.RouteKind(
            kind=kind.name,
            versions=kind.versions,
            served_versions=self._desk.served(kind),
            managed_routes=kind.managed_rules,
        )


async def _abort(context: _Context[_Request, _Reply], status: grpc.Status) -> NoReturn:
    await context.abort(status.code, status.details, status.trailing_metadata)


def _subject(source: v1.RolloutSource) -> str:
    """The Rollout as namespace/name, as far as the request tells; empty when it does not."""
    if source.HasField("manifest"):
        metadata = mapping(asked.document(source.manifest).get("metadata"))
        parts = (text(metadata.get("namespace")), text(metadata.get("name")))
    else:
        parts = (source.reference.namespace, source.reference.name)
    return "/".join(part for part in parts if part)
