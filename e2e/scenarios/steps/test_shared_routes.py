"""Routes that are not one Rollout's alone, or no longer: two canaries in one, some rules only, a route that leaves."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects, waiting
from e2e.scenarios.configs import AT_ONCE
from e2e.scenarios.routes import shared_rule
from e2e.scenarios.site import SOON
from e2e.scenarios.steps.expected import header, header_step, mirror_step, mirrored, to_canary
from e2e.scenarios.steps.stepping import SCALE, Stepping

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.scenarios.routes import Route
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAUSE = objects.FOREVER
BETA, FOR_BETA = header_step("beta", x_user={"exact": "bob"}), header("x-user", "bob")
SHADOW = mirror_step("shadow", {"path": {"prefix": "/"}}, percentage=25)
ENABLED = {"rollout-enabled": "true"}


async def test_two_rollouts_on_one_route_each_with_a_header_route_of_the_same_name_mind_their_own(
    site: Site,
) -> None:
    """The one that ends first leaves the other's rule, its weights and the label; the last one takes the label off."""
    steps = [SCALE, BETA, {"setWeight": 20}, PAUSE]
    shop, cart = (_app(name, site, {"httpRoute": "common"}, steps) for name in ("shop", "cart"))
    common = await site.saves(_http("common", site, shared_rule("shop"), shared_rule("cart")))
    await asyncio.gather(shop.is_submitted(), cart.is_submitted())
    await asyncio.gather(shop.is_up(), cart.is_up())

    await shop.releases(2)
    await shop.pauses(0, weight=20)
    common.making = lambda rules: [*rules, *to_canary("beta", rules, "shop-canary", FOR_BETA)]
    await _comes_to(common, shop, 20, cart, 0)

    await cart.releases(2)
    await cart.pauses(0, weight=20)
    common.making = lambda rules: [
        *rules,
        *to_canary("beta", rules, "shop-canary", FOR_BETA),
        *to_canary("beta-1", rules, "cart-canary", FOR_BETA),
    ]
    await _comes_to(common, shop, 20, cart, 20)

    await shop.finishes()
    common.making = lambda rules: [*rules, *to_canary("beta-1", rules, "cart-canary", FOR_BETA)]
    await _comes_to(common, shop, 0, cart, 20)

    await cart.aborts()
    common.making = None
    await _comes_to(common, shop, 0, cart, 0)


async def test_only_the_named_rules_of_a_route_take_part(site: Site) -> None:
    config = {"httpRoutes": [{"name": "web", "useHeaderRoutes": True, "ruleName": "api"}]}
    shop = _app("shop", site, config, [SCALE, BETA, {"setWeight": 20}, PAUSE])
    shop.rules = ("api",)
    fixed = objects.rule("shop", name="site", weights=(60, 40))
    await shop.is_deployed(_http("web", site, fixed, objects.rule("shop", name="api"), objects.rule("shop")))
    await shop.releases(2)
    shop.expects(lambda rules: [*rules, *to_canary("beta", rules[1:2], "shop-canary", FOR_BETA)])
    await shop.pauses(0, weight=20)
    await shop.ends()


async def test_routes_that_leave_in_mid_canary_by_label_or_by_name_are_as_their_team_saved_them(
    site: Site,
) -> None:
    config = {
        "httpRouteSelector": {"matchLabels": ENABLED, "useHeaderRoutes": True},
        "grpcRoutes": [{"name": "calls", "useHeaderRoutes": True}],
    }
    steps = [SCALE, BETA, SHADOW, {"setWeight": 20}, PAUSE, {"setWeight": 40}, PAUSE]
    shop = _app("shop", site, config, steps)
    rule = objects.rule("shop")
    await shop.is_deployed(
        *(_http(name, site, rule, **ENABLED) for name in ("stays", "leaves")),
        objects.route("GRPCRoute", "calls", site.namespace, rules=[rule]),
    )
    await shop.releases(2)
    shop.expects(
        lambda rules: [
            *(mirrored(each, "shop-canary", percent=25) for each in rules),
            *to_canary("beta", rules, "shop-canary", FOR_BETA),
        ]
    )
    await shop.pauses(0, weight=20)

    leaves, calls = shop.routes.pop(1), shop.routes.pop(1)
    shop.expects(None, leaves, calls)
    no_label = {"metadata": {"labels": {"rollout-enabled": None}}}
    await site.admin.merge_patch("HTTPRoute", "leaves", site.namespace, no_label)
    del leaves.saved["metadata"]["labels"]["rollout-enabled"]
    await shop.configures({**config, "grpcRoutes": None, **AT_ONCE})
    await shop.promotes_to(1, weight=40)
    assert not await site.differences([leaves, calls], shop.split(0), in_progress=False)
    await shop.says("WARN", f"HTTPRoute {site.namespace}/leaves is no route of this Rollout any more")
    await shop.says("WARN", f"GRPCRoute {site.namespace}/calls is no route of this Rollout any more")
    await shop.ends()


async def test_two_rollouts_that_claim_the_same_services_are_both_named_until_one_has_done(
    site: Site,
) -> None:
    shop = _app("shop", site, {"httpRoute": "web"}, [{"setWeight": 20}, PAUSE])
    await shop.is_deployed(_http("web", site, objects.rule("shop")))
    await shop.releases(2)
    await shop.pauses(0, weight=20)

    same = {f"{part}BackendRef": {"name": f"shop-{part}"} for part in ("stable", "canary")}
    rival = _app("rival", site, {"httpRoute": "web", **same}, [{"setWeight": 30}, PAUSE])
    rival.services = shop.services
    await site.admin.apply(objects.service("rival-stable", site.namespace, app="rival"))
    await site.admin.apply(objects.service("rival-canary", site.namespace, app="rival"))
    await site.admin.apply(rival.rollout())
    await rival.complains(
        "failed to set weight via plugin: ",
        f"HTTPRoute {site.namespace}/web: Rollout {site.namespace}/rival and Rollout {site.namespace}/shop both set the"
        " weights of",
    )
    await shop.carries(20)
    await shop.ends()
    await rival.canary.wait_healthy()


def _app(name: str, site: Site, config: Object, steps: list[Object]) -> Stepping:
    return Stepping(
        site=site, name=name, config={**config, **AT_ONCE}, managed=("beta", "shadow"), steps=steps
    )


def _http(name: str, site: Site, *rules: Object, **labels: str) -> Object:
    return objects.route("HTTPRoute", name, site.namespace, rules=rules, labels=labels)


async def _comes_to(route: Route, one: Stepping, weight: int, other: Stepping, others_weight: int) -> None:
    """The route carries both weights, soon: a Rollout is Healthy before its last write."""
    splits, seen = (one.split(weight), other.split(others_weight)), ""

    async def ask() -> bool | None:
        nonlocal seen
        seen = await one.site.differences([route], *splits, in_progress=weight + others_weight > 0)
        return None if seen else True

    await waiting.until(ask, within=SOON, what=lambda: seen)
