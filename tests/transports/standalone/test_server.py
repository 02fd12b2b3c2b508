"""The server's socket, its connections and its end."""

import asyncio
import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from tests.transports.standalone.served import (
    LOOPBACK,
    NAME,
    PATIENCE,
    QUICK,
    code_of,
    method,
    said,
    served,
    socket_in,
)

from rollouts_router.transports.standalone.endpoint import Endpoint
from rollouts_router.transports.standalone.limits import METADATA
from rollouts_router.transports.standalone.server import ListenError

# ruff: noqa: ASYNC240 - the files are the test's own, and small

Code = grpc.StatusCode
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
LIST_SERVICES = b"\x3a\x00"  # ServerReflectionRequest.list_services, empty


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="rr-") as path:
        yield Path(path)


async def test_a_unix_socket_is_for_its_user_alone_and_goes_with_the_server(folder: Path) -> None:
    where = socket_in(folder)
    before = os.umask(0)
    try:
        async with served(where=where) as server, server.channel() as channel:
            mode = Path(where.path).stat().st_mode
            assert (await method(channel, "single")(said())).value == "hello"
            assert os.umask(0) == 0
    finally:
        os.umask(before)

    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    assert list(folder.iterdir()) == []


async def test_a_socket_that_a_dead_server_left_is_replaced(folder: Path) -> None:
    where = socket_in(folder)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(where.path)

    async with served(where=where) as server, server.channel() as channel:
        assert (await method(channel, "single")(said())).value == "hello"


async def test_a_socket_that_somebody_listens_at_stays_his(folder: Path) -> None:
    where = socket_in(folder)
    async with served(where=where) as first, first.channel() as channel:
        with pytest.raises(ListenError, match="another process listens at"):
            async with served(where=where):
                pass
        assert (await method(channel, "single")(said())).value == "hello"


async def test_a_file_in_the_way_is_not_removed(folder: Path) -> None:
    where = socket_in(folder)
    Path(where.path).write_text("mine")

    with pytest.raises(ListenError, match="is there and no socket"):
        async with served(where=where):
            pass

    assert Path(where.path).read_text() == "mine"


async def test_a_missing_folder_is_named(folder: Path) -> None:
    with pytest.raises(ListenError, match=r"there is no folder .*/none for the socket"):
        async with served(where=Endpoint(path=str(folder / "none" / "s"))):
            pass


async def test_a_port_belongs_to_one_server() -> None:
    async with served() as first:
        assert first.where.port
        with pytest.raises(ListenError, match="Address already in use"):
            async with served(where=first.where):
                pass


async def test_reflection_tells_the_services_unless_it_is_off() -> None:
    async with served() as server, server.channel() as channel:
        answers = channel.stream_stream(REFLECTION)(iter([LIST_SERVICES]))
        async with asyncio.timeout(PATIENCE):
            answer = b"".join([each async for each in answers])
    async with served(reflected=False) as server, server.channel() as channel:
        off = await code_of(channel.stream_stream(REFLECTION)(iter([LIST_SERVICES])).read())

    for name in (NAME, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"):
        assert name.encode() in answer
    assert off[0] is Code.UNIMPLEMENTED


async def test_connections_over_the_limit_are_closed_and_those_there_go_on() -> None:
    async with served(replace(QUICK, connections=2)) as server, server.channel() as first:
        assert (await method(first, "single")(said())).value == "hello"
        second = server.channel()
        assert (await method(second, "single")(said())).value == "hello"
        async with server.channel() as third:
            assert (await code_of(method(third, "single")(said())))[0] is Code.UNAVAILABLE
        assert (await method(first, "single")(said())).value == "hello"

        await second.close()
        async with server.channel() as later:
            late = method(later, "single")(said(), wait_for_ready=True, timeout=PATIENCE)
            assert (await late).value == "hello"


async def test_who_connects_and_says_nothing_is_sent_away() -> None:
    async with served(replace(QUICK, handshake=0.1)) as server:
        reader, writer = await asyncio.open_connection(LOOPBACK.host, server.where.port)
        async with asyncio.timeout(PATIENCE):
            await reader.read()
        writer.close()


async def test_calls_that_do_not_end_are_cancelled_when_the_time_is_up() -> None:
    async with served() as server, server.channel() as channel:
        call = method(channel, "slow")(said())
        async with asyncio.timeout(PATIENCE):
            await server.toy.began.acquire()
            await server.server.drain(0.05)

        assert (await code_of(call))[0] in {Code.CANCELLED, Code.UNAVAILABLE}
        async with asyncio.timeout(PATIENCE):
            await server.toy.cancelled.wait()


async def test_a_drained_server_takes_no_connection() -> None:
    async with served() as server:
        await server.server.drain(0)
        async with server.channel() as channel:
            assert (await code_of(method(channel, "single")(said())))[0] is Code.UNAVAILABLE


async def test_a_connection_does_not_last_for_ever_and_neither_does_a_stream_on_it() -> None:
    async with served(replace(QUICK, age=0.1, grace=0.1)) as server, server.channel() as channel:
        stream = method(channel, "quiet", kind="unary_stream")(said())

        assert (await code_of(stream.read()))[0] is Code.UNAVAILABLE
        assert (await method(channel, "single")(said())).value == "hello"


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])  # and empty settings
PING = bytes([0, 0, 8, 6, 0, 0, 0, 0, 0]) + bytes(8)  # RFC 9113, 6.7


async def test_a_connection_without_calls_is_closed() -> None:
    async with served(replace(QUICK, idle=0.1)) as server:
        reader, writer = await asyncio.open_connection(LOOPBACK.host, server.where.port)
        writer.write(PREFACE)
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
        writer.close()

    assert b"connection idle" in answer


async def test_who_answers_no_ping_is_taken_for_gone() -> None:
    """So is a client that reads nothing at all from its connection."""
    async with served(replace(QUICK, ping=0.2, pong=0.1)) as server:
        reader, writer = await asyncio.open_connection(LOOPBACK.host, server.where.port)
        writer.write(PREFACE)
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
        writer.close()

    assert PING[:5] in answer


async def test_who_pings_all_the_time_is_cut_off() -> None:
    async with served() as server:
        reader, writer = await asyncio.open_connection(LOOPBACK.host, server.where.port)
        writer.write(PREFACE + PING * 10)
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
        writer.close()

    assert b"too_many_pings" in answer


async def test_too_much_metadata_is_refused_and_the_next_call_is_not() -> None:
    async with served() as server, server.channel() as channel:
        large = [("authorization", "x" * 2 * METADATA)]

        assert (await code_of(method(channel, "single")(said(), metadata=large)))[
            0
        ] is Code.RESOURCE_EXHAUSTED
        assert (await method(channel, "single")(said())).value == "hello"
