"""Aborts with something broken beside: the canary lets go of all traffic that can be taken from it, and it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.bed import access, objects
from e2e.bed.control_plane import PLUGIN_ROLE
from e2e.bed.kinds import RBAC, kind_of
from e2e.scenarios.application import Application
from e2e.scenarios.configs import AT_ONCE, by_name
from e2e.scenarios.steps.expected import header, header_step, to_canary
from e2e.scenarios.steps.stepping import SCALE, Stepping

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

FAILED = "failed to set weight via plugin: "
GATEWAY_GROUP = "gateway.networking.k8s.io"
TESTERS = header_step("testers", x_user={"exact": "alice"})


async def test_the_weight_comes_back_although_the_managed_routes_of_one_kind_can_no_longer_be_removed(
    site: Site,
) -> None:
    """The controller asks for the removal first; an error of it would keep the weights where they are."""
    routes = [_route("HTTPRoute", site), _route("GRPCRoute", site)]
    shop = Stepping(
        site=site,
        name="shop",
        config={**by_name(*routes), **AT_ONCE},
        managed=("testers",),
        steps=[SCALE, TESTERS, {"setWeight": 40}, objects.FOREVER],
    )
    await shop.is_deployed(*routes)
    await shop.releases(2)
    shop.expects(
        lambda rules: [*rules, *to_canary("testers", rules, "shop-canary", header("x-user", "alice"))]
    )
    await shop.pauses(0, weight=40)

    web, grpc = shop.routes
    await _may_only_use(site, "HTTPRoute")
    await shop.canary.abort()
    shop.routes = [web]
    shop.expects(None)
    await shop.comes_to(0)
    await shop.complains(FAILED, 'cannot get resource "grpcroutes"')
    grpc_now = await site.seen(grpc)
    assert grpc_now is not None
    assert objects.weights_of(grpc_now) == {"shop-stable": 60, "shop-canary": 40}

    await site.plane.grant_plugin(site.namespace)
    shop.routes = [web, grpc]
    shop.expects(None)
    await shop.is_reconciled()
    await shop.comes_to(0)


async def test_an_abort_by_the_scale_of_stable_reaches_its_end_although_a_named_route_is_gone(
    site: Site,
) -> None:
    """With `dynamicStableScale` stable gets its pods back only when SetWeight succeeds above 0."""
    routes = [_route("HTTPRoute", site), _route("GRPCRoute", site)]
    shop = Application(
        site=site,
        name="shop",
        config={**by_name(*routes), **AT_ONCE},
        weights=(50,),
        canary_spec={"dynamicStableScale": True},
    )
    await shop.is_deployed(*routes)
    await shop.releases(2)
    await shop.reaches(50)
    gone = shop.routes.pop(1)
    await site.admin.delete(gone.kind, gone.name, site.namespace)

    await shop.canary.abort()
    await shop.comes_to(0)
    await shop.complains(FAILED, f'grpcroutes.gateway.networking.k8s.io "{gone.name}" not found')


def _route(kind: str, site: Site) -> Object:
    return objects.route(kind, "web", site.namespace, rules=[objects.rule("shop")])


async def _may_only_use(site: Site, kind: str) -> None:
    """The plugin keeps its rights on routes of one kind."""
    role = f"{PLUGIN_ROLE}-{kind.lower()}"
    rule = {
        "apiGroups": [GATEWAY_GROUP],
        "resources": [kind_of(kind).plural],
        "verbs": ["get", "list", "patch"],
    }
    await site.admin.apply(
        {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": role}, "rules": [rule]}
    )
    await site.plane.revoke_plugin(site.namespace)
    await access.grant(site.admin, role, "plugin", site.namespace)
