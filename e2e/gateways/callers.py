"""One request through a gateway, for each wire: the answer is the address of the pod that gave it.

A caller keeps its connection as long as the gateway does, except over TCP, where a connection is the request.
What is made of the answers does not live here.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import aiohttp

from e2e.gateways.frames import (
    END_HEADERS,
    END_STREAM,
    PREFACE,
    Peer,
    Type,
    block,
    frame,
    is_message,
    message,
    text_of,
)
from e2e.gateways.wires import GRPC, HTTP, TCP, WORD_HEADER, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

GATEWAY: Final = "127.0.0.1"
ANSWER_LIMIT: Final = 10.0  # seconds; an answer takes a millisecond
OK: Final = 200

Call: TypeAlias = "Callable[[], Awaitable[str]]"


class CallError(Exception):
    """A request got no answer of a pod; the text says what it got, in words that are the same each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for. Over TCP there is nothing to say."""

    host: str
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    word: str = ""  # what the pod is told, and remembers


@contextlib.asynccontextmanager
async def caller(wire: Wire, request: Request) -> AsyncIterator[Call]:
    """A function that makes the request once and returns a pod's address, or raises `CallError`."""
    async with _CALLERS[wire](request) as call:

        async def bounded() -> str:
            try:
                async with asyncio.timeout(ANSWER_LIMIT):
                    return await call()
            except (aiohttp.ClientError, OSError, EOFError, TimeoutError) as error:
                raise CallError(type(error).__name__) from error

        yield bounded


@contextlib.asynccontextmanager
async def _http(request: Request) -> AsyncIterator[Call]:
    url = f"http://{GATEWAY}:{HTTP.listener_port}{request.path}"
    headers = {**request.headers, "Host": request.host, WORD_HEADER: request.word}
    async with aiohttp.ClientSession() as session:

        async def call() -> str:
            async with session.get(url, headers=headers) as answer:
                if answer.status != OK:
                    raise CallError(f"HTTP {answer.status}")
                return await answer.text()

        yield call


@contextlib.asynccontextmanager
async def _grpc(request: Request) -> AsyncIterator[Call]:
    async with contextlib.AsyncExitStack() as stack:
        client: _GrpcClient | None = None

        async def call() -> str:
            nonlocal client
            if client is None or not client.usable:
                client = await _connected()
                stack.callback(client.close)
            return await client.call(request)

        yield call


@contextlib.asynccontextmanager
async def _tcp(_: Request) -> AsyncIterator[Call]:
    async def call() -> str:
        reader, writer = await asyncio.open_connection(GATEWAY, TCP.listener_port)
        try:
            line = await reader.readline()
        finally:
            writer.close()
        if not line:
            raise CallError("TCP closed without a word")
        return line.decode().strip()

    yield call


_CALLERS: Final = {HTTP: _http, GRPC: _grpc, TCP: _tcp}


async def _connected() -> _GrpcClient:
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(_GrpcClient, GATEWAY, GRPC.listener_port)
    return client


class _GrpcClient(Peer):
    """Unary calls on one connection, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.usable = True
        self._stream = 1  # a client's streams have odd numbers
        self._content = b""
        self._answer: asyncio.Future[str] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The preface, then as any peer."""
        cast("asyncio.Transport", transport).write(PREFACE)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """A call under way fails."""
        del exc
        self._fail("gRPC connection lost")

    def close(self) -> None:
        """Ends the connection; safe to call twice."""
        self.usable = False
        self.transport.abort()

    async def call(self, request: Request) -> str:
        """One call; the text of its answer's message."""
        self._answer = asyncio.get_running_loop().create_future()
        self._content = b""
        stream, self._stream = self._stream, self._stream + 2
        self.transport.write(
            frame(Type.HEADERS, stream, block(_headers(request)), END_HEADERS)
            + frame(Type.DATA, stream, message(request.word), END_STREAM)
        )
        return await self._answer

    def received(self, kind: int, stream: int, payload: bytes, *, last: bool) -> None:
        """Frames of the one call under way, or a word about the connection."""
        del stream
        if kind == Type.DATA:
            self._content += payload
        if kind == Type.GOAWAY:
            self.usable = False  # the call under way may still be answered
        elif kind == Type.RST_STREAM:
            self._fail("gRPC stream reset")
        elif last:
            self._succeed() if is_message(self._content) else self._fail("gRPC error status")

    def _succeed(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(text_of(self._content))

    def _fail(self, words: str) -> None:
        self.usable = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(CallError(words))


def _headers(request: Request) -> dict[str, str]:
    return {
        ":method": "POST",
        ":scheme": "http",
        ":path": request.path,
        ":authority": request.host,
        "content-type": "application/grpc",
        "te": "trailers",
        **request.headers,
    }
