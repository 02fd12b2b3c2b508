"""Header rules that versions of the existing plugin before 0.13 left behind: they stay, until somebody asks."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects
from e2e.scenarios.configs import AT_ONCE
from e2e.scenarios.steps.expected import header
from e2e.scenarios.steps.stepping import Stepping

if TYPE_CHECKING:
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

REQUEST = "rollouts.argoproj.io/gatewayapi-remove-unnamed"


async def test_they_go_when_the_route_is_annotated_and_the_teams_own_rules_stay(site: Site) -> None:
    to_canary = [{"name": "shop-canary", "port": objects.PORT, "weight": 0}]
    left = {"matches": [{"headers": [header("x-user", "alice")]}], "backendRefs": to_canary}
    named = {**left, "name": "qa"}
    by_path = {"matches": [{"path": {"type": "PathPrefix", "value": "/qa"}}], "backendRefs": to_canary}
    rules = [left, objects.rule("shop"), named, left, by_path]
    shop = Stepping(site=site, name="shop", config={"httpRoute": "web", **AT_ONCE}, weights=(20, 40))
    await shop.is_deployed(objects.route("HTTPRoute", "web", site.namespace, rules=rules))
    await shop.releases(2)
    await shop.reaches(20)

    note = {"metadata": {"annotations": {REQUEST: "shop"}}}
    await site.admin.merge_patch("HTTPRoute", "web", site.namespace, note)
    shop.expects(lambda rules: [rules[1], rules[2], rules[4]])
    await shop.is_reconciled()
    await shop.comes_to(20)
    await shop.says("WARN", "its rules at 0, 3 (counted from 0) are removed", REQUEST)
    seen = await site.admin.get("HTTPRoute", "web", site.namespace)
    assert REQUEST not in seen["metadata"]["annotations"]

    (web,) = shop.routes
    web.saved["spec"]["rules"] = [web.saved["spec"]["rules"][at] for at in (1, 2, 4)]
    shop.expects(None)
    await shop.goes_on_to(40)
    await shop.ends()
