"""A bed of one's own that a real Prometheus watches: the stock controller's metrics, the plugin's, and our rules."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import aiohttp
import yaml

from e2e.bed import prometheus, waiting
from e2e.bed.control_plane import ControlPlane
from e2e.bed.controller import Plugin, RolloutsController, Settings
from e2e.bed.ports import free_port
from e2e.bed.processes import Command, Process
from e2e.scenarios.sharing import RIGHTS, command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from e2e.bed.kinds import Object

READY: Final = 60.0  # seconds
LIMIT: Final = aiohttp.ClientTimeout(total=20.0)


@dataclass(frozen=True, slots=True)
class Watched:
    """The bed, and where Prometheus answers."""

    plane: ControlPlane
    url: str

    async def names(self) -> frozenset[str]:
        """The names of all series that Prometheus has."""
        return frozenset(await self._get("label/__name__/values", {}))

    async def now(self, query: str) -> list[Object]:
        """The result of an instant query."""
        return list((await self._get("query", {"query": query}))["result"])

    async def since(self, query: str, begin: float, end: float, step: float) -> list[Object]:
        """The result of a range query; times in seconds since 1970."""
        asked = {"query": query, "start": f"{begin}", "end": f"{end}", "step": f"{step}"}
        return list((await self._get("query_range", asked))["result"])

    async def _get(self, path: str, query: Mapping[str, str]) -> Object:
        async with (
            aiohttp.ClientSession(timeout=LIMIT) as session,
            session.get(f"{self.url}/api/v1/{path}", params=query) as answer,
        ):
            whole: Object = await answer.json()
        assert whole["status"] == "success", f"{whole.get('error')}: {query}"
        data: Object = whole["data"]
        return data


@contextlib.asynccontextmanager
async def watched(folder: Path, *, scrapes: str, rules: str) -> AsyncIterator[Watched]:
    """A bed with Prometheus, which scrapes every so often and has these rules; the plugin publishes its metrics."""
    controller, router, own = free_port(), free_port(), free_port()
    plugin = Plugin(executable=command(), arguments=(f"-metrics-listen=127.0.0.1:{router}",))
    settings = Settings(flags=(f"--metricsPort={controller}",))
    targets = {"rollouts": controller, "router": router}
    programs = await asyncio.to_thread(prometheus.programs)
    (folder / "rules.yaml").write_text(rules)
    (folder / "prometheus.yml").write_text(yaml.safe_dump(_configuration(targets, scrapes)))
    async with (
        ControlPlane(channel="experimental") as plane,
        RolloutsController(plane, plugin, settings=settings),
        Process(_command(programs.prometheus, folder, own)) as process,
    ):
        url = f"http://127.0.0.1:{own}"
        ready = lambda: waiting.answers(f"{url}/-/ready")  # noqa: E731 -- one question
        await process.until(ready, within=READY, what="Prometheus is ready")
        await plane.install(RIGHTS)
        yield Watched(plane, url)


def _configuration(targets: Mapping[str, int], scrapes: str) -> dict[str, object]:
    jobs = [
        {"job_name": job, "honor_labels": True, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
        for job, port in targets.items()
    ]
    return {
        "global": {"scrape_interval": scrapes, "scrape_timeout": scrapes},
        "rule_files": ["rules.yaml"],
        "scrape_configs": jobs,
    }


def _command(program: Path, folder: Path, port: int) -> Command:
    return Command(
        name="prometheus",
        program=program,
        arguments=(
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ),
        log=folder / "prometheus.log",
        folder=folder,
    )
