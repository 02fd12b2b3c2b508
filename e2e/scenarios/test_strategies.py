"""The ways in which a Rollout can split its traffic other than in percent between two fixed Services."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.scenarios.application import Application
from e2e.scenarios.configs import AT_ONCE, by_name
from e2e.scenarios.routes import of_every_kind, one_of_each_kind, over

if TYPE_CHECKING:
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

HASH = (
    "rollouts-pod-template-hash"  # by this label the controller points a Service at the pods of one version
)


async def test_ping_and_pong_swap_parts_with_every_release(site: Site) -> None:
    ping, pong = "shop-ping", "shop-pong"
    routes = [over((ping, pong), "shop", route) for route in one_of_each_kind("shop", site.namespace)]
    shop = Application(
        site=site,
        name="shop",
        config={**by_name(*routes), **AT_ONCE, "disableInProgressLabel": True},
        label="",
        weights=(20, 70),
        services=(ping, pong),
        canary_spec={
            "stableService": None,
            "canaryService": None,
            "pingPong": {"pingService": ping, "pongService": pong},
        },
    )
    await shop.is_deployed(*routes)

    await shop.releases(2)
    await shop.reaches(20)
    await _serves_the_new_version(shop, pong)
    await shop.goes_on_to(70)
    shop.services = (pong, ping)
    await shop.finishes()

    await shop.releases(3)
    await shop.reaches(20)
    await _serves_the_new_version(shop, ping)
    await shop.goes_on_to(70)
    await shop.canary.abort()
    await shop.canary.wait_degraded()
    await shop.carries(0)

    await shop.canary.retry()
    await shop.reaches(20)
    await shop.goes_on_to(70)
    shop.services = (ping, pong)
    await shop.finishes()


async def test_a_maximum_of_a_thousand_gives_steps_of_a_tenth_of_a_percent(site: Site) -> None:
    routes = of_every_kind("shop", site.namespace)[:2]
    config = {"httpRoutes": [{"name": each["metadata"]["name"]} for each in routes], **AT_ONCE}
    shop = Application(site=site, name="shop", config=config, weights=(1, 255, 1000), of=1000)
    await shop.is_deployed(*routes)
    await shop.releases(2)
    await shop.reaches(1)
    await shop.goes_on_to(255, 1000)
    await shop.finishes()


async def _serves_the_new_version(shop: Application, service: str) -> None:
    selector = (await shop.site.admin.get("Service", service, shop.site.namespace))["spec"]["selector"]
    assert selector[HASH] == (await shop.canary.status())["currentPodHash"]
