"""A cluster with the CRDs of the standard channel, which serves every route kind in one version; or lacks one."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from e2e.bed import binaries
from e2e.scenarios.alone.beds import own_bed
from e2e.scenarios.application import Application
from e2e.scenarios.configs import by_label, by_name
from e2e.scenarios.routes import of_every_kind, one_of_each_kind
from e2e.scenarios.site import fresh_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.bed.control_plane import ControlPlane
    from e2e.scenarios.alone.beds import Bed
    from e2e.scenarios.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("standard channel")]

CRD = "CustomResourceDefinition"
UDP = "udproutes.gateway.networking.k8s.io"
UDP_FILE = "gateway.networking.k8s.io_udproutes.yaml"
ENABLED = {"rollout-enabled": "true"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bed() -> AsyncIterator[Bed]:
    """A bed of this module's own."""
    async with own_bed(channel="standard") as bed:
        yield bed


@pytest_asyncio.fixture(loop_scope="module")
async def site(bed: Bed) -> AsyncIterator[Site]:
    """A namespace of the test's own."""
    plane, controller = bed
    async with fresh_site(plane, controller.log) as site:
        yield site


async def test_one_label_moves_every_kind_of_route(site: Site) -> None:
    shop = Application(site=site, name="shop", config=by_label(ENABLED))
    await shop.is_deployed(*of_every_kind("shop", site.namespace, ENABLED))
    await shop.releases(2)
    await shop.reaches(5)
    await shop.goes_on_to(25, 50, 100)
    await shop.finishes()
    await shop.was_written_to_each_route(times=5)


async def test_a_kind_that_the_cluster_does_not_know_is_named_until_it_is_installed(site: Site) -> None:
    udp = one_of_each_kind("shop", site.namespace)[-1]
    await site.admin.delete(CRD, UDP)
    await site.admin.wait_gone(CRD, UDP)
    shop = Application(site=site, name="shop", config=by_name(udp), weights=(30,))
    await shop.is_submitted()
    await shop.complains(
        "failed to set weight via plugin: ",
        f"this cluster serves no UDPRoute that can be used: install the Gateway API CRD {UDP}",
    )
    await _installs_udp_routes(site.plane)
    await shop.saves(udp)
    await shop.is_up()
    await shop.releases(2)
    await shop.reaches(30)
    await shop.finishes()


async def _installs_udp_routes(plane: ControlPlane) -> None:
    await plane.install(binaries.gateway_api_crds("standard") / UDP_FILE)
