"""The programs around a canary fail: the plugin, the controller, the API server. The canary waits, and goes on.

Here the plugin's rights hold in the whole cluster, and the routes live in a namespace of their own.
"""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from e2e.bed import objects, waiting
from e2e.scenarios import routes as routes_of
from e2e.scenarios.alone.beds import own_bed
from e2e.scenarios.application import Application
from e2e.scenarios.configs import AT_ONCE, by_names
from e2e.scenarios.site import fresh_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.controller import RolloutsController
    from e2e.bed.kinds import Object
    from e2e.scenarios.alone.beds import Bed
    from e2e.scenarios.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("disturbances")]

OUTAGE = 20.0  # seconds
END = 5.0  # seconds in which a process that has no reason to live is gone
TIMED_PAUSE: Object = {"pause": {"duration": "6s"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bed() -> AsyncIterator[Bed]:
    """A bed of this module's own, with the plugin's rights everywhere."""
    async with own_bed() as (plane, controller):
        await plane.grant_plugin()
        yield plane, controller


@pytest.fixture
def controller(bed: Bed) -> RolloutsController:
    """The bed's controller."""
    return bed[1]


@pytest_asyncio.fixture(loop_scope="module")
async def site(bed: Bed) -> AsyncIterator[Site]:
    """A namespace of the test's own."""
    plane, controller = bed
    async with fresh_site(plane, controller.log, granted=False) as site:
        yield site


async def test_a_killed_plugin_is_started_again_and_the_canary_completes(
    site: Site, controller: RolloutsController
) -> None:
    shop = await _in_mid_canary(site)
    for weight in (40, 60):
        killed = await controller.wait_for_plugin()
        os.kill(killed, signal.SIGKILL)
        await shop.goes_on_to(weight)
        assert killed not in controller.plugin_pids()
    await shop.finishes()


async def test_an_api_server_that_is_away_is_named_and_crashes_nobody(
    site: Site, controller: RolloutsController
) -> None:
    timed = [{"setWeight": 20}, TIMED_PAUSE, {"setWeight": 40}, TIMED_PAUSE, *objects.steps(60)]
    shop = await _in_mid_canary(site, steps=timed)
    plugin = await controller.wait_for_plugin()
    unreachable = (
        "failed to set weight via plugin: the API server cannot be reached",
        f"Cannot connect to host {urlsplit(site.plane.url).netloc} ",
    )
    async with _without_api_server(site.plane):
        back = time.monotonic() + OUTAGE
        # Its log is the only place: an Event needs the API, and the controller soon gives up on it.
        await site.controller_says(*unreachable)

        async def outage_over() -> bool | None:
            assert controller.plugin_pids() == [plugin]
            return True if time.monotonic() > back else None

        await waiting.until(outage_over, within=2 * OUTAGE, what="the end of the outage")
    await shop.reaches(60)
    assert controller.plugin_pids() == [plugin]
    await shop.finishes()


async def test_a_stopped_controller_takes_the_plugin_along_and_the_next_one_goes_on(
    site: Site, controller: RolloutsController
) -> None:
    shop = await _in_mid_canary(site)
    plugin = await controller.wait_for_plugin()
    os.kill(controller.pid, signal.SIGTERM)
    await _ends(plugin)
    await controller.restart()
    await shop.goes_on_to(40)

    plugin = await controller.wait_for_plugin()
    os.kill(controller.pid, signal.SIGKILL)
    await _ends(plugin)
    await controller.restart()
    await shop.goes_on_to(60)
    await shop.finishes()


async def _in_mid_canary(site: Site, steps: list[Object] | None = None) -> Application:
    """An application at 20 percent, with routes in another namespace than its own."""
    gateways = f"{site.namespace}-gateways"
    await site.plane.create_namespace(gateways)
    routes = [routes_of.moved(route, gateways) for route in routes_of.of_every_kind("shop", site.namespace)]
    config = {"namespace": gateways, **by_names(*routes), **AT_ONCE}
    shop = Application(site=site, name="shop", config=config, weights=(20, 40, 60), steps=steps)
    await shop.is_deployed(*routes)
    await shop.releases(2)
    await shop.reaches(20)
    return shop


@contextlib.asynccontextmanager
async def _without_api_server(plane: ControlPlane) -> AsyncIterator[None]:
    await plane.stop_api_server()
    try:
        yield
    finally:
        await plane.start_api_server()


async def _ends(pid: int) -> None:
    async def ask() -> bool | None:
        return None if _lives(pid) else True

    await waiting.until(ask, within=END, what=f"the end of process {pid}")


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
