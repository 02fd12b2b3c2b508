"""The gRPC door for real: a server on a unix socket, a client, and an API server in memory behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import (
    BadRequest,
    ErrorInfo,
    PreconditionFailure,
    ResourceInfo,
    RetryInfo,
)
from grpc_status import rpc_status
from tests.fakes.objects import Json, spec
from tests.fakes.routers import Setup

from rollouts_router.methods.traffic_router import TrafficRouter
from rollouts_router.router.rollouts import ROLLOUTS
from rollouts_router.v1.traffic_router_pb2_grpc import (
    TrafficRouterStub,
    add_TrafficRouterServicer_to_server,
)

if TYPE_CHECKING:
    from rollouts_router.v1.traffic_router_pb2_grpc import TrafficRouterAsyncStub

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_DETAILS = (BadRequest, ErrorInfo, PreconditionFailure, ResourceInfo, RetryInfo)


@dataclass
class Refusal:
    """How a call failed: its status, its sentence, and its details by their type's name."""

    code: grpc.StatusCode
    text: str
    details: dict[str, Message]

    @property
    def info(self) -> ErrorInfo:
        """The detail that every failure has."""
        found = self.details["ErrorInfo"]
        assert isinstance(found, ErrorInfo)
        assert found.domain == "rollouts-router"
        return found


@dataclass
class Door:
    """A client, and what is behind the door."""

    stub: "TrafficRouterAsyncStub"
    setup: Setup = field(default_factory=Setup)

    def keep(self, rollout: Json) -> None:
        """Have the API server know a Rollout."""
        metadata = rollout["metadata"]
        self.setup.api.objects[ROLLOUTS.plural, metadata["namespace"], metadata["name"]] = rollout


@asynccontextmanager
async def opened(folder: Path, *routes: str, setup: Setup | None = None) -> AsyncIterator[Door]:
    """A door to an API server with these HTTPRoutes, all at weight 0."""
    setup = setup or Setup()
    setup.api.served |= {ROLLOUTS.plural: (ROLLOUTS.version,), "services": ("v1",)}
    for name in routes:
        setup.api.create(name, spec(), labels={"app": "web"})
    server = grpc.aio.server()
    servicer = TrafficRouter(setup.desk, setup.log, version="0.0.0", now=lambda: NOW)
    add_TrafficRouterServicer_to_server(servicer, server)
    server.add_insecure_port(f"unix:{folder}/s")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"unix:{folder}/s") as channel:
            yield Door(TrafficRouterStub(channel), setup)
    finally:
        await server.stop(None)


def refusal(error: grpc.aio.AioRpcError) -> Refusal:
    """Read a failure."""
    status = rpc_status.from_call(error)
    details: dict[str, Message] = {}
    for packed in status.details if status is not None else ():
        for kind in _DETAILS:
            if packed.Is(kind.DESCRIPTOR):
                details[kind.DESCRIPTOR.name] = kind.FromString(packed.value)
    return Refusal(error.code(), error.details() or "", details)
