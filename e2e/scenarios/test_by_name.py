"""Canaries whose routes are given by name, in both forms; and every way in which a canary can end."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects
from e2e.scenarios.application import Application
from e2e.scenarios.configs import AT_ONCE, by_name, by_names
from e2e.scenarios.routes import of_every_kind, one_of_each_kind

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_singular_form_names_one_route_of_each_kind_and_an_abort_takes_all_back_at_once(
    site: Site,
) -> None:
    routes = one_of_each_kind("shop", site.namespace)
    shop = Application(site=site, name="shop", config={**by_name(*routes), **AT_ONCE}, weights=(20, 60, 90))
    await shop.is_deployed(*routes)
    bystander = await site.saves(_http("bystander", site))
    await shop.releases(2)
    await shop.reaches(20)
    await shop.goes_on_to(60)

    await shop.canary.abort()
    await shop.canary.wait_degraded()
    await shop.carries(0)

    await shop.canary.retry()
    await shop.reaches(20)
    await shop.goes_on_to(60, 90)
    await shop.finishes()
    await site.is_untouched(bystander)


async def test_the_plural_form_names_many_routes_and_a_new_version_in_mid_canary_begins_again(
    site: Site,
) -> None:
    routes = of_every_kind("shop", site.namespace) + one_of_each_kind("shop", site.namespace, prefix="more-")
    shop = Application(site=site, name="shop", config={**by_names(*routes), **AT_ONCE}, weights=(20, 60))
    await shop.is_deployed(*routes)
    await shop.releases(2)
    await shop.reaches(20)
    await shop.goes_on_to(60)

    await shop.releases(3)
    await shop.reaches(20)

    await shop.canary.promote(full=True)
    await shop.is_done()
    assert await shop.image() == "app:3"


async def test_both_forms_and_a_label_together_move_each_route_once_and_mark_it_as_the_team_says(
    site: Site,
) -> None:
    named, listed, both = (_http(name, site, team="shop") for name in ("named", "listed", "both"))
    config = {
        "httpRoute": "named",
        "httpRoutes": [{"name": "listed", "useHeaderRoutes": True}, {"name": "both"}],
        "httpRouteSelector": {"matchLabels": {"team": "shop"}},
        "inProgressLabelKey": "example.com/canary",
        **AT_ONCE,
        "configMap": "argo-gatewayapi-configmap",  # older manifests still have it
    }
    shop = Application(site=site, name="shop", config=config, weights=(40,), label="example.com/canary")
    await shop.is_deployed(named, listed, both, _http("selected", site, team="shop"))
    await shop.releases(2)
    await shop.reaches(40)
    await shop.finishes()
    await shop.was_written_to_each_route(times=3)  # the last step is followed by 100, then 0


async def test_going_back_to_the_stable_version_in_mid_canary_takes_all_back(site: Site) -> None:
    routes = of_every_kind("shop", site.namespace)
    shop = Application(site=site, name="shop", config={**by_names(*routes), **AT_ONCE}, weights=(20, 60))
    await shop.is_deployed(*routes)
    await shop.releases(2)
    await shop.reaches(20)
    await shop.releases(1)
    await shop.is_done()


def _http(name: str, site: Site, **labels: str) -> Object:
    return objects.route("HTTPRoute", name, site.namespace, rules=[objects.rule("shop")], labels=labels)
