"""The three services of go-plugin beside the plugin's own. What follows from their calls is `host`'s and `server`'s."""

# ruff: noqa: N802, ARG002 - go-plugin names the methods, and the generated code their parameters

from collections.abc import AsyncIterator
from typing import Final

from google.protobuf import empty_pb2
from grpc.aio import ServicerContext

from rollouts_router.transports.go_plugin.go_plugin_pb2 import ConnInfo, Empty, StdioData
from rollouts_router.transports.go_plugin.go_plugin_pb2_grpc import (
    GRPCBrokerServicer,
    GRPCControllerServicer,
    GRPCStdioServicer,
)
from rollouts_router.transports.go_plugin.host import Host

# What would be sent, if there were anything: grpc.aio takes a stream's handler for one only if it may yield.
_NO_OUTPUT: Final[tuple[StdioData, ...]] = ()
_NO_CONNECTIONS: Final[tuple[ConnInfo, ...]] = ()


class Controller(GRPCControllerServicer):
    """The host's line to the process itself."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def Shutdown(self, request: Empty, context: ServicerContext[Empty, Empty]) -> Empty:
        """Answer; the process ends behind the answer."""
        self._host.quit()
        return Empty()


class Stdio(GRPCStdioServicer):
    """The host's wish for copies of our output: heard, and never fulfilled."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def StreamStdio(
        self,
        request: empty_pb2.Empty,
        context: ServicerContext[empty_pb2.Empty, StdioData],
    ) -> AsyncIterator[StdioData]:
        """Stay open as long as the host is there."""
        with self._host.present():
            await self._host.over()
        for piece in _NO_OUTPUT:
            yield piece


class Broker(GRPCBrokerServicer):
    """The place to agree on further connections, of which there are none.

    What the host sends is not read: it has no reason to send anything, and a flood stays on its side.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    async def StartStream(
        self,
        request_iterator: AsyncIterator[ConnInfo],
        context: ServicerContext[ConnInfo, ConnInfo],
    ) -> AsyncIterator[ConnInfo]:
        """Stay open as long as the host is there."""
        with self._host.present():
            await self._host.over()
        for connection in _NO_CONNECTIONS:
            yield connection
