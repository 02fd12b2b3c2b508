"""What the team gets to read when something is wrong: what, with which object, and what to do. And then it goes on."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects
from e2e.scenarios.application import Application
from e2e.scenarios.configs import AT_ONCE, by_label, by_name
from e2e.scenarios.routes import one_of_each_kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.bed.kinds import Object
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

BLOCK = 'spec.strategy.canary.trafficRouting.plugins["argoproj-labs/gatewayAPI"]'
FAILED = "failed to set weight via plugin: "
NO_ROUTES = (
    "No routes configured. At least one of 'httpRoutes', 'grpcRoutes', 'tcpRoutes', 'tlsRoutes',"
    " 'httpRoute', 'grpcRoute', 'tcpRoute' or 'tlsRoute' must be set"
)


async def test_a_named_route_that_is_deleted_in_mid_canary_is_missed_by_name_until_it_is_back(
    site: Site,
) -> None:
    routes = one_of_each_kind("shop", site.namespace)
    shop = Application(site=site, name="shop", config={**by_name(*routes), **AT_ONCE}, weights=(20, 40))
    await shop.is_deployed(*routes)
    await shop.releases(2)
    await shop.reaches(20)

    grpc = shop.routes.pop(1)
    await site.admin.delete(grpc.kind, grpc.name, site.namespace)
    await shop.canary.promote()
    await shop.complains(
        FAILED,
        f'grpcroutes.gateway.networking.k8s.io "{grpc.name}" not found',
        f"{BLOCK}.grpcRoute names it: create it, or correct the name",
    )
    await shop.carries(20)

    await shop.saves(routes[1])
    await shop.reaches(40)
    await shop.finishes()


async def test_an_abort_takes_back_the_routes_that_are_there_although_a_named_one_is_gone(site: Site) -> None:
    routes = one_of_each_kind("shop", site.namespace)
    shop = Application(site=site, name="shop", config={**by_name(*routes), **AT_ONCE}, weights=(20, 40))
    await shop.is_deployed(*routes)
    await shop.releases(2)
    await shop.reaches(20)
    gone = shop.routes.pop(1)
    await site.admin.delete(gone.kind, gone.name, site.namespace)
    await shop.canary.abort()
    await shop.complains(FAILED, f'grpcroutes.gateway.networking.k8s.io "{gone.name}" not found')
    await shop.comes_to(0)


async def test_a_selected_route_that_is_deleted_in_mid_canary_is_not_missed(site: Site) -> None:
    labels = {"rollout-enabled": "true"}
    routes = one_of_each_kind("shop", site.namespace, labels)
    shop = Application(site=site, name="shop", config={**by_label(labels), **AT_ONCE}, weights=(20, 40))
    await shop.is_deployed(*routes)
    await shop.releases(2)
    await shop.reaches(20)
    gone = shop.routes.pop(1)
    await site.admin.delete(gone.kind, gone.name, site.namespace)
    await shop.goes_on_to(40)
    await shop.finishes()


async def test_a_permission_that_is_withdrawn_in_mid_canary_is_asked_for_by_its_rule(site: Site) -> None:
    shop = Application(site=site, name="shop", config={"httpRoute": "web", **AT_ONCE}, weights=(20, 40))
    await shop.is_deployed(_web(site))
    await shop.releases(2)
    await shop.reaches(20)

    await site.plane.revoke_plugin(site.namespace)
    await shop.canary.promote()
    await shop.complains(
        FAILED,
        f'httproutes.gateway.networking.k8s.io "web" is forbidden: User "plugin" cannot get resource'
        f' "httproutes" in API group "gateway.networking.k8s.io" in the namespace "{site.namespace}"',
        'add the rule {apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: ["get"]}'
        f' to a Role in namespace "{site.namespace}" or a ClusterRole bound to this account',
    )
    await shop.carries(20)

    await site.plane.grant_plugin(site.namespace)
    await shop.reaches(40)
    await shop.finishes()


async def test_a_block_that_is_misspelt_in_mid_canary_holds_the_canary_until_it_is_corrected(
    site: Site,
) -> None:
    shop = Application(site=site, name="shop", config={"httpRoute": "web", **AT_ONCE}, weights=(20, 40))
    await shop.is_deployed(_web(site))
    await shop.releases(2)
    await shop.reaches(20)
    await shop.configures({"httpRuote": "web"})
    await shop.canary.promote()
    await shop.complains(FAILED, NO_ROUTES, 'unknown key "httpRuote" is ignored, did you mean "httpRoute"?')
    await shop.carries(20)

    await shop.configures({"httpRoute": "web", **AT_ONCE})
    await shop.reaches(40)
    await shop.finishes()


NOT_USABLE: Mapping[str, tuple[object, tuple[str, ...]]] = {
    "a text where a list belongs": (
        {"httpRoutes": "web"},
        (f"{BLOCK}.httpRoutes: expected `array`, got `str`",),
    ),
    "a quoted boolean": (
        {"httpRoutes": [{"name": "web", "useHeaderRoutes": "false"}]},
        (f"{BLOCK}.httpRoutes[0].useHeaderRoutes: expected `bool`, got `str`",),
    ),
    "an empty block": ({}, (NO_ROUTES, f"{BLOCK} names no route and has no selector")),
    "no block": (None, (f"{BLOCK}: expected an object with routes",)),
    "a label that no route has": (
        {"httpRouteSelector": {"matchLabels": {"team": "none"}}},
        (NO_ROUTES, "no route in namespace {namespace} matches httpRouteSelector"),
    ),
    "a route that does not exist": (
        {"httpRoute": "wbe"},
        ('httproutes.gateway.networking.k8s.io "wbe" not found', f"{BLOCK}.httpRoute names it"),
    ),
    "a route of another application": (
        {"httpRoute": "other"},
        (
            "backendRef was not found in httpRoute: HTTPRoute {namespace}/other",
            'of the Services "shop-stable" (stable) and "shop-canary" (canary)',
            "in namespace {namespace} it has neither",
        ),
    ),
}


@pytest.mark.parametrize(("config", "says"), NOT_USABLE.values(), ids=NOT_USABLE.keys())
async def test_a_first_deployment_says_what_is_wrong_with_its_block(
    site: Site, config: object, says: tuple[str, ...]
) -> None:
    other = await site.saves(
        objects.route("HTTPRoute", "other", site.namespace, rules=[objects.rule("other")])
    )
    shop = Application(site=site, name="shop", config=config, weights=(20,))
    await shop.is_submitted(_web(site))
    await shop.complains(FAILED, *(text.format(namespace=site.namespace) for text in says))

    await shop.configures({"httpRoute": "web", **AT_ONCE})
    await shop.is_up()
    await shop.releases(2)
    await shop.reaches(20)
    await shop.finishes()
    await site.is_untouched(other)


def _web(site: Site) -> Object:
    return objects.route("HTTPRoute", "web", site.namespace, rules=[objects.rule("shop")])
