"""Writes that change nothing, and the router that a call gets for them."""

import pytest
from tests.fakes.clock import run
from tests.fakes.objects import TCP, ref, rollout, rule, spec, weights
from tests.fakes.routers import Setup
from tests.fakes.schema import Schema

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.matches import RequestMatch
from rollouts_router.kube.errors import Forbidden, TestFailed
from rollouts_router.kube.resources import Verb
from rollouts_router.router.planning import Effect

ONE = rollout({"httpRoute": "a"})


def made() -> Setup:
    """A process and an API with route a at weight 0."""
    setup = Setup()
    setup.api.create("a", spec())
    return setup


def test_a_real_call_goes_to_the_router_of_the_process() -> None:
    setup = made()

    assert setup.desk.router_for(Effect.APPLY) is setup.router


@pytest.mark.parametrize(("effect", "tried"), [(Effect.PLAN, 0), (Effect.REHEARSE, 1)])
def test_what_is_only_tried_tells_the_patch_of_the_call_and_leaves_no_trace(
    effect: Effect, tried: int
) -> None:
    setup = made()

    progress = run(setup.desk.router_for(effect).set_weight(ONE, 30))

    assert weights(setup.api.look("a")) == [[("stable", 100), ("canary", 0)]]
    assert (setup.api.tried, setup.log.lines) == (tried, [])
    assert [str(key) for key in progress.changed] == ["HTTPRoute shop/a"]

    done = run(setup.router.set_weight(ONE, 30))

    assert [(each.key, each.version, each.operations) for each in done.sent] == [
        (each.key, each.version, each.operations) for each in progress.sent
    ]


def test_a_plan_goes_through_the_version_that_takes_so_many_rules() -> None:
    setup = Setup()
    both = rule(ref("stable", 1), ref("canary", 0))
    setup.api.create("t", spec(both, both), kind=TCP)
    setup.api.served[TCP.plural] = ("v1", "v1alpha2")

    progress = run(setup.desk.router_for(Effect.PLAN).set_weight(rollout({"tcpRoute": "t"}), 30))

    assert [each.version for each in progress.sent] == ["v1alpha2"]


@pytest.mark.parametrize("effect", [Effect.PLAN, Effect.REHEARSE])
def test_a_route_that_nobody_can_write_fails_what_is_tried_too(effect: Effect) -> None:
    setup = Setup()
    both = rule(ref("stable", 1), ref("canary", 0))
    setup.api.create("t", spec(both, both), kind=TCP)

    with pytest.raises(RoutingError, match="has 2 rules"):
        run(setup.desk.router_for(effect).set_weight(rollout({"tcpRoute": "t"}), 30))


def test_a_way_back_is_planned_for_what_can_be_had_and_then_fails() -> None:
    setup = made()
    setup.api.edit("a", lambda each: each["spec"]["rules"][0]["backendRefs"][1].update(weight=5))
    both = rule(ref("stable", 1), ref("canary", 5))
    setup.api.create("t", spec(both, both), kind=TCP)

    with pytest.raises(RoutingError, match="has 2 rules"):
        run(setup.desk.router_for(Effect.PLAN).set_weight(rollout({"httpRoute": "a", "tcpRoute": "t"}), 0))


def test_a_rehearsal_fails_as_the_api_server_would_have_it() -> None:
    setup = made()
    setup.api.faults[Verb.PATCH, "a"] = [lambda call: Forbidden(call, "you may not")]

    with pytest.raises(RoutingError, match="you may not"):
        run(setup.desk.router_for(Effect.REHEARSE).set_weight(ONE, 30))


def test_a_rehearsal_that_meets_somebody_else_plans_anew() -> None:
    setup = made()
    setup.api.faults[Verb.PATCH, "a"] = [lambda call: TestFailed(call, "changed")]

    progress = run(setup.desk.router_for(Effect.REHEARSE).set_weight(ONE, 30))

    assert (len(setup.api.patches), len(progress.sent)) == (2, 1)


def test_a_rehearsal_tells_what_the_api_server_would_not_keep() -> None:
    setup = Setup()
    setup.api.schema = Schema(keeps_percent=False)
    setup.api.create("a", spec())
    before = setup.api.look("a")

    with pytest.raises(RoutingError, match="did not keep the percentage"):
        run(setup.desk.router_for(Effect.REHEARSE).set_mirror_route(ONE, "m", [RequestMatch()], 5))

    assert setup.api.look("a") == before
