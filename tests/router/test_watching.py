"""A watch tells everything once, and then no more than what changed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.fakes.clock import run
from tests.fakes.objects import Json, ref, rollout, rule, spec
from tests.fakes.routers import Setup

from rollouts_router.core.errors import NotAllowedError, RoutingError
from rollouts_router.core.model import Rollout
from rollouts_router.core.verify import Verdict
from rollouts_router.kube.errors import Unavailable
from rollouts_router.kube.resources import Verb
from rollouts_router.router.watching import Change

TWO = {"httpRoutes": [{"name": "a"}, {"name": "b"}]}
STATUS = {
    "parents": [
        {
            "parentRef": {"name": "gate"},
            "controllerName": "example.io/c",
            "conditions": [
                {"type": each, "status": "True", "observedGeneration": 1}
                for each in ("Accepted", "ResolvedRefs")
            ],
        }
    ]
}


def made(*names: str, **fields: Any) -> Setup:
    """A process and an API with these routes at weight 0."""
    setup = Setup(**fields)
    for name in names:
        setup.api.create(name, spec(parentRefs=[{"name": "gate"}]))
    return setup


async def same(given: Rollout) -> Rollout:
    """The Rollout never changes."""
    return given


def watch(
    setup: Setup,
    *happenings: Callable[[], Any],
    block: Json | None = None,
    desired: int | None = None,
    look: Callable[[], Awaitable[Rollout]] | None = None,
) -> list[Change]:
    """What is told while these things happen, one between each two looks."""

    async def work() -> list[Change]:
        left = iter(happenings)

        async def sleep(_seconds: float) -> None:
            happening = next(left, None)
            if happening is None:
                raise asyncio.CancelledError
            happening()

        watching = replace(setup.desk, sleep=sleep).watching()
        told: list[Change] = []
        source = look or (lambda: same(rollout(block or {"httpRoute": "a"})))
        try:
            async for change in watching.watch(source, desired, 2.0):
                told.append(change)  # noqa: PERF401 - those before the end are wanted
        except asyncio.CancelledError:
            pass
        return told

    return run(work())


def nothing() -> None:
    """Nobody does anything."""


def names(change: Change) -> list[str]:
    """The routes that are told."""
    return [state.seen.key.name for state in change.routes]


def test_the_first_look_is_told_even_when_there_is_no_route() -> None:
    [only] = watch(made(), block={"httpRouteSelector": {}})

    assert only == Change(routes=(), gone=(), verdict=Verdict.NOT_IMPLEMENTED, total=0, live=0)


def test_nothing_is_told_while_nothing_changes() -> None:
    assert len(watch(made("a"), nothing, nothing)) == 1


def test_only_the_route_that_changed_is_told_again() -> None:
    setup = made("a", "b")

    def weigh() -> None:
        setup.api.edit("b", lambda each: each["spec"]["rules"][0]["backendRefs"][1].update(weight=9))

    first, second = watch(setup, weigh, block=TWO)

    assert (names(first), names(second)) == (["a", "b"], ["b"])
    assert second.routes[0].seen.rules[0].backends[1].weight == 9
    assert (second.total, second.gone) == (2, ())


def test_a_change_that_nobody_is_told_of_is_none() -> None:
    setup = made("a")

    assert (
        len(
            watch(setup, lambda: setup.api.edit("a", lambda each: each["metadata"].update(labels={"x": "y"})))
        )
        == 1
    )


def test_the_status_of_a_parent_is_a_change_and_its_conditions_are_shown() -> None:
    setup = made("a")

    first, second = watch(setup, lambda: setup.api.edit("a", lambda each: each.update(status=STATUS)))

    assert first.routes[0].seen.parents[0].sentence == "Gateway shop/gate: no status"
    [parent] = second.routes[0].seen.parents
    assert (parent.name, parent.sentence) == ("Gateway shop/gate", "")
    assert [(each.controller, each.condition.type) for each in parent.conditions] == [
        ("example.io/c", "Accepted"),
        ("example.io/c", "ResolvedRefs"),
    ]


def test_a_route_becomes_live_when_it_has_settled() -> None:
    setup = made("a")

    def later() -> None:
        setup.clock.now += 3

    first, second = watch(setup, later)

    assert (first.live, first.verdict) == (0, Verdict.NOT_VERIFIED)
    assert "counts as live after 3 s" in first.routes[0].reason
    assert (second.live, second.verdict, second.routes[0].reason) == (1, Verdict.VERIFIED, "")


def test_with_a_weight_only_routes_that_carry_it_are_live() -> None:
    setup = made("a")
    setup.api.edit("a", lambda each: each.update(status=STATUS))

    def later() -> None:
        setup.clock.now += 3

    wrong = watch(setup, later, desired=30)
    right = watch(setup, later, desired=0)

    assert [change.live for change in wrong] == [0]
    assert "does not carry the weights 70 (stable) and 30 (canary)" in wrong[0].routes[0].reason
    assert right[-1].live == 1


def test_where_nothing_waits_for_gateways_the_refs_alone_count() -> None:
    setup = made("a")
    block = {"httpRoute": "a", "verify": {"mode": "off"}}

    assert [change.live for change in watch(setup, block=block, desired=0)] == [1]


def test_a_route_that_left_is_gone_and_one_that_came_is_told() -> None:
    setup = made("a", "b")
    blocks = iter([{"httpRoute": "a"}, {"httpRoute": "b"}])

    async def look() -> Rollout:
        return rollout(next(blocks))

    first, second = watch(setup, nothing, look=look)

    assert names(first) == ["a"]
    assert (names(second), [key.name for key in second.gone]) == (["b"], ["a"])


def test_rules_that_an_entry_is_narrowed_to_are_the_only_ones_shown() -> None:
    setup = Setup()
    both = [ref("stable", 1), ref("canary", 2)]
    setup.api.create("a", spec(rule(*both, name="x"), rule(*both, name="y")))

    [change] = watch(setup, block={"httpRoutes": [{"name": "a", "ruleName": "y"}]})

    assert [each.name for each in change.routes[0].seen.rules] == ["y"]


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        ({"httpRoute": "gone"}, 'httproutes.gateway.networking.k8s.io "gone" not found'),
        ({"httpRoute": "bare"}, "backendRef was not found in httpRoute"),
    ],
)
def test_a_route_that_cannot_be_had_ends_the_watch(block: Json, sentence: str) -> None:
    setup = made()
    setup.api.create("bare", spec(rule(ref("other"))))

    with pytest.raises(RoutingError, match=sentence):
        watch(setup, block=block)


def test_an_api_server_that_is_away_ends_the_watch() -> None:
    setup = made("a")

    def away() -> None:
        setup.api.faults[Verb.GET, "a"] = [lambda call: Unavailable(call, "away")]

    with pytest.raises(RoutingError, match="away"):
        watch(setup, away)


def test_other_namespaces_are_not_looked_at() -> None:
    setup = made("a", allowed=frozenset({"other"}))

    with pytest.raises(NotAllowedError):
        watch(setup)

    assert setup.api.calls == []
