"""Mirror steps: copies of requests go to the canary, by filters in the team's rules or by rules beside them."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects
from e2e.scenarios import routes as routes_of
from e2e.scenarios.configs import AT_ONCE, by_name
from e2e.scenarios.steps.expected import mirror_step, mirrored, to_stable, without_match
from e2e.scenarios.steps.stepping import SCALE, Stepping

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.scenarios.routes import Making
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANARY, STABLE = "shop-canary", "shop-stable"
PAUSE = objects.FOREVER
SEARCH: Object = {"path": {"prefix": "/search"}, "method": {"exact": "GET"}}
ADDING: Object = {"path": {"exact": "/shop.Cart/Add"}}
SHADOW = mirror_step("shadow", SEARCH, ADDING, percentage=25)
SEARCHING_OR_ADDING: list[Object] = [
    {"path": {"type": "PathPrefix", "value": "/search"}, "method": "GET"},
    {"path": {"type": "Exact", "value": "/shop.Cart/Add"}},
]
CALLING: list[Object] = [{"method": {"type": "Exact", "service": "shop.Cart", "method": "Add"}}]
WHOLE_SHADOW = mirror_step("shadow", SEARCH, ADDING)


async def test_rules_that_serve_only_what_a_step_means_get_its_filter_until_the_step_without_a_match(
    site: Site,
) -> None:
    routes = [_web(site), _calls(site)]
    steps = [
        *(SCALE, SHADOW, PAUSE),
        *({"setWeight": 20}, PAUSE),
        *(WHOLE_SHADOW, PAUSE),
        *(without_match(SHADOW), PAUSE),
        *(SHADOW, PAUSE),
    ]
    shop = _shop(site, by_name(*routes), steps)
    await shop.is_deployed(*routes)
    await shop.releases(2)
    shop.expects(lambda rules: [mirrored(rules[0], CANARY, percent=25), *rules[1:]])
    await shop.pauses(0, weight=0)
    await shop.promotes_to(1, weight=20)
    shop.expects(lambda rules: [mirrored(rules[0], CANARY), *rules[1:]])
    await shop.promotes_to(2, weight=20)
    shop.expects(None)
    await shop.promotes_to(3, weight=20)
    shop.expects(lambda rules: [mirrored(rules[0], CANARY, percent=25), *rules[1:]])
    await shop.promotes_to(4, weight=20)
    await shop.aborts()


async def test_in_rule_mode_what_a_step_means_gets_rules_of_its_own(site: Site) -> None:
    routes = [_web(site), _calls(site)]
    config = {**by_name(*routes), "mirrorMode": "rule"}
    shop = _shop(site, config, [SCALE, SHADOW, PAUSE, {"setWeight": 20}, PAUSE])
    await shop.is_deployed(*routes)
    for route, meant in zip(shop.routes, (SEARCHING_OR_ADDING, CALLING), strict=True):
        shop.expects(_beside(meant), route)
    await shop.releases(2)
    await shop.pauses(0, weight=0)
    await shop.promotes_to(1, weight=20)
    await shop.ends()


async def test_connections_cannot_be_copied_so_the_canary_goes_on_with_one_warning(site: Site) -> None:
    tcp = objects.route("TCPRoute", "tcp", site.namespace, rules=[objects.rule("shop")])
    steps = [SCALE, SHADOW, {"setWeight": 20}, PAUSE, {"setWeight": 40}, PAUSE]
    shop = _shop(site, {"tcpRoute": "tcp"}, steps)
    await shop.is_deployed(tcp)
    await shop.releases(2)
    await shop.pauses(0, weight=20)
    await shop.promotes_to(1, weight=40)
    (told,) = shop.said("WARN")
    assert "setMirrorRoute shadow has no effect: no HTTPRoute or GRPCRoute of this Rollout takes" in told
    await shop.ends()


async def test_a_rule_that_serves_more_than_a_step_means_gets_no_filter_and_that_is_told(site: Site) -> None:
    more = [{"path": {"type": "PathPrefix", "value": "/about"}}, *SEARCHING_OR_ADDING]
    rules = [objects.rule("shop"), objects.rule("shop", matches=more)]
    web = objects.route("HTTPRoute", "web", site.namespace, rules=rules)
    shop = _shop(site, {"httpRoute": "web"}, [SCALE, SHADOW, PAUSE, {"setWeight": 20}, PAUSE])
    await shop.is_deployed(web)
    await shop.releases(2)
    await shop.pauses(0, weight=0)
    await shop.says(
        "WARN",
        f'HTTPRoute {site.namespace}/web: nothing is mirrored for "shadow": no rule of the Rollout serves only what',
        "with mirrorMode: rule the step gets rules of its own",
    )
    await shop.promotes_to(1, weight=20)
    await shop.canary.promote(full=True)
    await shop.is_done()


def _shop(site: Site, config: Object, steps: list[Object]) -> Stepping:
    return Stepping(site=site, name="shop", config={**config, **AT_ONCE}, managed=("shadow",), steps=steps)


def _beside(meant: list[Object]) -> Making:
    """A managed rule for each of the two: before the first, which serves nothing else; of the second this, at the end."""
    return lambda rules: [
        to_stable("shadow", mirrored(rules[0], CANARY, percent=25), STABLE, rules[0]["matches"]),
        *rules,
        to_stable("shadow-1", mirrored(rules[1], CANARY, percent=25), STABLE, meant),
    ]


def _web(site: Site) -> Object:
    """An HTTPRoute with a rule of the step's and one for everything."""
    matches = [
        {"path": {"type": "PathPrefix", "value": "/search/deep"}, "method": "GET"},
        {"path": {"type": "Exact", "value": "/search"}, "method": "GET", "headers": [_french()]},
    ]
    headers = {"set": [{"name": "x-team", "value": "shop"}]}
    filters = [{"type": "RequestHeaderModifier", "requestHeaderModifier": headers}]
    rule = routes_of.shared_rule("shop", matches=matches, filters=filters, timeouts={"request": "10s"})
    return objects.route("HTTPRoute", "web", site.namespace, rules=[rule, objects.rule("shop")])


def _calls(site: Site) -> Object:
    """A GRPCRoute with a rule of the step's and one for everything."""
    matches = [{"method": {"service": "shop.Cart", "method": "Add"}, "headers": [_french()]}]
    rule = routes_of.shared_rule("shop", matches=matches)
    return objects.route("GRPCRoute", "calls", site.namespace, rules=[rule, objects.rule("shop")])


def _french() -> Object:
    return {"name": "x-lang", "value": "fr"}
