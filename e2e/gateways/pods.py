"""The pods' side: at each address of the pod range something answers, with the address it was reached at.

KWOK's pods have addresses and no processes; these servers are all of them. Which version a pod is of is not known
here, and nothing here knows a gateway. What arrived is remembered, for requests whose answer nobody gets to see.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from e2e.gateways.frames import END_HEADERS, END_STREAM, PREFACE, Peer, Type, block, frame, message, text_of
from e2e.gateways.wires import GRPC, HTTP, TCP, WORD_HEADER, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 -- all addresses of a network that ends in this machine
REMEMBERED: Final = 100_000  # arrivals
TOLD: Final = (
    "/told/"  # a path below which a pod says how many requests with the word that follows it has seen
)
STOPS_WITHIN: Final = 1.0  # seconds that open requests get


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A request, or over TCP a connection, at a pod. Headers, names in lower case, and path are HTTP's alone.

    `word` is what whoever asked wanted remembered, over HTTP and gRPC.
    """

    wire: Wire
    address: str
    path: str = ""
    word: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)


class Pods:
    """All pods' servers, as an async context manager. They live in the event loop of whoever enters it."""

    def __init__(self) -> None:
        """Listens nowhere yet."""
        self.arrivals: deque[Arrival] = deque(maxlen=REMEMBERED)
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        async with contextlib.AsyncExitStack() as stack:
            await self._serve_http(stack)
            grpc = await loop.create_server(
                lambda: _GrpcServer(self.arrivals.append), EVERYWHERE, GRPC.pod_port
            )
            tcp = await asyncio.start_server(self._answer_tcp, EVERYWHERE, TCP.pod_port)
            for server in (grpc, tcp):
                stack.callback(server.close)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def told(self, word: str) -> Counter[str]:
        """How many requests with this word have arrived at each address."""
        return Counter(each.address for each in list(self.arrivals) if each.word == word)

    async def _serve_http(self, stack: contextlib.AsyncExitStack) -> None:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer_http)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=STOPS_WITHIN)
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, EVERYWHERE, HTTP.pod_port).start()

    async def _answer_http(self, request: web.Request) -> web.Response:
        address = _own_address(request.get_extra_info("sockname"))
        if request.path.startswith(TOLD):
            return web.Response(text=str(self.told(request.path.removeprefix(TOLD))[address]))
        headers = {name.lower(): value for name, value in request.headers.items()}
        word = headers.get(WORD_HEADER, "")
        arrival = Arrival(wire=HTTP, address=address, path=request.path, headers=headers, word=word)
        self.arrivals.append(arrival)
        return web.Response(text=address)

    async def _answer_tcp(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = _own_address(writer.get_extra_info("sockname"))
        self.arrivals.append(Arrival(wire=TCP, address=address))
        writer.write(f"{address}\n".encode())
        with contextlib.suppress(ConnectionError):  # whoever asked may be gone
            await writer.drain()
        writer.close()


class _GrpcServer(Peer):
    """Answers every unary call, whatever its service and method, as gRPC over HTTP/2 says."""

    def __init__(self, arrived: Callable[[Arrival], None]) -> None:
        super().__init__()
        self._arrived = arrived
        self._greeting = PREFACE
        self._contents: dict[int, bytes] = {}  # of calls that are not complete, by stream

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._address = _own_address(transport.get_extra_info("sockname"))

    def data_received(self, data: bytes) -> None:
        """A client begins with the preface."""
        missing = self._greeting[: len(data)]
        if not data.startswith(missing):
            self.transport.abort()
            return
        self._greeting = self._greeting[len(missing) :]
        super().data_received(data[len(missing) :])

    def received(self, kind: int, stream: int, payload: bytes, *, last: bool) -> None:
        """The answer goes out when the call is complete; what it asks does not matter."""
        if kind == Type.RST_STREAM:
            self._contents.pop(stream, None)
        if kind == Type.DATA:
            self._contents[stream] = self._contents.get(stream, b"") + payload
        if last:
            word = text_of(self._contents.pop(stream, b""))
            self._arrived(Arrival(wire=GRPC, address=self._address, word=word))
            self.transport.write(_answer(stream, self._address))


def _answer(stream: int, text: str) -> bytes:
    """Headers, one message, trailers."""
    headers = block({":status": "200", "content-type": "application/grpc"})
    trailers = block({"grpc-status": "0"})
    return (
        frame(Type.HEADERS, stream, headers, END_HEADERS)
        + frame(Type.DATA, stream, message(text))
        + frame(Type.HEADERS, stream, trailers, END_HEADERS | END_STREAM)
    )


def _own_address(socket_name: tuple[str, int]) -> str:
    return socket_name[0]
