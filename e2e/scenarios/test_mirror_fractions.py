"""Mirrors of less than a percent: the API server takes them as the configuration has them, beside a team's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects
from e2e.scenarios.configs import AT_ONCE
from e2e.scenarios.steps.expected import mirror_step
from e2e.scenarios.steps.stepping import SCALE, Stepping

if TYPE_CHECKING:
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHADOW = mirror_step("shadow", {"path": {"prefix": "/"}}, percentage=5)


async def test_one_request_in_a_thousand_is_mirrored_beside_a_teams_own_mirror(  # noqa: D103 -- the name is the sentence
    site: Site,
) -> None:
    backend = {"group": "", "kind": "Service", "name": "shop-canary", "port": objects.PORT}
    own = {
        "type": "RequestMirror",
        "requestMirror": {"backendRef": backend, "fraction": {"numerator": 3, "denominator": 7}},
    }
    shop = Stepping(
        site=site,
        name="shop",
        config={
            "httpRoute": "web",
            "mirrorFractions": {"shadow": {"numerator": 1, "denominator": 1000}},
            **AT_ONCE,
        },
        managed=("shadow",),
        steps=[SCALE, SHADOW, {"setWeight": 20}, objects.FOREVER],
    )
    route = objects.route("HTTPRoute", "web", site.namespace, rules=[objects.rule("shop", filters=[own])])
    await shop.is_deployed(route)
    await shop.releases(2)
    mirror = {"backendRef": backend, "fraction": {"numerator": 1, "denominator": 1000}}
    added = {"type": "RequestMirror", "requestMirror": mirror}
    shop.expects(lambda rules: [{**rule, "filters": [own, added]} for rule in rules])
    await shop.pauses(0, weight=20)
    await shop.ends()
