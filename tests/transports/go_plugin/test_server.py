"""The server of a gRPC plugin under a host in this process; the launch around it is tests/process' matter."""

import asyncio
import stat
from functools import partial
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2
from tests.transports.go_plugin.conversing import ECHO, PATIENCE, Echoing, GrpcHost, serving

from rollouts_router.transports.go_plugin.offering import offer
from rollouts_router.transports.go_plugin.server import MAX_MESSAGE, PluginServer
from rollouts_router.transports.limits import Limits

SERVING = health_pb2.HealthCheckResponse.SERVING


async def test_a_session_of_a_host_from_its_ping_to_shutdown() -> None:
    """Health under the name that go-plugin asks for, the plugin's own call, an answer to Shutdown, streams in order."""
    echoing = Echoing()
    async with serving(echoing.register) as served, GrpcHost.connected(served.path) as host:
        assert await host.ping() == SERVING
        assert await host.ping("") == SERVING
        assert await host.ping(ECHO) == SERVING
        assert await host.echo(b"hello") == b"hello"
        await host.shut_down()
        assert await host.stdio_ended()
        assert await served.end() == ""


async def test_a_host_that_dies_is_the_end_and_its_calls_are_cancelled() -> None:
    echoing = Echoing()
    async with serving(echoing.register) as served:
        async with GrpcHost.connected(served.path) as host, asyncio.TaskGroup() as tasks:
            await host.ping()
            tasks.create_task(failing(host))
            await echoing.called.wait()
            await host.channel.close()
        assert await served.end() == ""
        assert echoing.cancelled


async def test_a_call_that_goes_on_after_shutdown_is_cancelled_when_the_time_is_up() -> None:
    echoing = Echoing()
    async with (
        serving(echoing.register, Limits(goodbye=0.001)) as served,
        GrpcHost.connected(served.path) as host,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(failing(host))
        await echoing.called.wait()
        await host.shut_down()
        assert await served.end() == ""
        assert echoing.cancelled


async def test_a_cancelled_conversation_ends_the_hosts_streams_in_order() -> None:
    """SIGTERM comes as a cancellation."""
    async with serving(Echoing().register) as served, GrpcHost.connected(served.path) as host:
        await host.ping()
        served.task.cancel()
        assert await host.stdio_ended()
        assert served.ended == []


async def test_nobody_connecting_is_told() -> None:
    async with serving(Echoing().register, Limits(connect=0.001)) as served:
        assert await served.end() == "no host connected within 0.001 s of the launch"


async def test_a_message_may_be_as_long_as_the_limit_and_not_longer() -> None:
    async with serving(Echoing().register) as served, GrpcHost.connected(served.path) as host:
        with pytest.raises(grpc.aio.AioRpcError) as told:
            await host.echo(bytes(MAX_MESSAGE + 1))
        assert told.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        with pytest.raises(
            grpc.aio.AioRpcError
        ) as answered:  # it was taken; a client takes 4 MiB back by default
            await host.echo(bytes(MAX_MESSAGE))
        assert "Received message larger than max" in str(answered.value.details())
        assert await host.ping() == SERVING


async def test_a_host_that_connects_before_the_start_waits() -> None:
    """The handshake line is out before the rest of the plugin is there."""
    echoing = Echoing()
    async with serving(echoing.register, Limits(connect=PATIENCE)) as served:
        path = served.path.with_name("early")
        server = PluginServer()
        server.bind(str(path))
        assert stat.S_ISSOCK(path.stat().st_mode)
        async with asyncio.TaskGroup() as tasks:
            answer = tasks.create_task(pinged(path.with_name("early")))
            await server.start(partial(offer, register=echoing.register))
            assert await answer == SERVING
        await server.converse(over=lambda _reason: None, limits=Limits(connect=0.001))


async def test_a_path_that_cannot_be_listened_at_is_an_error_of_the_system() -> None:
    with pytest.raises(OSError, match=r"^gRPC cannot listen at /nowhere/socket$"):
        PluginServer().bind("/nowhere/socket")


async def failing(host: GrpcHost) -> None:
    """A call that does not come back with an answer."""
    with pytest.raises((grpc.aio.AioRpcError, asyncio.CancelledError)):
        await host.echo(b"wait")


async def pinged(path: Path) -> int:
    """Connect, ask, and leave."""
    async with GrpcHost.connected(path) as host:
        return await host.ping()
