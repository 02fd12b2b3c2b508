"""Header steps: requests with these headers go to the canary alone, by rules that come and go and are nobody else's."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects
from e2e.scenarios import routes as routes_of
from e2e.scenarios.configs import AT_ONCE, by_name
from e2e.scenarios.steps.expected import header, header_step, to_canary, without_match
from e2e.scenarios.steps.stepping import SCALE, Stepping

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANARY = "shop-canary"
TESTERS = header_step(
    "testers", x_user={"exact": "alice"}, x_version={"prefix": "1.0"}, x_build={"regex": "^rc[0-9]+$"}
)
FOR_TESTERS = (
    header("x-user", "alice"),
    header("x-version", r"^1\.0.*", "RegularExpression"),
    header("x-build", "^rc[0-9]+$", "RegularExpression"),
)
BETA, FOR_BETA = header_step("beta", x_user={"exact": "bob"}), header("x-user", "bob")
USERS = {"alice": "alice", "beta": "bob"}
PAUSE = objects.FOREVER


async def test_header_routes_come_whole_in_the_order_of_their_names_and_go_one_by_one(site: Site) -> None:
    routes = [_full(_http_rule(), "HTTPRoute", site), _full(_grpc_rule(), "GRPCRoute", site)]
    shop = Stepping(
        site=site,
        name="shop",
        config={**by_name(*routes), **AT_ONCE},
        managed=("beta", "testers"),
        steps=[
            *(SCALE, TESTERS, PAUSE),
            *(BETA, PAUSE),
            *({"setWeight": 20}, PAUSE),
            *(without_match(TESTERS), PAUSE),
            *({"setWeight": 50}, PAUSE),
        ],
    )
    await shop.is_deployed(*routes)
    await shop.releases(2)
    shop.expects(lambda rules: [*rules, *to_canary("testers", rules, CANARY, *FOR_TESTERS)])
    await shop.pauses(0, weight=0)
    shop.expects(
        lambda rules: [
            *rules,
            *to_canary("beta", rules, CANARY, FOR_BETA),
            *to_canary("testers", rules, CANARY, *FOR_TESTERS),
        ]
    )
    await shop.promotes_to(1, weight=0)
    await shop.promotes_to(2, weight=20)
    shop.expects(lambda rules: [*rules, *to_canary("beta", rules, CANARY, FOR_BETA)])
    await shop.promotes_to(3, weight=20)
    await shop.promotes_to(4, weight=50)
    await shop.ends()


async def test_a_header_route_reads_as_documented(site: Site) -> None:
    """Everything else here is compared with the team's own rule; this one with what it is to be, written out."""
    web = _http("web", site, objects.rule("shop", timeouts={"request": "10s"}))
    shop = _shop(site, {"httpRoute": "web"}, TESTERS, PAUSE)
    await shop.is_deployed(web)
    await shop.releases(2)
    await shop.canary.wait_paused(2)
    seen = await site.admin.get("HTTPRoute", "web", site.namespace)
    assert seen["spec"]["rules"][1:] == [
        {
            "name": "testers",
            "matches": [
                {
                    "path": {"type": "PathPrefix", "value": "/"},
                    "headers": [
                        {"type": "Exact", "name": "x-user", "value": "alice"},
                        {"type": "RegularExpression", "name": "x-version", "value": "^1\\.0.*"},
                        {"type": "RegularExpression", "name": "x-build", "value": "^rc[0-9]+$"},
                    ],
                }
            ],
            "timeouts": {"request": "10s"},
            "backendRefs": [{"group": "", "kind": "Service", "name": CANARY, "port": 80, "weight": 1}],
        }
    ]
    await shop.ends()


async def test_what_testers_have_written_themselves_stays_beside_two_routes_for_one_header_and_an_abort(
    site: Site,
) -> None:
    for_qa = {
        "matches": [{"headers": [header("x-user", "alice")]}],
        "backendRefs": [{"name": CANARY, "port": objects.PORT}],
    }
    rules = [objects.rule("shop"), for_qa, {**for_qa, "name": "qa"}, {**for_qa, "name": "beta-1"}]
    alice = header_step("alice", x_user={"exact": "alice"})
    shop = _shop(site, {"httpRoute": "web"}, alice, BETA, PAUSE, without_match(alice), PAUSE)
    await shop.is_deployed(_http("web", site, *rules))
    await shop.releases(2)
    shop.expects(_for_alice_and_bob)
    await shop.pauses(0, weight=0)
    shop.expects(lambda rules: [*rules, *to_canary("beta", rules, CANARY, FOR_BETA)])
    await shop.promotes_to(1, weight=0)
    await shop.aborts()

    await shop.canary.retry()
    shop.expects(_for_alice_and_bob)
    await shop.pauses(0, weight=0)
    shop.expects(None)
    await shop.releases(1)
    await shop.is_done()


async def test_listed_and_selected_routes_take_header_routes_only_where_it_says_so(site: Site) -> None:
    config = {
        "httpRoutes": [{"name": "listed", "useHeaderRoutes": True}, {"name": "plain"}],
        "httpRouteSelector": {"matchLabels": {"team": "shop"}},
        "grpcRouteSelector": {"matchLabels": {"team": "shop"}, "useHeaderRoutes": True},
        "inProgressLabelKey": "example.com/canary",
    }
    shop = _shop(site, config, {"setWeight": 20}, BETA, PAUSE)
    shop.label = "example.com/canary"
    rule, labels = objects.rule("shop"), {"team": "shop"}
    await shop.is_deployed(
        _http("listed", site, rule),
        _http("plain", site, rule),
        objects.route("HTTPRoute", "selected", site.namespace, rules=[rule], labels=labels),
        objects.route("GRPCRoute", "calls", site.namespace, rules=[rule], labels=labels),
    )
    listed, _, _, calls = shop.routes
    await shop.releases(2)
    shop.expects(lambda rules: [*rules, *to_canary("beta", rules, CANARY, FOR_BETA)], listed, calls)
    await shop.pauses(0, weight=20)
    await shop.releases(3)
    await shop.pauses(0, weight=20)

    shop.expects(None)
    await shop.canary.promote(full=True)
    await shop.is_done()


async def test_connections_have_no_headers_so_the_canary_goes_on_with_one_warning(site: Site) -> None:
    tcp = objects.route("TCPRoute", "tcp", site.namespace, rules=[objects.rule("shop")])
    shop = _shop(site, {"tcpRoute": "tcp"}, BETA, {"setWeight": 20}, PAUSE, {"setWeight": 40}, PAUSE)
    await shop.is_deployed(tcp)
    await shop.releases(2)
    await shop.pauses(0, weight=20)
    await shop.promotes_to(1, weight=40)
    (told,) = shop.said("WARN")
    assert "setHeaderRoute beta has no effect: no HTTPRoute or GRPCRoute of this Rollout takes" in told
    await shop.ends()


async def test_without_a_pod_of_the_canary_header_routes_are_taken_out_again_and_it_is_told_why(
    site: Site,
) -> None:
    shop = _shop(site, {"httpRoute": "web"}, BETA, PAUSE, {"setWeight": 20}, PAUSE)
    shop.steps = [BETA, PAUSE, {"setWeight": 20}, PAUSE]
    await shop.is_deployed(_http("web", site, objects.rule("shop")))
    await shop.releases(2)
    await shop.canary.wait_paused(1)
    await shop.comes_to(0)
    await shop.says("WARN", "setCanaryScale")
    await shop.promotes_to(1, weight=20)
    await shop.ends()


async def test_a_header_route_that_somebody_wipes_out_is_gone_and_the_weights_and_the_end_are_right(
    site: Site,
) -> None:
    """Nothing but its step puts it in, and the controller does not run a step again."""
    web = _http("web", site, objects.rule("shop"))
    shop = _shop(site, {"httpRoute": "web"}, BETA, {"setWeight": 20}, PAUSE, {"setWeight": 40}, PAUSE)
    await shop.is_deployed(web)
    await shop.releases(2)
    shop.expects(lambda rules: [*rules, *to_canary("beta", rules, CANARY, FOR_BETA)])
    await shop.pauses(0, weight=20)
    await site.admin.apply(web, manager="git")
    shop.expects(None)
    await shop.is_reconciled()
    await shop.comes_to(20)
    await shop.promotes_to(1, weight=40)
    await shop.ends()


async def test_ping_and_pong_are_each_the_canary_of_a_header_route(site: Site) -> None:
    ping, pong = "shop-ping", "shop-pong"
    web = routes_of.over((ping, pong), "shop", _http("web", site, routes_of.shared_rule("shop")))
    shop = _shop(site, {"httpRoute": "web"}, BETA, {"setWeight": 20}, PAUSE)
    shop.services = (ping, pong)
    shop.canary_spec = {
        "stableService": None,
        "canaryService": None,
        "pingPong": {"pingService": ping, "pongService": pong},
    }
    await shop.is_deployed(web)

    await shop.releases(2)
    shop.expects(lambda rules: [*rules, *to_canary("beta", rules, pong, FOR_BETA)])
    await shop.pauses(0, weight=20)
    shop.services = (pong, ping)
    await shop.ends()

    await shop.releases(3)
    shop.expects(lambda rules: [*rules, *to_canary("beta", rules, ping, FOR_BETA)])
    await shop.pauses(0, weight=20)
    await shop.aborts()


def _shop(site: Site, config: Object, *steps: Object) -> Stepping:
    """An application that has a pod of the canary before these steps."""
    return Stepping(
        site=site,
        name="shop",
        config={**config, **AT_ONCE},
        managed=("testers", "alice", "beta"),
        steps=[SCALE, *steps],
    )


def _for_alice_and_bob(rules: list[Object]) -> list[Object]:
    alice, bob = (to_canary(name, rules, CANARY, header("x-user", user)) for name, user in USERS.items())
    return [*rules, *alice, *bob]


def _full(rule: Object, kind: str, site: Site) -> Object:
    """A route with this rule, a bare one with a name, and one of others."""
    bare = objects.rule("shop", name="bare")
    others = {"backendRefs": [routes_of.foreign()]}
    return objects.route(kind, f"shop-{kind.lower()}", site.namespace, rules=[others, rule, bare])


def _http_rule() -> Object:
    """All that a rule can have, fields of the experimental channel included."""
    matches = [
        {"path": {"type": "PathPrefix", "value": "/search"}, "headers": [{"name": "x-lang", "value": "fr"}]},
        {"path": {"type": "Exact", "value": "/find"}, "method": "GET", "queryParams": [_query()]},
    ]
    return _filtered(
        matches=matches, timeouts={"request": "10s"}, retry={"attempts": 2, "codes": [503]}, **_session()
    )


def _grpc_rule() -> Object:
    matches = [
        {"method": {"service": "shop.Cart", "method": "Add"}, "headers": [{"name": "x-lang", "value": "fr"}]},
        {"method": {"service": "shop.Search"}},
    ]
    return _filtered(matches=matches, **_session())


def _filtered(**fields: object) -> Object:
    """A rule with filters of its own and on its canary, and a backend of others."""
    rule = routes_of.shared_rule("shop", filters=[_sets("x-team")], **fields)
    rule["backendRefs"][-1]["filters"] = [_sets("x-from")]
    return rule


def _session() -> Object:
    return {"sessionPersistence": {"sessionName": "basket", "type": "Cookie"}}


def _query() -> Object:
    return {"name": "lang", "value": "fr"}


def _sets(name: str) -> Object:
    headers = {"set": [{"name": name, "value": "shop"}]}
    return {"type": "RequestHeaderModifier", "requestHeaderModifier": headers}


def _http(name: str, site: Site, *rules: Object) -> Object:
    return objects.route("HTTPRoute", name, site.namespace, rules=rules)
