"""Canaries through the stock controller with the self-contained executable, however the controller comes by it."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from e2e.bed.control_plane import ControlPlane
from e2e.bed.controller import Plugin, RolloutsController, Settings
from e2e.bed.errors import BedError
from e2e.scenarios.application import Application
from e2e.scenarios.configs import by_label
from e2e.scenarios.routes import of_every_kind
from e2e.scenarios.sharing import RIGHTS
from e2e.scenarios.site import fresh_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("executable")]

ENABLED = {"rollout-enabled": "true"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plane() -> AsyncIterator[ControlPlane]:
    """A control plane of this module's own."""
    async with ControlPlane(channel="experimental") as plane:
        await plane.install(RIGHTS)
        yield plane


@pytest.fixture(scope="module")
def url(executable: Path) -> Iterator[str]:
    """Where the executable can be downloaded, on loopback."""
    handler = partial(_Silent, directory=str(executable.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{executable.name}"
        server.shutdown()


@pytest.fixture(scope="module")
def sha256(executable: Path) -> str:
    """What the executable's sum is."""
    return hashlib.sha256(executable.read_bytes()).hexdigest()


async def test_a_canary_with_the_executable_as_a_file(plane: ControlPlane, executable: Path) -> None:
    await _canary(plane, Plugin(executable=executable), Settings(name="by-file"))


async def test_a_canary_with_the_executable_downloaded_and_its_sum_compared(
    plane: ControlPlane, executable: Path, url: str, sha256: str
) -> None:
    plugin = Plugin(executable=executable, location=url, sha256=sha256)
    await _canary(plane, plugin, Settings(name="by-url"))


async def test_with_another_sum_the_controller_does_not_start(
    plane: ControlPlane, executable: Path, url: str
) -> None:
    plugin = Plugin(executable=executable, location=url, sha256="0" * 64)
    controller = RolloutsController(plane, plugin, settings=Settings(name="deceived"))
    with pytest.raises(BedError, match=r"sha256"):
        async with controller:
            pass


async def _canary(plane: ControlPlane, plugin: Plugin, settings: Settings) -> None:
    """Every route kind goes through every step, and what serves is the unpacked tree and no source.

    The settings' name is that of a fresh folder: where an earlier copy of the plugin is, nothing is downloaded.
    """
    async with (
        RolloutsController(plane, plugin, settings=settings) as controller,
        fresh_site(plane, controller.log) as site,
    ):
        shop = Application(site=site, name="shop", config=by_label(ENABLED))
        await shop.is_deployed(*of_every_kind("shop", site.namespace, ENABLED))
        await shop.releases(2)
        await shop.reaches(5)
        program = _program(await controller.wait_for_plugin())
        assert program.match("plugin-bin/argoproj-labs/.rollouts-router-*/lib/ld.so")
        await shop.goes_on_to(25, 50, 100)
        await shop.finishes()


def _program(pid: int) -> Path:
    return Path(f"/proc/{pid}/exe").readlink()


class _Silent(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing of it."""

    def log_message(self, *_: object) -> None:
        """A test has no use for it."""
