"""A go-plugin host in Python that speaks gRPC, and the server under it in this process. No assertion lives here."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import grpc
from google.protobuf import empty_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from rollouts_router.transports.go_plugin import go_plugin_pb2, go_plugin_pb2_grpc
from rollouts_router.transports.go_plugin.offering import Register, offer
from rollouts_router.transports.go_plugin.server import PluginServer
from rollouts_router.transports.limits import Limits

PATIENCE = 10.0  # seconds; only a broken plugin takes them
ECHO = "test.Echo"


class GrpcHost:
    """One connection of a host, with the two streams that go-plugin opens at once."""

    def __init__(self, path: Path) -> None:
        self._channel = grpc.aio.insecure_channel(f"unix:{path}")
        self._broker = go_plugin_pb2_grpc.GRPCBrokerStub(self._channel).StartStream()
        self._stdio = go_plugin_pb2_grpc.GRPCStdioStub(self._channel).StreamStdio(empty_pb2.Empty())

    @classmethod
    @asynccontextmanager
    async def connected(cls, path: Path) -> AsyncIterator[Self]:
        """A host that is there for the block, and then dies without a word."""
        host = cls(path)
        try:
            await host.ping()  # behind the streams, so they are there too
            yield host
        finally:
            await host._channel.close()

    async def ping(self, service: str = "plugin") -> int:
        """The health of a service; go-plugin asks for `plugin`."""
        stub = health_pb2_grpc.HealthStub(self._channel)
        request = health_pb2.HealthCheckRequest(service=service)
        return (await stub.Check(request, timeout=PATIENCE)).status

    async def echo(self, payload: bytes) -> bytes:
        """Call the plugin's own service."""
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(f"/{ECHO}/Echo")
        return await call(payload, timeout=PATIENCE)

    async def shut_down(self) -> go_plugin_pb2.Empty:
        """Close the broker's stream and say Shutdown, in go-plugin's order."""
        self._broker.cancel()
        stub = go_plugin_pb2_grpc.GRPCControllerStub(self._channel)
        return await stub.Shutdown(go_plugin_pb2.Empty(), timeout=PATIENCE)

    async def stdio_ended(self) -> bool:
        """Whether the stdio stream ends in order, without a message."""
        async with asyncio.timeout(PATIENCE):
            return [
                piece async for piece in self._stdio
            ] == [] and await self._stdio.code() == grpc.StatusCode.OK

    @property
    def channel(self) -> grpc.aio.Channel:
        """The connection itself."""
        return self._channel


@dataclass(slots=True)
class Echoing:
    """A plugin's own service, whose one call may be held up."""

    called: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: bool = False

    def register(self, server: grpc.aio.Server) -> Iterable[str]:
        """Add the service."""
        handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(self._echo)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(ECHO, {"Echo": handler}),))
        return (ECHO,)

    async def _echo(self, request: bytes, _context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        self.called.set()
        try:
            if request == b"wait":
                await self.released.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return request


@dataclass(slots=True)
class Served:
    """A running server as its owner sees it."""

    path: Path
    task: asyncio.Task[None]
    ended: list[str]

    async def end(self) -> str:
        """Wait for the server's end; return what it said was wrong."""
        async with asyncio.timeout(PATIENCE):
            await self.task
        (reason,) = self.ended
        return reason


@asynccontextmanager
async def serving(register: Register, limits: Limits | None = None) -> AsyncIterator[Served]:
    """Serve on a socket in a folder with a short path until the block ends."""
    with TemporaryDirectory(prefix="rr-") as folder:
        path, ended, server = Path(folder) / "socket", list[str](), PluginServer()
        server.bind(str(path))
        await server.start(partial(offer, register=register))
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(server.converse(over=ended.append, limits=limits or Limits()))
            yield Served(path, task, ended)
            task.cancel()
