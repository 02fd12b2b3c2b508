"""Requests are counted by the version that answered, and failures as what they were; the gateway is a mere relay."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from e2e.bed import waiting
from e2e.bed.control_plane import POD_RANGE
from e2e.gateways.callers import GATEWAY
from e2e.gateways.frames import END_STREAM, Type, frame
from e2e.gateways.network import obstacle, private_network
from e2e.gateways.pods import TOLD, Pods
from e2e.gateways.traffic import Traffic
from e2e.gateways.wires import GRPC, HTTP, TCP, WIRES, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSIONS = {"10.244.0.1": "old", "10.244.0.2": "old", "10.244.0.3": "new"}
CHUNK = 7  # bytes: less than a frame's head, so that frames come in pieces


@pytest.fixture(scope="module")
def network() -> Iterator[None]:
    """A network of this module's own, where it can be had."""
    if reason := obstacle():
        pytest.skip(reason)
    with private_network(POD_RANGE):
        yield


@pytest_asyncio.fixture(loop_scope="module")
async def pods(network: None) -> AsyncIterator[Pods]:
    """Pods with an empty memory."""
    del network
    async with Pods() as pods:
        yield pods


@pytest.fixture
def traffic() -> Traffic:
    """Traffic to pods of two versions."""

    async def versions() -> dict[str, str]:
        return VERSIONS

    return Traffic(versions, "shop.test")


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
async def test_answers_are_counted_by_the_version_of_the_pod(
    pods: Pods, traffic: Traffic, wire: Wire
) -> None:
    async with _relay(wire):
        counted = await traffic.count(wire, 48)
    assert sum(counted.values()) == 48
    assert set(counted) == {"old", "new"}
    assert {arrival.address for arrival in pods.arrivals} == set(VERSIONS)
    assert {arrival.wire for arrival in pods.arrivals} == {wire}


async def test_over_tcp_every_connection_counts(pods: Pods, traffic: Traffic) -> None:
    del pods
    async with _relay(TCP):
        assert await traffic.count(TCP, 30) == {"old": 20, "new": 10}


async def test_pods_remember_path_and_headers(pods: Pods, traffic: Traffic) -> None:
    async with _relay(HTTP):
        await traffic.count(HTTP, 1, path="/cart", headers={"X-Tester": "yes"})
    (arrival,) = pods.arrivals
    assert (arrival.path, arrival.headers["x-tester"]) == ("/cart", "yes")
    assert arrival.headers["host"] == "shop.test"


@pytest.mark.parametrize("wire", [HTTP, GRPC], ids=["http", "grpc"])
async def test_pods_remember_how_often_they_were_told_a_word(
    pods: Pods, traffic: Traffic, wire: Wire
) -> None:
    async with _relay(wire):
        await traffic.count(wire, 16, word="this")
        await traffic.count(wire, 8, word="that")
    assert pods.told("this").total() == 16
    assert pods.told("that").total() == 8
    assert set(pods.told("this")) == set(VERSIONS)
    assert not pods.told("neither")


async def test_a_pod_says_how_often_it_was_told_a_word(pods: Pods, traffic: Traffic) -> None:
    async with _relay(HTTP):
        await traffic.count(HTTP, 12, word="this")
    arrived = pods.told("this")
    async with aiohttp.ClientSession() as session:
        for address in VERSIONS:
            url = f"http://{address}:{HTTP.pod_port}{TOLD}this"
            async with session.get(url) as answer:
                assert await answer.text() == str(arrived[address])
    assert pods.told("this") == arrived


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        (HTTP, {"ServerDisconnectedError", "ClientOSError"}),
        (GRPC, {"gRPC connection lost"}),
        (TCP, {"TCP closed without a word"}),
    ],
    ids=["http", "grpc", "tcp"],
)
async def test_a_hung_up_request_is_a_failure(
    pods: Pods, traffic: Traffic, wire: Wire, words: set[str]
) -> None:
    del pods
    async with _hanging_up(wire):
        counted = await traffic.count(wire, 2)
    assert sum(counted.values()) == 2
    assert set(counted) <= words


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
async def test_a_gateway_that_is_away_is_a_failure(pods: Pods, traffic: Traffic, wire: Wire) -> None:
    del pods
    (failure,) = await traffic.count(wire, 2)
    assert failure in {"ClientConnectorError", "ConnectionRefusedError"}


async def test_a_load_counts_what_fails_while_it_runs(pods: Pods, traffic: Traffic) -> None:
    del pods
    async with _unwell(503), traffic.load([HTTP]) as load:

        async def failed() -> bool | None:
            return True if load.failures else None

        await waiting.until(failed, within=10, what="a failure")
    assert set(load.failures) == {"http: HTTP 503"}
    assert not load.answered


async def test_a_load_without_failures_says_so(pods: Pods, traffic: Traffic) -> None:
    del pods
    async with contextlib.AsyncExitStack() as stack:
        for wire in WIRES:
            await stack.enter_async_context(_relay(wire))
        load = await stack.enter_async_context(traffic.load(WIRES))

        async def answered() -> bool | None:
            return True if len(load.answered) == len(WIRES) else None

        await waiting.until(answered, within=10, what="an answer over each wire")
    assert not load.failures


async def test_a_load_has_the_headers_it_was_given(pods: Pods, traffic: Traffic) -> None:
    async with _relay(HTTP), traffic.load([HTTP], headers={"x-user": "alice"}) as load:

        async def answered() -> bool | None:
            return True if load.answered else None

        await waiting.until(answered, within=10, what="an answer")
    assert {arrival.headers["x-user"] for arrival in pods.arrivals} == {"alice"}


async def test_over_grpc_what_is_no_message_is_no_answer(pods: Pods, traffic: Traffic) -> None:
    del pods
    async with _answering(b'{"code":14,"message":"Service Unavailable"}'):
        assert await traffic.count(GRPC, 1) == {"gRPC error status": 1}


async def test_a_gateway_is_warm_after_good_answers_in_a_row(pods: Pods, traffic: Traffic) -> None:
    async with _relay(HTTP), _relay(GRPC), _relay(TCP):
        await traffic.warm_up(WIRES)
    assert {arrival.wire for arrival in pods.arrivals} == set(WIRES)


@contextlib.asynccontextmanager
async def _relay(wire: Wire) -> AsyncIterator[None]:
    """Hands each connection to the next pod, in small pieces."""
    addresses = itertools.cycle(VERSIONS)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(next(addresses), wire.pod_port)
        async with asyncio.TaskGroup() as group:
            group.create_task(_copy(reader, back))
            group.create_task(_copy(there, writer))

    async with await asyncio.start_server(serve, GATEWAY, wire.listener_port):
        yield


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):  # either side may hang up first
        while data := await source.read(CHUNK):
            target.write(data)
            await target.drain()
    target.close()


@contextlib.asynccontextmanager
async def _hanging_up(wire: Wire) -> AsyncIterator[None]:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(serve, GATEWAY, wire.listener_port):
        yield


@contextlib.asynccontextmanager
async def _answering(content: bytes) -> AsyncIterator[None]:
    """A gateway that answers a call by itself, with this in place of a message."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(Type.SETTINGS, 0) + frame(Type.DATA, 1, content, END_STREAM))
        with contextlib.suppress(ConnectionError):
            await reader.read()  # until the caller hangs up
        writer.close()

    async with await asyncio.start_server(serve, GATEWAY, GRPC.listener_port):
        yield


@contextlib.asynccontextmanager
async def _unwell(status: int) -> AsyncIterator[None]:
    async def serve(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status)

    runner = web.ServerRunner(web.Server(serve))
    await runner.setup()
    await web.TCPSite(runner, GATEWAY, HTTP.listener_port).start()
    try:
        yield
    finally:
        await runner.cleanup()
