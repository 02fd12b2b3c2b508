"""Errors tell doors which field of a Rollout and which route they are about, beside the text for people."""

from typing import Any

import pytest
from tests.fakes.objects import HTTP, Json, order, ref, rollout, route, rule, spec

from rollouts_router.core.config import BLOCK, parse_config
from rollouts_router.core.errors import FieldError, NoRoutesError, RoutingError
from rollouts_router.core.model import PingPong, Rollout
from rollouts_router.core.order import order_of
from rollouts_router.core.selection import FoundRoute, require_all, require_routes, select
from rollouts_router.core.weigh import weight_planner

CANARY = "spec.strategy.canary"


@pytest.mark.parametrize(
    ("block", "field"),
    [
        (None, ""),
        ({"httpRoute": 5}, ".httpRoute"),
        ({"httpRoutes": [{"name": 5}]}, ".httpRoutes[0].name"),
        ({"httpRoutes": [{"name": ""}]}, ".httpRoutes[0].name"),
        ({"httpRoutes": [{"name": "a"}] * 1001}, ".httpRoutes"),
        ({"stableBackendRef": {"name": ""}}, ".stableBackendRef"),
        ({"inProgressLabelKey": "-"}, ".inProgressLabelKey"),
        ({"inProgressLabelValue": "-"}, ".inProgressLabelValue"),
        ({"httpRouteSelector": {"matchLabels": {"-": "a"}}}, ".httpRouteSelector.matchLabels"),
        (
            {"httpRouteSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}},
            ".httpRouteSelector.matchExpressions[0].values",
        ),
        ({"verify": {"mode": "maybe"}}, ".verify.mode"),
        ({"verify": {"settleSeconds": -1}}, ".verify.settleSeconds"),
    ],
)
def test_a_flaw_of_the_configuration_knows_its_field(block: Json | None, field: str) -> None:
    with pytest.raises(FieldError) as error:
        parse_config(rollout(block))

    assert error.value.field == f"{BLOCK}{field}"
    assert str(error.value).startswith(f"Rollout shop/web: {BLOCK}{field}")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"stable_service": ""}, f"{CANARY}.stableService"),
        ({"canary_service": ""}, f"{CANARY}.canaryService"),
        ({"canary_service": "stable"}, f"{CANARY}.stableService"),
        ({"ping_pong": PingPong("", "b")}, f"{CANARY}.pingPong.pingService"),
    ],
)
def test_a_flaw_of_the_services_knows_its_field(fields: Any, field: str) -> None:
    with pytest.raises(FieldError) as error:
        rollout(**fields).services()

    assert error.value.field == field


def test_a_flaw_of_the_maximum_knows_its_field() -> None:
    with pytest.raises(FieldError) as error:
        rollout(max_traffic_weight=-1).max_weight()

    assert error.value.field == f"{CANARY}.trafficRouting.maxTrafficWeight"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (rollout({"canaryBackendRef": {"name": "stable"}}), f"{BLOCK}.canaryBackendRef"),
        (
            rollout({"stableBackendRef": {"name": "x"}}, ping_pong=PingPong("a", "b")),
            f"{BLOCK}.stableBackendRef",
        ),
        (
            rollout({"canaryBackendRef": {"name": "x"}}, ping_pong=PingPong("a", "b")),
            f"{BLOCK}.canaryBackendRef",
        ),
    ],
)
def test_backends_that_contradict_the_services_know_their_field(asked: Rollout, field: str) -> None:
    with pytest.raises(RoutingError) as error:
        order_of(asked, parse_config(asked))

    assert error.value.field == field


def missed(*found: FoundRoute) -> RoutingError:
    """What a Rollout that needs these routes is told."""
    with pytest.raises(RoutingError) as error:
        require_all(rollout({}), select(found, lambda _: weight_planner(order())))
    return error.value


def test_a_route_that_does_not_qualify_is_named_with_the_field_that_names_it() -> None:
    bare = FoundRoute(route=route(spec(rule(ref("other")))), field="httpRoute")

    error = missed(bare)

    assert (error.route, error.field) == ("HTTPRoute shop/web", f"{BLOCK}.httpRoute")


def test_a_route_that_cannot_be_written_safely_is_named() -> None:
    error = missed(FoundRoute(route=route(spec(), uid=None)))

    assert (error.route, error.field) == ("HTTPRoute shop/web", "")


def test_of_several_the_first_is_the_cause() -> None:
    routes = [FoundRoute(route=route(spec(), name=name, uid=None)) for name in ("a", "b")]

    error = missed(*routes)

    assert error.route == ""
    assert str(error).startswith(f"Rollout shop/web: {error.__cause__}; ")


def test_no_route_at_all_is_an_error_of_its_own() -> None:
    asked = rollout({f"{HTTP.field}Selector": {}})

    with pytest.raises(NoRoutesError):
        require_routes(asked, parse_config(asked), select([], lambda _: weight_planner(order())))
