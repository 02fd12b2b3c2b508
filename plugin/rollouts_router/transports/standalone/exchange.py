"""One message in, messages out, a last word: each in a bounded time, whatever the other side does."""

import asyncio
from collections.abc import Callable
from typing import NoReturn, TypeAlias

import grpc
from google.protobuf.message import DecodeError

Context: TypeAlias = "grpc.aio.ServicerContext[object, object]"
Decode: TypeAlias = Callable[[bytes], object]


class Refusal(Exception):  # noqa: N818 - it becomes the status of a call
    """The call ends with this status."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


async def read(context: Context, decode: Decode | None, seconds: float) -> object:
    """The one message of a request.

    Raises:
        Refusal: it does not come in time, or is not what it should be.
    """
    try:
        async with asyncio.timeout(seconds):
            message = await context.read()
    except TimeoutError as error:
        raise Refusal(
            grpc.StatusCode.DEADLINE_EXCEEDED, f"the request did not arrive within {seconds:g} s"
        ) from error
    if not isinstance(message, bytes):
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "the call came without a request message")
    try:
        return decode(message) if decode is not None else message
    except DecodeError as error:
        raise Refusal(
            grpc.StatusCode.INVALID_ARGUMENT, "the request message is not one of this method's type"
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
    return Refusal(grpc.StatusCode.DEADLINE_EXCEEDED, f"the client did not read for {seconds:g} s")


async def refuse(context: Context, refusal: Refusal, seconds: float) -> NoReturn:
    """End the call; a client that does not read is not waited for longer than `seconds`.

    Raises:
        grpc.aio.AbortError: always; the library takes it for the end of the call.
    """
    try:
        async with asyncio.timeout(seconds):
            await context.abort(refusal.code, refusal.text)
    except (TimeoutError, grpc.aio.InternalError):
        # The status is under way behind what the client does not read, or cannot even begin because of that.
        raise grpc.aio.AbortError from None
