"""A standalone server in the test's own event loop, with methods that do what they are told. No assertion lives here."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.wrappers_pb2 import StringValue
from tests.transports.serving import Lines

from rollouts_router.transports.standalone.admission import Shown
from rollouts_router.transports.standalone.endpoint import Endpoint
from rollouts_router.transports.standalone.gate import Gate
from rollouts_router.transports.standalone.limits import ServingLimits
from rollouts_router.transports.standalone.server import StandaloneServer

QUICK = ServingLimits(goodbye=0.05)
LOOPBACK = Endpoint(host="127.0.0.1")
NAME = "tests.Toy"
PATIENCE = 10.0  # seconds; only a broken server takes them


class Bell:
    """Wakes those who wait for something to have happened."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Something happened."""
        self._rung.set()
        self._rung = asyncio.Event()

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until it has."""
        async with asyncio.timeout(PATIENCE):
            while not happened():
                await self._rung.wait()


@dataclass
class Toy:
    """A service with a method of each sort. A call waits for `release` after it has said that it `began`."""

    began: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    release: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    async def single(self, request: StringValue, _context: object) -> StringValue:
        """Repeat what was said."""
        return StringValue(value=request.value)

    async def slow(self, request: StringValue, _context: object) -> StringValue:
        """Repeat it when told to."""
        self.began.release()
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return StringValue(value=request.value)

    async def wrong(self, request: StringValue, context: Any) -> StringValue:
        """Fail, with a status or with a bug."""
        if request.value:
            await context.abort(grpc.StatusCode[request.value], "as you wished")
        raise ZeroDivisionError("a secret")

    async def many(self, request: StringValue, _context: object) -> AsyncIterator[StringValue]:
        """Repeat it until told to stop."""
        self.began.release()
        while not self.release.is_set():
            yield StringValue(value=request.value)
            await asyncio.sleep(0)

    async def quiet(self, _request: StringValue, _context: object) -> AsyncIterator[StringValue]:
        """Say nothing until told to stop."""
        self.began.release()
        await self.release.wait()
        yield StringValue(value="at last")

    async def echo(
        self, requests: AsyncIterator[StringValue], _context: object
    ) -> AsyncIterator[StringValue]:
        """Repeat each."""
        async for request in requests:
            yield request

    async def joined(self, requests: AsyncIterator[StringValue], _context: object) -> StringValue:
        """Repeat all."""
        return StringValue(value="".join([request.value async for request in requests]))

    def register(self, server: grpc.aio.Server) -> Iterable[str]:
        """Add it to a server."""
        kinds: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
            (grpc.unary_unary_rpc_method_handler, (self.single, self.slow, self.wrong)),
            (grpc.unary_stream_rpc_method_handler, (self.many, self.quiet)),
            (grpc.stream_stream_rpc_method_handler, (self.echo,)),
            (grpc.stream_unary_rpc_method_handler, (self.joined,)),
        ]
        handlers = {
            method.__name__: make(
                method,
                request_deserializer=StringValue.FromString,
                response_serializer=StringValue.SerializeToString,
            )
            for make, methods in kinds
            for method in methods
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(NAME, handlers),))
        return [NAME]


@dataclass
class Doorman:
    """A door that notes what it is shown, and does with it what it is told."""

    seen: list[Shown] = field(default_factory=list)
    judge: Callable[[Shown], Awaitable[None]] | None = None
    bell: Bell = field(default_factory=Bell)

    async def admit(self, shown: Shown) -> None:
        """Let in, unless told otherwise."""
        self.seen.append(shown)
        self.bell.ring()
        if self.judge is not None:
            await self.judge(shown)


@dataclass
class Tally:
    """Calls that ended: method and status."""

    ended: list[tuple[str, str]] = field(default_factory=list)
    bell: Bell = field(default_factory=Bell)

    def call_ended(self, method: str, code: str, seconds: float) -> None:
        """Note one."""
        assert seconds >= 0
        self.ended.append((method.rpartition("/")[2], code))
        self.bell.ring()


@dataclass
class Served:
    """A running server."""

    server: StandaloneServer
    where: Endpoint
    toy: Toy
    door: Doorman
    tally: Tally
    log: Lines

    def channel(self, *options: tuple[str, int]) -> grpc.aio.Channel:
        """A client of its own: it shares no connection with another one."""
        own = ("grpc.use_local_subchannel_pool", 1)
        return grpc.aio.insecure_channel(str(self.where), options=[own, *options])


@asynccontextmanager
async def served(
    limits: ServingLimits = QUICK,
    *,
    where: Endpoint = LOOPBACK,
    credentials: grpc.ServerCredentials | None = None,
    reflected: bool = True,
) -> AsyncIterator[Served]:
    """Serve the toy until the block ends."""
    toy, door, tally, log = Toy(), Doorman(), Tally(), Lines()
    clock = asyncio.get_running_loop().time
    gate = Gate(door, limits=replace(limits), meter=tally, log=log, clock=clock)
    server = StandaloneServer(gate, limits)
    bound = server.bind(where, credentials)
    await server.start(toy.register, reflected=reflected)
    try:
        yield Served(server, bound, toy, door, tally, log)
    finally:
        toy.release.set()
        await server.drain(0)


def method(channel: grpc.aio.Channel, name: str, *, kind: str = "unary_unary") -> Any:
    """A method of the toy, to be called with a StringValue."""
    return getattr(channel, kind)(
        f"/{NAME}/{name}",
        request_serializer=StringValue.SerializeToString,
        response_deserializer=StringValue.FromString,
    )


async def code_of(call: Awaitable[object]) -> tuple[grpc.StatusCode, str]:
    """How a call ends, with its text."""
    try:
        async with asyncio.timeout(PATIENCE):
            await call
    except grpc.aio.AioRpcError as error:
        return error.code(), error.details() or ""
    return grpc.StatusCode.OK, ""


def said(text: str = "hello") -> StringValue:
    """A request."""
    return StringValue(value=text)


def socket_in(folder: Path) -> Endpoint:
    """A unix socket in a folder."""
    return Endpoint(path=str(folder / "s"))
