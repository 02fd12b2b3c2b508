"""KEDA comes after the routes: it never makes a call fail, and routes that fail keep it from being asked."""

from typing import Any

import pytest
from tests.fakes.keda import KedaSetup, keda_block, web
from tests.fakes.objects import ref, rule, spec
from tests.fakes.routers import Setup
from tests.router.test_keda import AWAY, OBJECTS, pods

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.model import Rollout
from rollouts_router.core.verify import Verdict
from rollouts_router.kube.resources import Verb
from rollouts_router.router.scaled import ScaledRouter

SPEC_ONLY = {"verify": {"mode": "spec"}}


def both(**keda: Any) -> tuple[Setup, KedaSetup, ScaledRouter]:
    """Routes and KEDA's objects, each on a server of its own, and the router over both."""
    routes, scaled = Setup(), KedaSetup()
    routes.api.create("r", spec(rule(ref("stable", 100), ref("canary", 0))))
    scaled.api.scaled()
    return routes, scaled, ScaledRouter(routes.router, scaled.keda, scaled.reports)


def rollout(**fields: Any) -> Rollout:
    """A canary of Rollout shop/web."""
    return web({**keda_block(), **SPEC_ONLY}, **fields)


async def test_a_hold_is_written_after_the_routes_and_only_when_they_are() -> None:
    routes, scaled, router = both()
    routes.api.delete("r")
    with pytest.raises(RoutingError):
        await router.set_weight(rollout(), 20)
    assert scaled.api.calls == []
    routes.api.create("r", spec())
    await router.set_weight(rollout(), 20)

    assert routes.api.patches
    assert scaled.api.record() is not None


async def test_what_is_told_of_keda_is_an_event_within_the_same_call() -> None:
    """Once: `kubectl describe rollout` shows why a step waits, and what was held for it."""
    _, scaled, router = both()
    for _ in range(2):
        await router.set_weight(rollout(), 20)
    assert [(event["type"], event["reason"]) for event in scaled.board.events.values()] == [
        ("Normal", "Held")
    ]

    await router.verify_weight(rollout(replicas=0), 20)

    (_, waiting) = scaled.board.events.values()
    assert (waiting["type"], waiting["reason"]) == ("Warning", "ScaledToZero")
    assert waiting["involvedObject"]["uid"] == "r1"
    assert [event["count"] for event in scaled.board.events.values()] == [1, 1]


async def test_keda_that_fails_does_not_make_a_weight_fail() -> None:
    routes, scaled, router = both()
    scaled.api.always[Verb.LIST, OBJECTS] = AWAY
    await router.set_weight(rollout(), 20)

    assert len(routes.api.patches) == 1


async def test_a_mistake_in_the_block_fails_before_anything_is_written() -> None:
    routes, scaled, router = both()
    with pytest.raises(RoutingError, match="unknown field `activaton`"):
        await router.set_weight(web(keda_block(activaton="force")), 20)

    assert (routes.api.calls, scaled.api.calls) == ([], [])


async def test_where_nothing_waits_a_mistake_is_not_looked_for_either() -> None:
    _, _, router = both()

    assert await router.verify_weight(web({"keda": 1}, step_index=1), 20) is Verdict.NOT_IMPLEMENTED


async def test_a_weight_beyond_the_maximum_is_the_maximum_for_keda_too() -> None:
    _, scaled, router = both()
    done = rollout(step_index=3)
    pods(scaled.api, available=1)
    await router.set_weight(done, 250)

    assert await router.verify_weight(done, 100) is Verdict.VERIFIED


async def test_a_weight_is_live_when_the_routes_carry_it_and_pods_are_there() -> None:
    _, scaled, router = both()
    assert await router.verify_weight(rollout(), 20) is Verdict.NOT_VERIFIED
    await router.set_weight(rollout(), 20)
    assert await router.verify_weight(rollout(), 20) is Verdict.NOT_VERIFIED
    pods(scaled.api, available=1)

    assert await router.verify_weight(rollout(), 20) is Verdict.VERIFIED
    assert await router.verify_weight(rollout(step_index=1), 20) is Verdict.NOT_IMPLEMENTED


async def test_header_and_mirror_steps_and_removals_do_nothing_to_keda() -> None:
    routes, scaled, router = both()
    managed = rollout(managed_routes=("h", "m"))
    await router.set_header_route(managed, "h", {"x": TextMatch(exact="1")})
    await router.set_mirror_route(managed, "m", [RequestMatch()], None)
    await router.remove_managed_routes(managed)

    assert routes.api.patches
    assert scaled.api.calls == []
