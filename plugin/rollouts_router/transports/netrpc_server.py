"""The one connection of the host: a unix socket on one side, handlers on the other.

Here are the tasks and the time limits. The rules of the conversation are `plugin_session`'s, which
answers Ping and Quit itself, inside the pump, so that no call of the plugin can keep them waiting.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final, Protocol, TypeAlias

from rollouts_router.transports.limits import Limits
from rollouts_router.transports.plugin_session import Ending, PluginCall, PluginSession
from rollouts_router.wire.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from rollouts_router.wire.gob.records import Typed

Handler: TypeAlias = Callable[[object], Awaitable[Typed]]
"""Answers one method: the argument as gob delivered it, in; the result and its type, out."""

_READ_BYTES: Final = 256 * 1024  # one yamux window, the most that the host sends in one go
_MAX_ERROR_TEXT: Final = 1_000  # characters; it ends in events and conditions


class Log(Protocol):
    """Where a sentence for people goes."""

    def warning(self, event: str, /, **values: object) -> None:
        """Say what somebody should look at."""

    def error(self, event: str, /, **values: object) -> None:
        """Say what could not be done."""


async def serve(
    listener: socket.socket,
    plugin: Mapping[str, Handler],
    *,
    log: Log,
    over: Callable[[str], None],
    limits: Limits,
) -> None:
    """Serve the first connection to its end and refuse others; handlers still busy then are cancelled.

    `over` is called once, as soon as the conversation has ended, with the reason if that was not in
    order: nobody connected, the host broke the protocol, or it stopped reading.
    """
    listener.setblocking(False)  # noqa: FBT003 - the socket's own signature
    try:
        reader, writer = await _accept(listener, limits.connect)
    except TimeoutError:
        over(f"no host connected within {limits.connect:g} s of the launch")
        return
    try:
        async with asyncio.TaskGroup() as tasks:
            refusing = tasks.create_task(_refuse_others(listener, log))
            connection = _Connection(writer, plugin, tasks, log, limits)
            try:
                over(await connection.pump(reader))
            finally:
                refusing.cancel()
                connection.cancel_calls()
            await connection.part(reader)
    finally:
        writer.transport.abort()


async def _accept(
    listener: socket.socket, seconds: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(seconds):
        accepted, _address = await asyncio.get_running_loop().sock_accept(listener)
    reader, writer = await asyncio.open_unix_connection(sock=accepted, limit=_READ_BYTES)
    writer.transport.set_write_buffer_limits(high=0)  # so that a drain means: the kernel has it all
    return reader, writer


async def _refuse_others(listener: socket.socket, log: Log) -> None:
    """The host connects once and never again: whoever else comes is not the host."""
    with suppress(OSError):  # out of descriptors, say: nobody gets in then either
        while True:
            stranger, _address = await asyncio.get_running_loop().sock_accept(listener)
            stranger.close()
            log.warning("a second connection to the socket was refused; only the host may connect")


class _HandlerFailed(Exception):  # noqa: N818 - reads as the sentence it is
    """A handler gave no result; the text is for the host."""


class _Connection:
    """The pump, and the calls it started."""

    def __init__(
        self,
        writer: asyncio.StreamWriter,
        plugin: Mapping[str, Handler],
        tasks: asyncio.TaskGroup,
        log: Log,
        limits: Limits,
    ) -> None:
        self._writer = writer
        self._plugin = plugin
        self._tasks = tasks
        self._log = log
        self._limits = limits
        self._session = PluginSession(plugin)
        self._calls: set[asyncio.Task[None]] = set()
        self._failure = ""

    async def pump(self, reader: asyncio.StreamReader) -> str:
        """Read, let the session take it, start the calls, write; return what went wrong in the end."""
        while not self._failure and self._session.ending is None:
            try:
                data = await reader.read(_READ_BYTES)
            except ConnectionError:
                data = b""  # the host died without a word
            try:
                self._take(data)
            except ProtocolError as error:
                self._note(f"the host broke the protocol: {error}")
            await self._flush()
        return self._failure

    async def part(self, reader: asyncio.StreamReader) -> None:
        """Wait a little for the host to close after Quit, so that it finds no error in doing so."""
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(self._limits.goodbye):
                while self._session.ending is Ending.QUIT and await reader.read(_READ_BYTES):
                    pass

    def cancel_calls(self) -> None:
        """Stop what is still being done for the host; it no longer listens."""
        for call in self._calls:
            call.cancel()

    def _take(self, data: bytes) -> None:
        if data:
            self._session.receive(data)
        else:
            self._session.receive_eof()
        for call in self._session.calls():
            task = self._tasks.create_task(self._run(call), name=call.method)
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _run(self, call: PluginCall) -> None:
        try:
            try:
                self._session.reply(call, await self._result(call))
            except (_HandlerFailed, LocalProtocolError) as failure:
                cause = failure.__cause__ or failure
                self._log.error("a call failed inside the plugin", method=call.method, error=cause)
                self._session.fail(call, f"{call.method} failed inside the plugin: {failure}")
        except RemoteProtocolError as error:
            self._break(f"the host broke the protocol: {error}")
        await self._flush()

    async def _result(self, call: PluginCall) -> Typed:
        """Await the handler, whatever it does; only the end of the conversation cancels it."""
        deadline = asyncio.timeout(self._limits.call)
        try:
            async with deadline:
                return await self._plugin[call.method](call.call.argument)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise _HandlerFailed("it was cancelled") from None
        except Exception as error:
            if deadline.expired():
                raise _HandlerFailed(f"no result within {self._limits.call:g} s") from error
            raise _HandlerFailed(f"{type(error).__name__}: {error}"[:_MAX_ERROR_TEXT]) from error

    async def _flush(self) -> None:
        """Write what there is, and do not go on before it is written."""
        if self._writer.transport.is_closing():
            return
        self._writer.write(self._session.data_to_send())
        try:
            async with asyncio.timeout(self._limits.write):
                await self._writer.drain()
        except TimeoutError:
            self._break(f"the host has read nothing for {self._limits.write:g} s")
        except ConnectionError:
            return  # the pump learns it from its next read

    def _break(self, sentence: str) -> None:
        """End the conversation from wherever we are; the pump finds the connection closed."""
        self._note(sentence)
        self._writer.transport.abort()

    def _note(self, sentence: str) -> None:
        """Remember what went wrong first; the rest follows from it."""
        self._failure = self._failure or sentence
