"""The gRPC server on the one socket of a plugin that its host launched, from the socket to the last answer.

What the plugin itself offers comes from outside as a function that registers it; here are the services that
a go-plugin host expects beside it, the limits, and the end.
"""

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from rollouts_router.transports.go_plugin import go_plugin_pb2, go_plugin_pb2_grpc
from rollouts_router.transports.go_plugin.host import Host
from rollouts_router.transports.go_plugin.services import Broker, Controller, Stdio
from rollouts_router.transports.limits import Limits

Register: TypeAlias = Callable[[grpc.aio.Server], Iterable[str]]
"""Adds services to a server and returns their full names."""

HEALTH_NAME: Final = "plugin"
"""The service by which every go-plugin host asks for health (go-plugin, GRPCServiceName)."""

MAX_MESSAGE: Final = 16 * 1024 * 1024
"""Bytes of one request: ten Rollouts as big as Kubernetes allows, and what net/rpc may send us too."""

MAX_STREAMS: Final = 256
"""Calls at a time on a connection; the host waits with more. As many as under net/rpc."""

_STANDARD: Final = (health.SERVICE_NAME, reflection.SERVICE_NAME)
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_concurrent_streams", MAX_STREAMS),
    ("grpc.so_reuseport", 0),
)


class PluginServer:
    """A server for one host, made inside the event loop. The order is `bind`, `start`, `converse`."""

    def __init__(self) -> None:
        self._host = Host()
        self._server = grpc.aio.server(options=_OPTIONS)

    def bind(self, path: str) -> None:
        """Make the socket and listen; who may connect is the file's mode, which is the caller's to see to.

        A host that connects before `start` waits.

        Raises:
            OSError: the library cannot listen at this path.
        """
        try:
            self._server.add_insecure_port(f"unix:{path}")
        except RuntimeError as error:  # which is all that grpcio ever raises here; its text tells no cause
            raise OSError(f"gRPC cannot listen at {path}") from error

    async def start(self, register: Register) -> None:
        """Take calls of go-plugin's services and of those that `register` adds; all of them are healthy."""
        own = tuple(register(self._server))
        checks = health.aio.HealthServicer()
        for name in (HEALTH_NAME, health.OVERALL_HEALTH, *own):
            await checks.set(name, health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(checks, self._server)
        reflection.enable_server_reflection((*own, *self._add_go_plugins(), *_STANDARD), self._server)
        await self._server.start()

    def _add_go_plugins(self) -> Iterable[str]:
        go_plugin_pb2_grpc.add_GRPCControllerServicer_to_server(Controller(self._host), self._server)
        go_plugin_pb2_grpc.add_GRPCStdioServicer_to_server(Stdio(self._host), self._server)
        go_plugin_pb2_grpc.add_GRPCBrokerServicer_to_server(Broker(self._host), self._server)
        return [service.full_name for service in go_plugin_pb2.DESCRIPTOR.services_by_name.values()]

    async def converse(self, *, over: Callable[[str], None], limits: Limits) -> None:
        """Serve until the host says Shutdown or is gone; calls that are still busy then are cancelled.

        `over` is called once, as soon as that is known, with the reason if nobody ever came.
        """
        try:
            over(await self._host.ending(limits.connect))
        finally:
            self._host.quit()  # so that its streams end by themselves, and nothing waits for them
            await self._server.stop(limits.goodbye)  # answers that are under way still go out
