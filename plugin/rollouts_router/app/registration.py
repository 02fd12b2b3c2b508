"""Puts service `TrafficRouter` on a gRPC server, whoever made that; imported only where gRPC is spoken."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

import grpc

from rollouts_router.log import Logger
from rollouts_router.methods.traffic_router import SERVICE, TrafficRouter
from rollouts_router.router.desk import Desk
from rollouts_router.v1.traffic_router_pb2_grpc import add_TrafficRouterServicer_to_server


def traffic_router(desk: Desk, log: Logger) -> Callable[[grpc.aio.Server], tuple[str, ...]]:
    """What adds the service to a server and returns the full names of what it added."""
    servicer = TrafficRouter(desk, log, version=version("rollouts-router"), now=lambda: datetime.now(UTC))

    def register(server: grpc.aio.Server) -> tuple[str, ...]:
        add_TrafficRouterServicer_to_server(servicer, server)
        return (SERVICE,)

    return register
