"""Runs the Go door: under it, a plugin over gRPC, or a server that it calls. What the answers should be is the caller's.

The other side of this file is go/*.go. Times are in microseconds; messages are protobuf's JSON.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from e2e.doors.build import door
from e2e.hosts.answers import Ending, decode
from e2e.hosts.driver import HostError, Plugin, Talk, end, start

if TYPE_CHECKING:
    from collections.abc import Mapping

Message = dict[str, Any]
"""A message of the service as JSON; what is in it, its proto says."""

OK: Final = "OK"
TYPE_PREFIX: Final = "type.googleapis.com/google.rpc."


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A launch: the process id, what the handshake line said, and the time since just before the start."""

    pid: int
    protocol: str
    handshake_us: float
    connected_us: float
    ready_us: float


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One call's result. `code` is the name of its gRPC status; `us` is the call alone."""

    code: str
    error: str
    us: float
    method: str = ""
    id: str | int | None = None
    details: tuple[Message, ...] = ()
    messages: tuple[Message, ...] = ()

    @property
    def message(self) -> Message:
        """The answer of a call that succeeded.

        Raises:
            HostError: It failed.
        """
        if self.code != OK:
            raise HostError(f"{self.method}: {self.code}: {self.error}")
        return self.messages[0]

    def detail(self, kind: str) -> Message:
        """The detail of one type of google.rpc; empty without one."""
        return next((each for each in self.details if each["@type"] == TYPE_PREFIX + kind), {})


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that were sent at the same moment; `us` runs from then to the last answer."""

    parallel: tuple[Reply, ...]
    us: float


class _Door(Talk):
    async def call(self, method: str, request: Mapping[str, object], **more: object) -> Reply:
        """Makes one call; `deadline` in seconds, and `messages` of a stream to wait for, may come with it."""
        return await self.ask({"method": method, "request": request, **more}, Reply)

    async def ping(self) -> Reply:
        """Asks for health."""
        return await self.ask({"ping": True}, Reply)


class LaunchedDoor(_Door):
    """A router that a go-plugin host has launched over gRPC, as an async context manager."""

    def __init__(self, plugin: Plugin, *flags: str) -> None:
        """Launches nothing yet; `flags` are those of `door launch`."""
        self._plugin = plugin
        self._flags = flags

    async def __aenter__(self) -> Self:
        program = await asyncio.to_thread(door)
        arguments = ("launch", *self._flags, *self._plugin.command)
        self._host = await start(program, arguments, self._plugin.environment)
        try:
            self.ready = await self.answer(Launch)
        except BaseException:
            await end(self._host)
            raise
        return self

    async def quit(self) -> Ending:
        """Ends the plugin as a host does; answers that come before its end are passed over."""
        self.send({"kill": True})
        while b'"exit_code"' not in (line := await self._line_of_output()):
            pass
        return decode(line, Ending)


class DialledDoor(_Door):
    """A router that serves by itself, called at an address, as an async context manager."""

    def __init__(self, address: str, *flags: str) -> None:
        """Starts nothing yet; `flags` are those of `door dial`."""
        self._address = address
        self._flags = flags

    async def __aenter__(self) -> Self:
        program = await asyncio.to_thread(door)
        self._host = await start(program, ("dial", *self._flags, self._address), {})
        return self
