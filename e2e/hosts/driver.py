"""Runs the Go host: a conformance walk, or a session of calls. What the answers should be is the caller's business.

Every wait has a bound here, besides those of the host itself, which ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, TypeVar

from e2e.bed.errors import BedError
from e2e.hosts import lines
from e2e.hosts.answers import Ending, Ready, Walk, decode, read_walk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType


Answer = TypeVar("Answer")

WALK_LIMIT: Final = 300.0  # seconds besides the idle time; a walk takes one or two
ANSWER_LIMIT: Final = 120.0  # seconds; the host itself gives up a call after 90
LONGEST_ANSWER: Final = 64 << 20  # bytes; the log of a plugin's whole life is one answer


class HostError(BedError):
    """The host itself failed, or could not get the plugin to run; the text is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A command to launch as the plugin, and the whole environment that it and the host get."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


async def conformance(line: str, plugin: Plugin, rollout: Path, *, idle: float = 0.0) -> Walk:
    """Launches the plugin and calls everything; `idle` seconds of silence come before the last calls.

    Raises:
        HostError: The plugin did not come up, or a second instance was refused.
    """
    arguments = ("conformance", "-rollout", str(rollout), "-idle", f"{idle}s", *plugin.command)
    host = await _start(line, plugin, arguments)
    try:
        async with asyncio.timeout(WALK_LIMIT + idle):
            out, errors = await host.communicate(b"")
    finally:
        await _kill(host)
    if host.returncode:
        raise HostError(errors.decode(errors="replace"))
    return read_walk(out.splitlines())


class Talk:
    """A running program that answers a line of JSON with a line of JSON; who starts it, and how, is the heirs' part."""

    _host: asyncio.subprocess.Process

    async def ask(self, request: Mapping[str, object], kind: type[Answer]) -> Answer:
        """Sends a request and reads the answer of this kind."""
        self.send(request)
        return await self.answer(kind)

    def send(self, request: Mapping[str, object]) -> None:
        """Sends a request whose answer is read later, one with `background` for instance."""
        assert self._host.stdin is not None
        self._host.stdin.write(json.dumps(request).encode() + b"\n")

    async def answer(self, kind: type[Answer]) -> Answer:
        """The next answer.

        Raises:
            HostError: The host has ended.
        """
        return decode(await self._line_of_output(), kind)

    def crash(self) -> None:
        """Ends the host as a crash of the controller would: at once and without a word to the plugin."""
        self._host.kill()

    async def _line_of_output(self) -> bytes:
        assert self._host.stdout is not None
        async with asyncio.timeout(ANSWER_LIMIT):
            line = await self._host.stdout.readline()
        if not line:
            assert self._host.stderr is not None
            raise HostError((await self._host.stderr.read()).decode(errors="replace"))
        return line

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(self._host)


class Session(Talk):
    """A launched plugin that answers one request after the other, as an async context manager."""

    def __init__(self, line: str, plugin: Plugin) -> None:
        """Launches nothing yet."""
        self._line = line
        self._plugin = plugin

    async def __aenter__(self) -> Self:
        self._host = await _start(self._line, self._plugin, ("call", *self._plugin.command))
        try:
            self.ready = await self.answer(Ready)
        except BaseException:
            await end(self._host)
            raise
        return self

    async def quit(self) -> Ending:
        """Ends the plugin as a stopping controller does; answers that come before its end are passed over."""
        self.send({"kill": True})
        while b'"exit_code"' not in (line := await self._line_of_output()):
            pass
        return decode(line, Ending)


async def start(
    program: Path, arguments: tuple[str, ...], environment: Mapping[str, str]
) -> asyncio.subprocess.Process:
    """Starts a program to talk with."""
    return await asyncio.create_subprocess_exec(
        program,
        *arguments,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        limit=LONGEST_ANSWER,
    )


async def end(host: asyncio.subprocess.Process) -> None:
    """Lets the host end the plugin, which it does at the end of its input, and kills it if it does not."""
    try:
        async with asyncio.timeout(ANSWER_LIMIT):
            await host.communicate(b"")
    finally:
        await _kill(host)


async def _start(line: str, plugin: Plugin, arguments: tuple[str, ...]) -> asyncio.subprocess.Process:
    program = await asyncio.to_thread(lines.program, line)
    return await start(program, arguments, plugin.environment)


async def _kill(host: asyncio.subprocess.Process) -> None:
    if host.returncode is None:
        host.kill()
        await host.wait()
