"""The gRPC server on the one socket of a plugin that its host launched, from the socket to the last answer.

It is made before the handshake line, so nothing is imported here but the gRPC library. What is served comes from
outside, most often from `offering`.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import grpc

from rollouts_router.transports.go_plugin.host import Host
from rollouts_router.transports.limits import Limits

Offer: TypeAlias = Callable[[grpc.aio.Server, Host], Awaitable[None]]
"""Adds all services to a server; some of them tell the host's doings."""

MAX_MESSAGE: Final = 16 * 1024 * 1024
"""Bytes of one request: ten Rollouts as big as Kubernetes allows, and what net/rpc may send us too."""

MAX_STREAMS: Final = 256
"""Calls at a time on a connection; the host waits with more. As many as under net/rpc."""

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

    async def start(self, offer: Offer) -> None:
        """Take calls of the services that `offer` adds."""
        await offer(self._server, self._host)
        await self._server.start()

    async def converse(self, *, over: Callable[[str], None], limits: Limits) -> None:
        """Serve until the host says Shutdown or is gone; calls that are still busy then are cancelled.

        `over` is called once, as soon as that is known, with the reason if nobody ever came.
        """
        try:
            over(await self._host.ending(limits.connect))
        finally:
            self._host.quit()  # so that its streams end by themselves, and nothing waits for them
            await self._server.stop(limits.goodbye)  # answers that are under way still go out
