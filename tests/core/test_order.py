"""What a Rollout is to every route of its own."""

from dataclasses import replace
from typing import Any

import pytest
from tests.fakes.objects import LABEL, Json, order, ref, rollout, route, rule, spec

from rollouts_router.core.backends import Backend, Backends, service
from rollouts_router.core.config import parse_config
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.model import PingPong
from rollouts_router.core.order import Order, holds, order_of
from rollouts_router.core.routes import rules


def ordered(block: Json | None = None, **fields: Any) -> Order:
    """The order of a Rollout with this block."""
    asked = rollout(block or {}, **fields)
    return order_of(asked, parse_config(asked))


def refused(block: Json, **fields: Any) -> str:
    """What the Rollout is told."""
    with pytest.raises(RoutingError) as error:
        ordered(block, **fields)
    return str(error.value)


def test_it_has_the_rollouts_name_backends_managed_routes_rules_and_label() -> None:
    assert ordered({"ruleName": "a"}, managed_routes=("h",)) == Order(
        rollout="shop/web",
        backends=Backends(service("shop", "stable"), service("shop", "canary")),
        managed_routes=("h",),
        rule_names=("a",),
        label=LABEL,
    )


def test_a_backend_that_is_given_takes_the_place_of_the_service() -> None:
    canary = {"name": "c", "kind": "Backend", "group": "x.io"}

    assert ordered({"canaryBackendRef": canary}).backends == Backends(
        service("shop", "stable"), Backend("x.io", "Backend", "shop", "c")
    )


def test_with_both_backends_given_no_service_is_needed() -> None:
    block = {"stableBackendRef": {"name": "s", "namespace": "edge"}, "canaryBackendRef": {"name": "c"}}

    assert ordered(block, stable_service="", canary_service="").backends == Backends(
        service("edge", "s"), service("shop", "c")
    )


def test_with_one_backend_given_the_services_are_needed() -> None:
    assert "stableService must name a Service" in refused(
        {"canaryBackendRef": {"name": "c"}}, stable_service=""
    )


def test_given_backends_and_ping_pong_exclude_each_other() -> None:
    text = refused({"canaryBackendRef": {"name": "c"}}, ping_pong=PingPong("a", "b"))

    assert "use one or the other" in text


def test_under_ping_pong_the_backends_swap() -> None:
    swapping = {"ping_pong": PingPong("a", "b")}

    assert ordered(**swapping, stable_is_ping=True).backends == Backends(
        service("shop", "a"), service("shop", "b")
    )
    assert ordered(**swapping).backends == Backends(service("shop", "b"), service("shop", "a"))


def test_two_equal_backends_are_refused() -> None:
    text = refused({"stableBackendRef": {"name": "x"}, "canaryBackendRef": {"name": "x"}})

    assert (
        text == 'Rollout shop/web: stable and canary backend are both "x" (Service, namespace shop); name two'
    )


BOTH = (ref("stable"), ref("canary"))
WHOSE = order(managed_routes=("h",)).order


@pytest.mark.parametrize(
    ("one", "names", "owned"),
    [
        (rule(*BOTH), (), True),
        (rule(*BOTH, name="a"), (), True),
        (rule(*BOTH, name="h"), (), False),
        (rule(*BOTH, name="h-1"), (), False),
        (rule(ref("stable")), (), False),
        (rule(ref("canary")), (), False),
        (rule(*BOTH, name="a"), ("a", "b"), True),
        (rule(*BOTH), ("a",), False),
        (rule(*BOTH, name="h"), ("h",), False),
    ],
)
def test_a_rule_is_the_rollouts_if_it_holds_both_and_is_among_those_that_count(
    one: Json, names: tuple[str, ...], *, owned: bool
) -> None:
    [read] = rules(route(spec(one)))

    assert replace(WHOSE, rule_names=names).owns(read) is owned


def test_a_rule_holds_a_backend_that_one_of_its_refs_names() -> None:
    [read] = rules(route(spec(rule(ref("a"), ref("b", namespace="other")))))

    assert holds(read, service("shop", "a"))
    assert holds(read, service("other", "b"))
    assert not holds(read, service("shop", "b"))
