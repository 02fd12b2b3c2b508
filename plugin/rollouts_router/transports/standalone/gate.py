"""Every call comes through here: how many at once, who it is, how long each message may take, how it ended.

A call's own code runs behind it, with nothing read before it is known who calls. The library would otherwise read
the request first, wait for it without end, and count a call only afterwards.
"""

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias, cast

import grpc
from grpc_health.v1 import health

from rollouts_router.log import Logger
from rollouts_router.transports.standalone.admission import Door, Shown, StrangerError, UndecidedError
from rollouts_router.transports.standalone.exchange import (
    Context,
    Decode,
    Reason,
    Refusal,
    begin,
    read,
    refuse,
    write,
)
from rollouts_router.transports.standalone.limits import ServingLimits

OPEN: Final = frozenset({f"/{health.SERVICE_NAME}/Check"})
"""Methods for everybody who can connect: load balancers have no credentials, and learn next to nothing."""

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # generic over messages, which are not our business
_Single: TypeAlias = Callable[[object, Context], Awaitable[object]]
_Many: TypeAlias = Callable[[object, Context], AsyncGenerator[object, None] | Awaitable[None]]


class Meter(Protocol):
    """Takes notice of calls."""

    def call_ended(self, method: str, code: str, seconds: float) -> None:
        """A call of `method` ended with the status of this name, so many seconds after it came."""
        ...


@dataclass(slots=True)
class _Budget:
    """So many at once, and what the operator calls that."""

    most: int
    called: str
    taken: int = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        if self.taken >= self.most:
            raise Refusal(
                Reason.TOO_MANY_AT_ONCE,
                f"there are {self.most} {self.called} already, which is the limit; try again in a moment",
            )
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


class Gate(grpc.aio.ServerInterceptor):
    """Stands before every method of a server."""

    def __init__(
        self, door: Door, *, limits: ServingLimits, meter: Meter, log: Logger, clock: Callable[[], float]
    ) -> None:
        self._door = door
        self._limits = limits
        self._meter = meter
        self._log = log
        self._clock = clock
        self._open = _Budget(limits.arrivals, "health checks")
        self._arrivals = _Budget(limits.arrivals, "callers of whom it is not known yet who they are")
        self._calls = _Budget(limits.calls, "calls")
        self._watches = _Budget(limits.watches, "streams")
        self._streams: set[asyncio.Timeout] = set()
        self._draining = False

    async def intercept_service(
        self,
        continuation: "Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]",
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "Handler | None":
        """Put the gate in front of the method, whatever its shape; a method that does not exist stays so."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        method = handler_call_details.method

        async def behind(requests: AsyncIterator[object], context: Context) -> None:
            await self._measured(method, handler, requests, context)

        return grpc.stream_stream_rpc_method_handler(
            cast("Any", behind),  # the library's types know only generators here
            request_deserializer=handler.request_deserializer if handler.request_streaming else None,
            response_serializer=handler.response_serializer,
        )

    def drain(self) -> None:
        """End all streams, also those that are about to begin; calls that are answered once go on."""
        self._draining = True
        now = asyncio.get_running_loop().time()
        for stream in self._streams:
            stream.reschedule(now)

    async def _measured(
        self, method: str, handler: Handler, requests: AsyncIterator[object], context: Context
    ) -> None:
        began = self._clock()
        code = grpc.StatusCode.CANCELLED
        try:
            await self._through(method, handler, requests, context)
            code = grpc.StatusCode.OK
        except Refusal as refusal:
            code = refusal.code
            self._log.debug("a call is refused", method=method, code=code.name, reason=refusal.text)
            await refuse(context, refusal, self._limits.goodbye)
        except grpc.aio.AbortError:  # the method has said so itself
            code = context.code()
            raise
        except Exception as error:  # noqa: BLE001 - the border: whatever it is, it ends this call only
            code = grpc.StatusCode.INTERNAL
            self._log.error("a bug in rollouts-router; please report it", method=method, error=error)
            await refuse(context, Refusal(Reason.INTERNAL, "a bug in rollouts-router"), self._limits.goodbye)
        finally:
            self._meter.call_ended(method, code.name, self._clock() - began)

    async def _through(
        self, method: str, handler: Handler, requests: AsyncIterator[object], context: Context
    ) -> None:
        if method in OPEN:
            budget = self._open
        else:
            with self._arrivals.one():
                await self._admit(context)
            budget = self._watches if handler.response_streaming else self._calls
        with budget.one():
            request = await self._request(handler, requests, context)
            if handler.response_streaming:
                await self._stream(handler, request, context)
            else:
                single = cast(
                    "_Single", handler.stream_unary if handler.request_streaming else handler.unary_unary
                )
                await write(context, await single(request, context), self._limits.write)

    async def _admit(self, context: Context) -> None:
        try:
            async with asyncio.timeout(self._limits.admission):
                await self._door.admit(_shown(context))
        except StrangerError as error:
            raise Refusal(Reason.CALLER_UNKNOWN, str(error)) from error
        except UndecidedError as error:
            raise Refusal(Reason.CALLER_UNDECIDED, str(error)) from error
        except TimeoutError as error:
            text = f"it could not be found out within {self._limits.admission:g} s who calls; try again"
            raise Refusal(Reason.CALLER_UNDECIDED, text) from error

    async def _request(self, handler: Handler, requests: AsyncIterator[object], context: Context) -> object:
        if handler.request_streaming:
            return requests
        return await read(context, cast("Decode | None", handler.request_deserializer), self._limits.request)

    async def _stream(self, handler: Handler, request: object, context: Context) -> None:
        many = cast("_Many", handler.stream_stream if handler.request_streaming else handler.unary_stream)
        await begin(context, self._limits.write)
        bound = asyncio.timeout(0 if self._draining else None)
        try:
            async with bound:
                self._streams.add(bound)
                try:
                    await self._replies(many, request, context)
                finally:
                    self._streams.discard(bound)
        except TimeoutError as error:
            if not bound.expired():
                raise
            raise Refusal(Reason.SERVER_ENDS, "the server ends; connect again") from error

    async def _replies(self, many: _Many, request: object, context: Context) -> None:
        replies = many(request, context)
        if not inspect.isasyncgen(replies):
            await cast("Awaitable[None]", replies)  # it writes by itself, as the health service does
            return
        async with aclosing(replies):
            async for reply in replies:
                await write(context, reply, self._limits.write)


def _shown(context: Context) -> Shown:
    metadata = context.invocation_metadata() or ()
    subjects = context.auth_context().get("x509_subject", ())
    return Shown(
        authorization=tuple(str(value) for key, value in metadata if key == "authorization"),
        subject=b"".join(subjects).decode(errors="replace"),
    )
