"""What a gRPC plugin offers its host: its own services, go-plugin's, health and reflection. Serves nothing by itself."""

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from rollouts_router.transports.go_plugin import go_plugin_pb2, go_plugin_pb2_grpc
from rollouts_router.transports.go_plugin.host import Host
from rollouts_router.transports.go_plugin.services import Broker, Controller, Stdio

Register: TypeAlias = Callable[[grpc.aio.Server], Iterable[str]]
"""Adds the plugin's own services to a server and returns their full names."""

HEALTH_NAME: Final = "plugin"
"""The service by which every go-plugin host asks for health (go-plugin, GRPCServiceName)."""

_STANDARD: Final = (health.SERVICE_NAME, reflection.SERVICE_NAME)


async def offer(server: grpc.aio.Server, host: Host, *, register: Register) -> None:
    """Add all services to a server that has not started; all of them are healthy."""
    own = tuple(register(server))
    checks = health.aio.HealthServicer()
    for name in (HEALTH_NAME, health.OVERALL_HEALTH, *own):
        await checks.set(name, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    reflection.enable_server_reflection((*own, *_go_plugins(server, host), *_STANDARD), server)


def _go_plugins(server: grpc.aio.Server, host: Host) -> Iterable[str]:
    go_plugin_pb2_grpc.add_GRPCControllerServicer_to_server(Controller(host), server)
    go_plugin_pb2_grpc.add_GRPCStdioServicer_to_server(Stdio(host), server)
    go_plugin_pb2_grpc.add_GRPCBrokerServicer_to_server(Broker(host), server)
    return [service.full_name for service in go_plugin_pb2.DESCRIPTOR.services_by_name.values()]
