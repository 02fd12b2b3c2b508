"""The two bare loops: the same requests with the same number in flight and no other work, in Python and in Go.

Both keep their connections open from job to job, read each answer to its end and drop it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import ssl
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from e2e.bed import binaries
from e2e.bed.parts import Part
from e2e.bench.errors import NotMeasuredError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from types import TracebackType

    from e2e.bed.control_plane import ControlPlane
    from e2e.bench.jobs import Job, Write

Item = TypeVar("Item")

GO_LOOP: Final = Part(name="bench-loop", module=Path(__file__).with_name("loop"), programs={"loop": "."})
JOB_LIMIT: Final = 120.0  # seconds; a thousand patches take three or four
MILLISECOND: Final = 1e-3  # seconds
MICROSECONDS: Final = 1e3  # in a millisecond
JSON_PATCH: Final = "application/json-patch+json"
READ_BUFFER: Final = 1 << 20  # bytes; a whole page of routes, so that reading does not stop and go
TAIL: Final = 1024  # bytes; the API server ends a list of custom resources with its metadata
FOLLOWING: Final = re.compile(rb'"continue":"([^"]+)"')


class Loop(Protocol):
    """A bare loop."""

    async def perform(self, job: Job) -> float:
        """Milliseconds from the first request to the end of the last answer."""
        ...


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where a loop sends to, and as whom."""

    url: str
    authority: str
    token: str


def server(plane: ControlPlane, identity: str) -> Server:
    """A bed's API server, met as this identity."""
    return Server(
        url=plane.url, authority=str(plane.layout.certificate), token=plane.identities[identity].token
    )


class PythonLoop:
    """The loop over the HTTP library that the plugin uses too, as an async context manager."""

    def __init__(self, to: Server) -> None:
        """Opens no connection yet."""
        self._server = to

    async def __aenter__(self) -> Self:
        tls = ssl.create_default_context(cafile=self._server.authority)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls, limit=0),
            headers={
                "Authorization": f"Bearer {self._server.token}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=READ_BUFFER,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def perform(self, job: Job) -> float:
        """Sends the job's requests; the garbage collector keeps out of it."""
        with _uncollected():
            started = time.perf_counter()
            async with asyncio.timeout(JOB_LIMIT):
                await _together(job.in_flight, job.reads, self._read)
                await _together(job.in_flight, job.writes, self._patch)
            return (time.perf_counter() - started) / MILLISECOND

    async def _read(self, target: str) -> None:
        following = target
        while following:
            async with self._session.get(URL(self._server.url + following, encoded=True)) as answer:
                text = await _good(answer)
            token = FOLLOWING.search(text, max(0, len(text) - TAIL))
            following = f"{target}&continue={quote(token[1])}" if token else ""

    async def _patch(self, write: Write) -> None:
        url = URL(self._server.url + write.target, encoded=True)
        headers = {"Content-Type": JSON_PATCH}
        async with self._session.patch(url, data=write.body.encode(), headers=headers) as answer:
            await _good(answer)


class GoLoop:
    """The loop as a program of its own (see `loop`), as an async context manager."""

    def __init__(self, to: Server) -> None:
        """Starts nothing yet."""
        self._server = to

    async def __aenter__(self) -> Self:
        built = await asyncio.to_thread(binaries.build, GO_LOOP)
        self._process = await asyncio.create_subprocess_exec(
            built.programs["loop"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._send(self._server)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            async with asyncio.timeout(JOB_LIMIT):
                await self._process.communicate(b"")  # its input ends, and so does it
        finally:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()

    async def perform(self, job: Job) -> float:
        """Hands the job over and returns the program's own time for it."""
        self._send(job)
        assert self._process.stdout is not None
        async with asyncio.timeout(JOB_LIMIT):
            line = await self._process.stdout.readline()
        if not line:
            assert self._process.stderr is not None
            raise NotMeasuredError((await self._process.stderr.read()).decode(errors="replace"))
        done = msgspec.json.decode(line, type=_Done)
        if done.error:
            raise NotMeasuredError(f"the Go loop: {done.error}")
        return done.us / MICROSECONDS

    def _send(self, thing: msgspec.Struct) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(thing) + b"\n")


class _Done(msgspec.Struct, frozen=True):
    us: float
    error: str


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _together(at_once: int, items: Sequence[Item], work: Callable[[Item], Awaitable[None]]) -> None:
    queue = iter(items)

    async def worker() -> None:
        for item in queue:
            await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(items))):
                group.create_task(worker())
    except ExceptionGroup as failures:
        raise NotMeasuredError(f"the Python loop: {failures.exceptions[0]}") from failures


async def _good(answer: aiohttp.ClientResponse) -> bytes:
    text = await answer.read()
    if answer.status != 200:
        raise NotMeasuredError(f"{answer.method} {answer.url}: {answer.status}: {text[:300]!r}")
    return text
