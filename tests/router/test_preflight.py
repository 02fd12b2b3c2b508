"""What is found before the first write: grants that are missing, versions that cannot be written, namespaces."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from tests.fakes.clock import run
from tests.fakes.objects import TCP, TLS, UDP, Json, ref, rollout, rule, spec, weights
from tests.fakes.routers import Setup

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import GROUP, RouteKind
from rollouts_router.core.matches import TextMatch
from rollouts_router.core.verify import Verdict
from rollouts_router.kube.errors import Forbidden, Unavailable
from rollouts_router.kube.resources import Call, Verb

GATEWAY = {"httpRoutes": [{"name": "a", "useHeaderRoutes": True}], "namespace": "gateway"}
AWAY = [ref("stable", namespace="shop"), ref("canary", namespace="shop")]
GRANTS = "referencegrants"
WAITING: Json = {"stable_hash": "1", "current_hash": "2", "weight_steps": (True,)}  # at a setWeight step


def away(version: str = "v1", *granted: str) -> Setup:
    """A process, a route in namespace gateway to Services of shop, and a grant for these."""
    setup = Setup()
    setup.api.served[GRANTS] = (version,) if version else ()
    setup.api.create("a", spec(rule(*AWAY)), space="gateway")
    if granted:
        grant(setup, *granted)
    return setup


def grant(setup: Setup, *names: str) -> None:
    """Somebody grants references from gateway to these Services of shop."""
    to = [{"group": "", "kind": "Service", "name": name} for name in names]
    source = {"group": GROUP, "kind": "HTTPRoute", "namespace": "gateway"}
    setup.api.objects[GRANTS, "shop", "g"] = {"metadata": {"name": "g"}, "spec": {"from": [source], "to": to}}


def refused(work: Coroutine[Any, Any, object]) -> str:
    """What the user is told."""
    with pytest.raises(RoutingError) as error:
        run(work)
    return str(error.value)


def asked(setup: Setup, plural: str = GRANTS) -> list[Call]:
    """What was asked of a resource since the last time, which is forgotten."""
    calls = [call for call in setup.api.calls if call.resource.plural == plural]
    setup.api.calls.clear()
    return calls


def failing(setup: Setup, error: Any) -> None:
    """Grants may not be listed, or cannot be."""

    async def fails(call: Call) -> None:
        await asyncio.sleep(0)
        if call.resource.plural == GRANTS:
            raise error(call, "no")

    setup.api.travel = fails


# --- grants -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_traffic_to_another_namespace_needs_a_grant_there(version: str) -> None:
    setup = away(version, "stable")

    told = refused(setup.router.set_weight(rollout(GATEWAY), 30))

    assert told.startswith('HTTPRoute gateway/a sends traffic to "canary" (Service, namespace shop), and no')
    assert "stable" not in told
    assert setup.api.patches == []


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_with_grants_it_is_one_list_and_none_when_nothing_has_to_be_written(version: str) -> None:
    setup = away(version, "stable", "canary")

    run(setup.router.set_weight(rollout(GATEWAY), 30))
    assert [(call.verb, call.namespace, call.resource.version) for call in asked(setup)] == [
        (Verb.LIST, "shop", version)
    ]

    run(setup.router.set_weight(rollout(GATEWAY), 30))
    assert asked(setup) == []
    assert weights(setup.api.look("a", space="gateway")) == [[("stable", 70), ("canary", 30)]]


def test_all_that_is_missing_is_told_up_to_three() -> None:
    setup = away()
    setup.api.create("b", spec(rule(*AWAY)), space="gateway")

    told = refused(
        setup.router.set_weight(rollout({**GATEWAY, "httpRoutes": [{"name": "a"}, {"name": "b"}]}), 30)
    )

    assert told.count("sends traffic to") == 3
    assert told.endswith("; and 1 more")


def test_a_backend_without_weight_needs_none() -> None:
    setup = away("v1", "canary")

    run(setup.router.set_weight(rollout(GATEWAY), 100))

    assert weights(setup.api.look("a", space="gateway")) == [[("stable", 0), ("canary", 100)]]


def test_taking_the_share_back_needs_none() -> None:
    setup = away("v1", "stable", "canary")
    run(setup.router.set_weight(rollout(GATEWAY), 30))
    del setup.api.objects[GRANTS, "shop", "g"]
    asked(setup)

    run(setup.router.set_weight(rollout(GATEWAY), 0))

    assert asked(setup) == []
    assert weights(setup.api.look("a", space="gateway")) == [[("stable", 100), ("canary", 0)]]


def test_within_a_namespace_nobody_asks() -> None:
    setup = Setup()
    setup.api.create("a", spec())

    run(setup.router.set_weight(rollout({"httpRoute": "a"}), 30))

    assert asked(setup) == []


def test_a_header_step_needs_one_for_the_canary() -> None:
    setup = away("v1", "stable")

    told = refused(setup.router.set_header_route(rollout(GATEWAY), "blue", {"user": TextMatch(exact="blue")}))

    assert '"canary" (Service, namespace shop)' in told
    assert setup.api.patches == []
    grant(setup, "canary")
    run(setup.router.set_header_route(rollout(GATEWAY), "blue", {"user": TextMatch(exact="blue")}))
    assert len(setup.api.patches) == 1


def test_a_grant_that_goes_keeps_the_weight_from_being_verified() -> None:
    setup = away("v1", "stable", "canary")
    run(setup.router.set_weight(rollout(GATEWAY), 30))
    grant(setup, "stable")

    assert run(setup.router.verify_weight(rollout(GATEWAY, **WAITING), 30)) is Verdict.NOT_VERIFIED

    assert '"canary" (Service, namespace shop), and no' in setup.log.said("info")[-1]


@pytest.mark.parametrize("version", ["", "v1alpha2", "v1"])
def test_where_grants_cannot_be_read_they_are_not_checked_and_that_is_said_aside(version: str) -> None:
    setup = away(version)
    if version == "v1":
        failing(setup, Forbidden)

    run(setup.router.set_weight(rollout(GATEWAY), 30))

    assert weights(setup.api.look("a", space="gateway")) == [[("stable", 70), ("canary", 30)]]
    assert setup.log.said("debug") == ["ReferenceGrants are not checked"]


def test_a_version_of_grants_that_is_gone_is_not_checked_once_and_found_anew() -> None:
    setup = away("v1beta1")
    run(setup.api.versions(GROUP, GRANTS))
    setup.api.served[GRANTS] = ("v1",)

    run(setup.router.set_weight(rollout(GATEWAY), 30))
    assert "no ReferenceGrant" in refused(setup.router.set_weight(rollout(GATEWAY), 40))


def test_a_list_of_grants_that_fails_fails_the_call_before_anything_is_written() -> None:
    setup = away()
    failing(setup, Unavailable)

    assert "no (list referencegrants" in refused(setup.router.set_weight(rollout(GATEWAY), 30))

    assert setup.api.patches == []


# --- versions ---------------------------------------------------------------------------------------------


def two_rules(kind: RouteKind, *served: str) -> tuple[Setup, Json]:
    """A process, a route of two rules and one of one, and a block that names both."""
    setup = Setup()
    setup.api.served[kind.plural] = served
    pair = rule(ref("stable"), ref("canary"))
    setup.api.create("one", spec(pair), kind=kind)
    setup.api.create("two", spec(pair, pair), kind=kind)
    return setup, {f"{kind.field}s": [{"name": "one"}, {"name": "two"}]}


@pytest.mark.parametrize("kind", [TCP, TLS, UDP])
def test_a_route_of_two_rules_is_read_through_v1_and_written_through_the_version_that_takes_it(
    kind: RouteKind,
) -> None:
    setup, block = two_rules(kind, *kind.versions)

    run(setup.router.set_weight(rollout(block), 30))

    used = {(call.verb, call.name): call.resource.version for call in asked(setup, kind.plural) if call.name}
    assert used == {
        (Verb.GET, "one"): "v1",
        (Verb.GET, "two"): "v1",
        (Verb.PATCH, "one"): "v1",
        (Verb.PATCH, "two"): "v1alpha2",
    }
    assert weights(setup.api.look("two", kind=kind)) == [[("stable", 70), ("canary", 30)]] * 2


@pytest.mark.parametrize("kind", [TCP, TLS, UDP])
def test_where_no_version_takes_it_nothing_is_written_and_it_is_told_what_to_do(kind: RouteKind) -> None:
    setup, block = two_rules(kind, *kind.versions[:-1])

    told = refused(setup.router.set_weight(rollout(block), 30))

    assert told == (
        f"{kind.name} shop/two has 2 rules. This cluster serves {kind.plural}.{GROUP} as"
        f" {', '.join(kind.versions[:-1])}, and a {kind.name} of such a version holds one rule, so nobody can change"
        " this one. Split it into several with one rule each, or have v1alpha2 served again (experimental channel of"
        " the Gateway API CRDs)"
    )
    assert setup.api.patches == []


def test_the_advice_can_be_followed_without_a_new_process() -> None:
    setup, block = two_rules(TCP, "v1")
    refused(setup.router.set_weight(rollout(block), 30))
    setup.api.served[TCP.plural] = ("v1", "v1alpha2")

    run(setup.router.set_weight(rollout(block), 30))

    assert weights(setup.api.look("two", kind=TCP)) == [[("stable", 70), ("canary", 30)]] * 2


def test_the_share_is_taken_back_from_the_others_all_the_same() -> None:
    setup, block = two_rules(TCP, "v1", "v1alpha2")
    run(setup.router.set_weight(rollout(block), 30))
    setup.api.served[TCP.plural] = ("v1",)
    setup.api.forget()

    assert "TCPRoute shop/two has 2 rules" in refused(setup.router.set_weight(rollout(block), 0))

    assert weights(setup.api.look("one", kind=TCP)) == [[("stable", 100), ("canary", 0)]]


# --- namespaces -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["set_weight", "verify_weight", "set_header_route", "remove"])
def test_a_namespace_that_is_not_allowed_is_refused_unread_by_every_operation(operation: str) -> None:
    setup = Setup(allowed=frozenset({"shop"}))
    asks = rollout(GATEWAY, managed_routes=("blue",), **WAITING)
    promoted = rollout(GATEWAY, managed_routes=("blue",))
    router = setup.router
    works = {
        "set_weight": lambda: router.set_weight(asks, 30),
        "verify_weight": lambda: router.verify_weight(asks, 30),
        "set_header_route": lambda: router.set_header_route(asks, "blue", {"user": TextMatch(exact="x")}),
        "remove": lambda: router.remove_managed_routes(promoted),
    }

    told = refused(works[operation]())

    assert 'Rollout shop/web: its routes are in namespace "gateway"' in told
    assert "-allowed-namespaces=shop" in told
    assert setup.api.calls == []
    assert setup.api.asked == 0


def test_a_namespace_that_is_allowed_is_written() -> None:
    setup = Setup(allowed=frozenset({"shop"}))
    setup.api.create("a", spec())

    run(setup.router.set_weight(rollout({"httpRoute": "a"}), 30))

    assert weights(setup.api.look("a")) == [[("stable", 70), ("canary", 30)]]
