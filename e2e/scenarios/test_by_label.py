"""Canaries that find their routes by a label: every kind at once, beside other teams' routes and canaries."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects
from e2e.scenarios.application import Application
from e2e.scenarios.configs import AT_ONCE, by_label
from e2e.scenarios.routes import of_every_kind, shared_rule

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.scenarios.routes import Route, Split
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENABLED = {"rollout-enabled": "true"}


async def test_one_label_moves_every_kind_of_route_and_two_applications_do_not_touch_each_other(
    site: Site,
) -> None:
    shop = Application(site=site, name="shop", config=by_label(ENABLED))
    cart = Application(site=site, name="cart", config=by_label(ENABLED), weights=(10, 60))
    unlabelled = await site.saves(_http("unlabelled", site, shared_rule("shop")))
    stranger = await site.saves(_http("stranger", site, objects.rule("other"), **ENABLED))
    common = await site.saves(_http("common", site, shared_rule("shop"), shared_rule("cart"), **ENABLED))
    await shop.is_deployed(*of_every_kind("shop", site.namespace, ENABLED))
    await cart.is_deployed(*of_every_kind("cart", site.namespace, ENABLED))

    await asyncio.gather(shop.releases(2), cart.releases(2))
    await asyncio.gather(shop.reaches(5), cart.reaches(10))
    await _carries(common, site, shop.split(5), cart.split(10))
    await shop.goes_on_to(25)
    await cart.carries(10)
    await asyncio.gather(shop.goes_on_to(50), cart.goes_on_to(60))
    await _carries(common, site, shop.split(50), cart.split(60))
    await cart.finishes()
    await shop.carries(50)
    await shop.goes_on_to(100)
    await _carries(common, site, shop.split(100), cart.split(0))
    await shop.finishes()
    assert not await site.differences([common], shop.split(0), cart.split(0), in_progress=False)

    await site.is_untouched(unlabelled)
    await site.is_untouched(stranger)
    await shop.was_written_to_each_route(times=5)
    await cart.was_written_to_each_route(times=4)  # 100 comes after its last step


async def test_a_route_joins_with_the_label_in_mid_canary_and_one_without_it_gives_its_share_back(
    site: Site,
) -> None:
    config = {**by_label(ENABLED), **AT_ONCE}
    shop = Application(site=site, name="shop", config=config, weights=(20, 40, 60))
    await shop.is_deployed(
        *of_every_kind("shop", site.namespace, ENABLED)[:2],
        _http("leaver", site, objects.rule("shop"), **ENABLED),
    )
    await shop.releases(2)
    await shop.reaches(20)

    leaver = shop.routes.pop()
    no_label = {"metadata": {"labels": {"rollout-enabled": None}}}
    await site.admin.merge_patch("HTTPRoute", "leaver", site.namespace, no_label)
    del leaver.saved["metadata"]["labels"]["rollout-enabled"]
    await shop.saves(_http("joiner", site, objects.rule("shop"), **ENABLED))
    await shop.goes_on_to(40)
    assert not await site.differences([leaver], in_progress=False)
    leaver.saved = await site.admin.get("HTTPRoute", "leaver", site.namespace)
    await shop.goes_on_to(60)
    await shop.finishes()
    await site.is_untouched(leaver)


async def test_expressions_select_as_labels_do(site: Site) -> None:
    expressions = [
        {"key": "tier", "operator": "In", "values": ["web", "api"]},
        {"key": "frozen", "operator": "DoesNotExist"},
    ]
    config = {"httpRouteSelector": {"matchExpressions": expressions}, **AT_ONCE}
    shop = Application(site=site, name="shop", config=config, weights=(30,))
    frozen = await site.saves(_http("frozen", site, objects.rule("shop"), tier="web", frozen="yes"))
    await shop.is_deployed(*(_http(tier, site, objects.rule("shop"), tier=tier) for tier in ("web", "api")))
    await shop.releases(2)
    await shop.reaches(30)
    await shop.finishes()
    await site.is_untouched(frozen)


def _http(name: str, site: Site, *rules: Object, **labels: str) -> Object:
    return objects.route("HTTPRoute", name, site.namespace, rules=rules, labels=labels)


async def _carries(route: Route, site: Site, *splits: Split) -> None:
    seen = await site.differences([route], *splits, in_progress=True)
    assert not seen, seen
