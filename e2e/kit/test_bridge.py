"""The bridge's example judges canaries of the stock controller: its server, its AnalysisTemplate, the web provider."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import yaml
from platforms.bridge.server import Bridge

from e2e.bed import waiting
from e2e.scenarios.site import SOON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.bed.kinds import Object
    from e2e.kit.releases import Kit, Release

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEMPLATE: Final = Path(__file__).parents[2] / "platforms" / "bridge" / "analysis-template.yaml"
TOKEN: Final = "known to both"
PAUSE, GATE = 1, 2
STEPS: Final[tuple[Object, ...]] = (
    {"setWeight": 5},
    {"pause": {}},
    {
        "analysis": {
            "templates": [{"templateName": "bridge-error-rate"}],
            "args": [{"name": "version", "valueFrom": {"podTemplateHashValue": "Latest"}}],
        }
    },
    {"setWeight": 100},
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A release that the bridge judges, paused before its gate."""

    shop: Release
    log: Path

    async def served(self, *, requests: int, errors: int) -> Object:
        """The canary has answered so many requests, and the gate may look."""
        status = await self.shop.canary.status()
        canary, now = status["currentPodHash"], time.time()  # noqa: TID251 - as the log of a service
        statuses = [500] * errors + [200] * (requests - errors)
        self.log.write_text("".join(f"{now},{canary},{each},12\n" for each in statuses))
        await self.shop.canary.promote()
        return status

    async def is_back_on_stable(self) -> Object:
        """The gate aborted it, and the route follows; the Rollout."""
        degraded = await self.shop.canary.wait_degraded()

        async def ask() -> bool | None:
            return await self.shop.weight() == 0 or None

        await waiting.until(ask, within=SOON, what="all traffic on stable")
        return degraded


async def test_a_canary_that_the_old_monitoring_finds_good_is_promoted(kit: Kit, tmp_path: Path) -> None:
    with bridge(tmp_path) as port:
        judged = await released(kit, tmp_path, port)
        await judged.served(requests=400, errors=2)
        await judged.shop.is_promoted()


async def test_one_that_it_finds_bad_is_aborted(kit: Kit, tmp_path: Path) -> None:
    with bridge(tmp_path) as port:
        judged = await released(kit, tmp_path, port)
        await judged.served(requests=400, errors=8)
        await judged.is_back_on_stable()


async def test_one_with_too_few_requests_is_neither_promoted_nor_aborted(kit: Kit, tmp_path: Path) -> None:
    with bridge(tmp_path) as port:
        judged = await released(kit, tmp_path, port)
        await judged.served(requests=199, errors=199)
        stopped = await judged.shop.canary.wait(_is_inconclusive, "paused as Inconclusive")
        assert stopped["status"]["currentStepIndex"] == GATE
        assert not stopped["status"].get("abort")
        assert await judged.shop.weight() == STEPS[0]["setWeight"]


async def test_a_bridge_that_cannot_measure_ends_in_an_error_and_stable(kit: Kit, tmp_path: Path) -> None:
    with bridge(tmp_path) as port:
        judged = await released(kit, tmp_path, port)
        judged.log.unlink()
        await judged.shop.canary.promote()
        degraded = await judged.is_back_on_stable()
        assert "error-rate-percent" in degraded["status"]["message"]


async def released(kit: Kit, folder: Path, port: int) -> Judged:
    """A new version of a shop that has the gate, paused before it."""
    log = folder / "requests.log"
    log.write_text("")
    await apply_gate(kit, port)
    shop = await kit.install({"steps": list(STEPS), "pace": None})
    await shop.roll()
    await shop.canary.wait_paused(PAUSE)
    return Judged(shop, log)


async def apply_gate(kit: Kit, port: int) -> None:
    """The file's template with the time of a test, and what it asks for."""
    template = yaml.safe_load(TEMPLATE.read_text())
    given = {"url": f"http://127.0.0.1:{port}"}
    for arg in template["spec"]["args"]:
        if arg["name"] in given:
            arg["value"] = given[arg["name"]]
    [metric] = template["spec"]["metrics"]
    metric |= {"initialDelay": "0s", "interval": "1s", "consecutiveErrorLimit": 0}
    template["metadata"]["namespace"] = kit.site.namespace
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "monitoring-bridge", "namespace": kit.site.namespace},
        "stringData": {"token": TOKEN},
    }
    await asyncio.gather(*map(kit.site.admin.apply, (template, secret)))


@contextmanager
def bridge(folder: Path) -> Iterator[int]:
    """The server on a loopback port."""
    with Bridge(("127.0.0.1", 0), folder / "requests.log", TOKEN, time.time) as server:  # noqa: TID251 - as the log
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            serving.join(10)


def _is_inconclusive(status: Object) -> bool:
    return any(pause["reason"] == "InconclusiveAnalysisRun" for pause in status.get("pauseConditions", ()))
