"""Pages over HTTP."""

import asyncio

import aiohttp
import pytest

from rollouts_router.transports.standalone import page as module
from rollouts_router.transports.standalone.endpoint import Endpoint
from rollouts_router.transports.standalone.page import MOST_CONNECTIONS, MOST_REQUEST, Page, published

LOOPBACK = Endpoint(host="127.0.0.1")
PAGES = {
    "/metrics": lambda: Page(body=b"a 1\n", content_type="text/x"),
    "/no": lambda: Page(body=b"", status=503),
}


async def _answer(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(LOOPBACK.host, port)
    async with asyncio.timeout(10):
        writer.write(request)
        try:
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/metrics", 200, "a 1\n"),
        ("GET", "/metrics?a=b", 200, "a 1\n"),
        ("HEAD", "/metrics", 200, ""),
        ("GET", "/no", 503, ""),
        ("GET", "/other", 404, "no such page\n"),
        ("POST", "/metrics", 405, "only GET\n"),
    ],
)
async def test_pages_are_given_and_nothing_else(method: str, path: str, status: int, body: str) -> None:
    async with (
        published(PAGES, LOOPBACK) as port,
        aiohttp.ClientSession() as session,
        session.request(method, f"http://127.0.0.1:{port}{path}") as answer,
    ):
        assert (answer.status, await answer.text()) == (status, body)


async def test_a_page_says_of_what_type_it_is() -> None:
    async with published(PAGES, LOOPBACK) as port:
        answer = await _answer(port, b"GET /metrics HTTP/1.1\r\n\r\n")

    assert answer == (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 4\r\nConnection: close\r\n\r\na 1\n"
    )


@pytest.mark.parametrize("request_", [b"\xff\xfe\r\n\r\n", b"\r\n\r\n", b"GET\r\n\r\n"])
async def test_garbage_is_no_page(request_: bytes) -> None:
    async with published(PAGES, LOOPBACK) as port:
        assert (await _answer(port, request_)).split(b" ")[1] in {b"404", b"405"}


async def test_a_request_that_is_too_long_or_never_ends_gets_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    async with published(PAGES, LOOPBACK) as port:
        assert await _answer(port, b"GET / HTTP/1.1\r\nA: " + b"x" * 2 * MOST_REQUEST) == b""
        assert await _answer(port, b"GET / HTTP/1.1\r\n") == b""
        assert (await _answer(port, b"GET /metrics HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 200")


async def test_too_many_connections_are_closed_and_free_places_are_given_again() -> None:
    async with published(PAGES, LOOPBACK) as port:
        idle = [await asyncio.open_connection(LOOPBACK.host, port) for _ in range(MOST_CONNECTIONS)]
        assert await _answer(port, b"GET /metrics HTTP/1.1\r\n\r\n") == b""
        for reader, writer in idle:
            writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 200")
            writer.close()
        assert (await _answer(port, b"GET /metrics HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 200")


async def test_a_port_that_is_taken_is_an_error() -> None:
    async with published(PAGES, LOOPBACK) as port:
        with pytest.raises(OSError, match="in use"):
            async with published(PAGES, Endpoint(host="127.0.0.1", port=port)):
                pass
