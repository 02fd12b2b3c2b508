"""A real Prometheus on loopback, in a folder of its own. What it scrapes and is asked is not known here."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import aiohttp
import yaml

from e2e.bed import prometheus, waiting
from e2e.bed.ports import with_free_port
from e2e.bed.processes import Command, Process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

READY: Final = 60.0  # seconds
SCRAPES: Final = "200ms"  # so that the window of a test, two seconds, has ten samples
LIMIT: Final = aiohttp.ClientTimeout(total=10.0)


@contextlib.asynccontextmanager
async def running(folder: Path, target: str | None = None) -> AsyncIterator[str]:
    """Prometheus over the data below `folder`, scraping a loopback `HOST:PORT` if there is one; its URL."""
    programs = await asyncio.to_thread(prometheus.programs)
    configuration = folder / "prometheus.yml"
    configuration.write_text(yaml.safe_dump(_configuration(target)))

    async def start(port: int) -> tuple[Process, int]:
        command = _command(programs.prometheus, folder, port)
        async with contextlib.AsyncExitStack() as stack:
            process = await stack.enter_async_context(Process(command))
            ask = lambda: waiting.answers(f"http://127.0.0.1:{port}/-/ready")  # noqa: E731 -- one question
            await process.until(ask, within=READY, what="Prometheus is ready")
            stack.pop_all()
        return process, port

    process, port = await with_free_port(start)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await process.stop()


async def vector(url: str, query: str, at: float | None = None) -> list[float]:
    """The values of an instant query, as the controller's provider hands them on."""
    moment = {} if at is None else {"time": f"{at:.3f}"}
    async with (
        aiohttp.ClientSession(timeout=LIMIT) as session,
        session.post(f"{url}/api/v1/query", data={"query": query, **moment}) as answer,
    ):
        whole = await answer.json()
    assert whole["status"] == "success", f"{whole.get('error')}: {query}"
    return [float(sample["value"][1]) for sample in whole["data"]["result"]]


def _configuration(target: str | None) -> dict[str, object]:
    job = {"job_name": "services", "honor_labels": True, "static_configs": [{"targets": [target]}]}
    return {
        "global": {"scrape_interval": SCRAPES, "scrape_timeout": SCRAPES},
        "scrape_configs": [job] if target else [],
    }


def _command(program: Path, folder: Path, port: int) -> Command:
    return Command(
        name="prometheus",
        program=program,
        arguments=(
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            "--storage.tsdb.retention.time=10y",  # data of a test may be of any year
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ),
        log=folder / "prometheus.log",
        folder=folder,
    )
