"""One message in, messages out, a last word: each in a bounded time, whatever the other side does."""

import asyncio
from collections.abc import Callable
from enum import Enum, auto
from typing import Final, NoReturn, TypeAlias

import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError, Message
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

Context: TypeAlias = "grpc.aio.ServicerContext[object, object]"
Decode: TypeAlias = Callable[[bytes], object]


DOMAIN: Final = "rollouts-router"
"""Whose the reasons are (google.rpc.ErrorInfo)."""

RETRY_SECONDS: Final = 1
"""After which the same call may succeed, where it may."""

_DETAILS: Final = "grpc-status-details-bin"
"""Where clients look for a google.rpc.Status."""


class Reason(Enum):
    """Why a call is refused. The names are for programs; those that were told once do not change."""

    CALLER_UNKNOWN = auto()
    CALLER_UNDECIDED = auto()
    SERVER_ENDS = auto()
    TOO_MANY_AT_ONCE = auto()
    CLIENT_TOO_SLOW = auto()
    REQUEST_INVALID = auto()
    INTERNAL = auto()


_CODES: Final = {
    Reason.CALLER_UNKNOWN: grpc.StatusCode.UNAUTHENTICATED,
    Reason.CALLER_UNDECIDED: grpc.StatusCode.UNAVAILABLE,
    Reason.SERVER_ENDS: grpc.StatusCode.UNAVAILABLE,
    Reason.TOO_MANY_AT_ONCE: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.CLIENT_TOO_SLOW: grpc.StatusCode.DEADLINE_EXCEEDED,
    Reason.REQUEST_INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.INTERNAL: grpc.StatusCode.INTERNAL,
}
_PASSING: Final = frozenset({Reason.CALLER_UNDECIDED, Reason.SERVER_ENDS, Reason.TOO_MANY_AT_ONCE})


class Refusal(Exception):  # noqa: N818 - it becomes the status of a call
    """The call ends with this status."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.code = _CODES[reason]
        self.text = text

    def details(self) -> bytes:
        """The same for programs, and after how long to try again where that may help: a google.rpc.Status."""
        found: list[Message] = [ErrorInfo(reason=self.reason.name, domain=DOMAIN)]
        if self.reason in _PASSING:
            found.append(RetryInfo(retry_delay=Duration(seconds=RETRY_SECONDS)))
        packed = [Packed() for _ in found]
        for each, detail in zip(packed, found, strict=True):
            each.Pack(detail)
        number: int = self.code.value[0]
        return bytes(Status(code=number, message=self.text, details=packed).SerializeToString())


async def read(context: Context, decode: Decode | None, seconds: float) -> object:
    """The one message of a request.

    Raises:
        Refusal: it does not come in time, or is not what it should be.
    """
    try:
        async with asyncio.timeout(seconds):
            message = await context.read()
    except TimeoutError as error:
        raise Refusal(Reason.CLIENT_TOO_SLOW, f"the request did not arrive within {seconds:g} s") from error
    if not isinstance(message, bytes):
        raise Refusal(Reason.REQUEST_INVALID, "the call came without a request message")
    try:
        return decode(message) if decode is not None else message
    except DecodeError as error:
        raise Refusal(
            Reason.REQUEST_INVALID, "the request message is not one of this method's type"
        ) from error


async def begin(context: Context, seconds: float) -> None:
    """Open the answer to a call of many messages.

    The library opens it with the first message, and cannot end the call while that is under way.

    Raises:
        Refusal: the connection does not take it in time.
    """
    try:
        async with asyncio.timeout(seconds):
            await context.send_initial_metadata(())
    except TimeoutError as error:
        raise _unread(seconds) from error


async def write(context: Context, message: object, seconds: float) -> None:
    """Send one message.

    Raises:
        Refusal: the client does not make room for it in time.
    """
    try:
        async with asyncio.timeout(seconds):
            await context.write(message)
    except TimeoutError as error:
        raise _unread(seconds) from error


def _unread(seconds: float) -> Refusal:
    return Refusal(Reason.CLIENT_TOO_SLOW, f"the client did not read for {seconds:g} s")


async def refuse(context: Context, refusal: Refusal, seconds: float) -> NoReturn:
    """End the call; a client that does not read is not waited for longer than `seconds`.

    Raises:
        grpc.aio.AbortError: always; the library takes it for the end of the call.
    """
    try:
        async with asyncio.timeout(seconds):
            await context.abort(refusal.code, refusal.text, ((_DETAILS, refusal.details()),))
    except (TimeoutError, grpc.aio.InternalError):
        # The status is under way behind what the client does not read, or cannot even begin because of that.
        raise grpc.aio.AbortError from None
