"""What a host finds on the socket of a gRPC plugin."""

import asyncio

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from tests.transports.go_plugin.conversing import ECHO, PATIENCE, Echoing, GrpcHost, serving

SERVING = health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("service", ["plugin", "", ECHO])
async def test_every_service_that_is_there_is_healthy(service: str) -> None:
    """go-plugin's ping asks for `plugin`."""
    async with serving(Echoing().register) as served, GrpcHost.connected(served.path) as host:
        assert await host.ping(service) == SERVING


async def test_a_service_that_is_not_there_has_no_health() -> None:
    async with serving(Echoing().register) as served, GrpcHost.connected(served.path) as host:
        with pytest.raises(grpc.aio.AioRpcError) as told:
            await host.ping("other")
        assert told.value.code() is grpc.StatusCode.NOT_FOUND


async def test_reflection_names_every_service() -> None:
    async with serving(Echoing().register) as served, GrpcHost.connected(served.path) as host:
        stub = reflection_pb2_grpc.ServerReflectionStub(host.channel)
        asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        async with asyncio.timeout(PATIENCE):
            (answer,) = [answer async for answer in stub.ServerReflectionInfo(asked)]

    assert {service.name for service in answer.list_services_response.service} == {
        ECHO,
        "plugin.GRPCController",
        "plugin.GRPCStdio",
        "plugin.GRPCBroker",
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }
