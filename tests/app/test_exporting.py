"""The plugin's metrics: off unless asked for, and never in the way."""

import asyncio
import re
import socket
import subprocess
import sys

from tests.transports.serving import Lines

from rollouts_router.app.exporting import exporting


async def page(port: int) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
    text = (await reader.read()).decode()
    writer.close()
    return text


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def test_without_an_address_nobody_counts() -> None:
    async with exporting("", Lines()) as meter:
        assert meter is None


async def test_weights_and_writes_stand_on_the_page() -> None:
    port = free_port()
    async with exporting(f"127.0.0.1:{port}", Lines()) as meter:
        assert meter is not None
        meter.weights_set("shop", "web", 5, 95)
        meter.patched("httproutes", "applied")
        text = await page(port)
    assert 'rollouts_router_weight{backend="canary",namespace="shop",rollout="web"} 5.0' in text
    assert re.search(r'rollouts_router_patches_total\{resource="httproutes",result="applied"\} 1\.0', text)


async def test_a_port_that_is_taken_is_a_warning_and_no_end() -> None:
    log = Lines()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with exporting(f"127.0.0.1:{taken.getsockname()[1]}", log) as meter:
            assert meter is not None
            meter.weights_set("shop", "web", 5, 95)
    assert "metrics are not published" in str(log)


def test_the_library_is_not_imported_before_it_is_asked_for() -> None:
    program = "import sys, rollouts_router.app.process; print('prometheus_client' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - this very Python, with a text of ours
        (sys.executable, "-c", program), capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"
