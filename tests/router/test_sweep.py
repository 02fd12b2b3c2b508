"""Routes that leave a Rollout: when they are looked for, what becomes of them, and what that costs."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from tests.fakes.api import at_once
from tests.fakes.clock import run
from tests.fakes.objects import GRPC, HTTP, LABEL, TCP, UDP, Json, ref, rollout, rule, spec, weights
from tests.fakes.routers import Setup

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import KINDS, RouteKind
from rollouts_router.core.notices import Notices
from rollouts_router.kube.callers import Caller, act_for
from rollouts_router.kube.errors import ApiError, Forbidden, Invalid, Unavailable
from rollouts_router.kube.resources import Call, Verb
from rollouts_router.router.reports import Reports
from rollouts_router.router.sweep import Sweep

AT_30 = [[("stable", 70), ("canary", 30)]]
AT_0 = [[("stable", 100), ("canary", 0)]]
APP = {"app": "web"}
SELECTED = {"httpRouteSelector": {"matchLabels": APP}}


def at_30(block: Json = SELECTED, *names: str, kind: RouteKind = HTTP) -> Setup:
    """A process whose Rollout has brought routes a and b, or these, to 30."""
    setup = Setup()
    for name in names or ("a", "b"):
        setup.api.create(name, spec(), kind=kind, labels=dict(APP))
    run(setup.router.set_weight(rollout(block), 30))
    quiet(setup)
    return setup


def quiet(setup: Setup) -> None:
    """Forget what was asked and said."""
    setup.api.calls.clear()
    setup.log.lines.clear()


def restarted(setup: Setup) -> Setup:
    """A new process at the same cluster."""
    return Setup(api=setup.api)


def unlabel(setup: Setup, name: str) -> None:
    """Somebody takes the application's label off a route."""
    setup.api.edit(name, lambda route: route["metadata"]["labels"].pop("app"))


def refused(work: Coroutine[Any, Any, object]) -> str:
    """What the user is told."""
    with pytest.raises(RoutingError) as error:
        run(work)
    return str(error.value)


def in_shop() -> Json:
    """The spec of a route of another namespace."""
    return spec(rule(*(ref(name, namespace="shop") for name in ("stable", "canary"))))


def lists(setup: Setup) -> list[str]:
    """Which kinds were listed."""
    return sorted(call.resource.plural for call in setup.api.calls if call.verb is Verb.LIST)


def is_free(setup: Setup, name: str, **where: Any) -> bool:
    """Whether nothing of the Rollout is left in a route."""
    found = setup.api.look(name, **where)
    meta = found["metadata"]
    return weights(found) == AT_0 and LABEL.key not in meta["labels"] and not meta.get("annotations")


# --- what becomes of a route that left --------------------------------------------------------------------


def test_a_route_that_lost_its_label_is_let_go_of_and_the_others_go_on() -> None:
    setup = at_30()
    unlabel(setup, "b")

    run(setup.router.set_weight(rollout(SELECTED), 50))

    assert is_free(setup, "b")
    assert weights(setup.api.look("a")) == [[("stable", 50), ("canary", 50)]]
    (sentence,) = setup.log.said("warning")
    assert sentence == (
        "HTTPRoute shop/b is no route of this Rollout any more: the canary's share was taken back, and nothing of the"
        " Rollout is left in it"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_was_taken_out_is_let_go_of_whatever_its_kind(kind: RouteKind) -> None:
    field = f"{kind.field}s"
    setup = at_30({field: [{"name": "a"}, {"name": "b"}]}, kind=kind)

    run(setup.router.set_weight(rollout({field: [{"name": "a"}]}), 30))

    assert is_free(setup, "b", kind=kind)
    assert weights(setup.api.look("a", kind=kind)) == AT_30


def test_a_route_that_left_while_no_process_ran_is_found_by_the_next_one() -> None:
    setup = at_30()
    unlabel(setup, "b")
    setup = restarted(setup)

    run(setup.router.set_weight(rollout(SELECTED), 30))

    assert is_free(setup, "b")


def test_the_last_route_is_let_go_of_too_and_then_it_is_told_that_there_is_none() -> None:
    setup = at_30()
    for name in ("a", "b"):
        unlabel(setup, name)

    assert "No routes configured." in refused(setup.router.set_weight(rollout(SELECTED), 30))

    assert is_free(setup, "a")
    assert is_free(setup, "b")


def test_a_block_that_names_nothing_in_mid_canary_is_a_mistake_and_lets_go_of_nothing_until_the_weight_is_0() -> (
    None
):
    setup = at_30()
    before = setup.api.look("a")

    assert "No routes configured." in refused(setup.router.set_weight(rollout({"httpRuote": "a"}), 30))
    assert setup.api.look("a") == before
    assert "No routes configured." in refused(setup.router.set_weight(rollout({"httpRuote": "a"}), 0))
    assert is_free(setup, "a")


def test_a_route_that_comes_back_takes_part_again() -> None:
    setup = at_30()
    unlabel(setup, "b")
    run(setup.router.set_weight(rollout(SELECTED), 30))
    setup.api.edit("b", lambda route: route["metadata"]["labels"].update(APP))

    run(setup.router.set_weight(rollout(SELECTED), 30))

    assert weights(setup.api.look("b")) == AT_30


def test_a_selected_route_that_lost_the_canary_keeps_its_spec_and_loses_the_marks() -> None:
    setup = at_30()
    setup.api.edit("b", lambda route: route["spec"]["rules"][0]["backendRefs"].pop())

    run(setup.router.set_weight(rollout(SELECTED), 30))

    after = setup.api.look("b")
    assert weights(after) == [[("stable", 70)]]
    assert after["metadata"]["labels"] == APP


def test_routes_of_the_former_namespace_are_let_go_of() -> None:
    setup = at_30()
    elsewhere = {**SELECTED, "namespace": "gateway"}
    setup.api.create("c", in_shop(), space="gateway", labels=dict(APP))

    run(setup.router.set_weight(rollout(elsewhere), 30))

    assert is_free(setup, "a")
    assert is_free(setup, "b")
    assert weights(setup.api.look("c", space="gateway")) == AT_30


def test_routes_with_the_former_label_are_let_go_of() -> None:
    setup = at_30()
    unlabel(setup, "b")

    run(setup.router.set_weight(rollout({**SELECTED, "inProgressLabelValue": "yes"}), 30))

    assert is_free(setup, "b")


def test_other_rollouts_and_unclaimed_routes_are_left_alone() -> None:
    setup = at_30()
    setup.api.create("other", spec(), labels={LABEL.key: LABEL.value})
    setup.api.create("apis", spec(), labels={"app": "api"})
    api = rollout({"httpRoute": "apis"}, name="api")
    run(setup.router.set_weight(api, 40))
    before = [setup.api.look(name) for name in ("other", "apis")]
    unlabel(setup, "b")

    run(restarted(setup).router.set_weight(rollout(SELECTED), 30))

    assert is_free(setup, "b")
    assert [setup.api.look(name) for name in ("other", "apis")] == before


def test_a_route_that_is_deleted_meanwhile_is_no_failure() -> None:
    setup = at_30()
    unlabel(setup, "b")

    async def deletes(call: Call) -> None:
        await asyncio.sleep(0)
        if call.verb is Verb.PATCH and call.name == "b":
            setup.api.delete("b")

    setup.api.travel = deletes
    run(setup.router.set_weight(rollout(SELECTED), 30))

    (sentence,) = setup.log.said("warning")
    assert "it was deleted while it was being changed" in sentence


# --- what it costs ----------------------------------------------------------------------------------------


def test_a_new_process_looks_once_among_all_kinds_that_are_served() -> None:
    setup = at_30()
    for kind in (TCP, UDP):
        setup.api.served[kind.plural] = ()
    setup = restarted(setup)
    setup.api.forget()
    setup.api.asked = 0
    quiet(setup)

    for _ in range(3):
        run(setup.router.set_weight(rollout(SELECTED), 30))

    swept = ["grpcroutes", "httproutes", "tlsroutes"]
    assert lists(setup) == sorted([*swept, "httproutes", "httproutes", "httproutes"])
    assert setup.api.asked == 1


def test_an_unchanged_and_a_growing_selection_cost_nothing_more() -> None:
    setup = at_30()
    run(setup.router.set_weight(rollout(SELECTED), 30))
    setup.api.create("c", spec(), labels=dict(APP))
    run(setup.router.set_weight(rollout(SELECTED), 30))

    assert lists(setup) == ["httproutes", "httproutes"]


def test_a_shrunk_selection_is_swept_once_and_counts_as_new_then() -> None:
    setup = at_30()
    unlabel(setup, "b")
    run(setup.router.set_weight(rollout(SELECTED), 30))
    quiet(setup)

    run(setup.router.set_weight(rollout(SELECTED), 30))

    assert lists(setup) == ["httproutes"]


def test_without_the_label_nothing_is_looked_for() -> None:
    setup = at_30({**SELECTED, "disableInProgressLabel": True})
    unlabel(setup, "b")

    run(setup.router.set_weight(rollout({**SELECTED, "disableInProgressLabel": True}), 30))

    assert lists(setup) == ["httproutes"]
    assert weights(setup.api.look("b")) == AT_30


def test_a_rollout_that_was_forgotten_is_swept_again() -> None:
    setup = at_30()
    setup.router._sweep = Sweep(setup.reads, setup.writes, Reports(setup.log, Notices()), most=1)

    for name in ("web", "api", "web", "web"):
        run(setup.router.set_weight(rollout(SELECTED, name=name), 0))

    swept = [call for call in setup.api.calls if call.resource.plural == UDP.plural]
    assert len(swept) == 3


# --- what goes wrong --------------------------------------------------------------------------------------


def failing(setup: Setup, kind: type[ApiError], verb: Verb, **of: str) -> None:
    """Requests of this verb for this plural or name fail from now on."""

    async def fails(call: Call) -> None:
        await asyncio.sleep(0)
        if call.verb is verb and of in ({"plural": call.resource.plural}, {"name": call.name}):
            raise kind(call, "no")

    setup.api.travel = fails


@pytest.mark.parametrize("kind", [GRPC, UDP])
def test_a_kind_that_may_not_be_listed_is_passed_over_quietly(kind: RouteKind) -> None:
    setup = at_30()
    unlabel(setup, "b")
    failing(setup, Forbidden, Verb.LIST, plural=kind.plural)

    run(setup.router.set_weight(rollout(SELECTED), 30))

    assert is_free(setup, "b")
    (aside,) = [line for line in setup.log.lines if line[0] == "debug"]
    assert kind.plural in str(aside)


def test_a_route_that_cannot_be_let_go_of_fails_the_call_after_the_others_are_written_until_it_can() -> None:
    setup = at_30()
    unlabel(setup, "b")
    failing(setup, Invalid, Verb.PATCH, name="b")

    for weight in (50, 60):
        assert "no (patch httproutes" in refused(setup.router.set_weight(rollout(SELECTED), weight))
        assert weights(setup.api.look("a"))[0][1] == ("canary", weight)

    failing(setup, Invalid, Verb.PATCH, name="nobody")
    run(setup.router.set_weight(rollout(SELECTED), 60))
    assert is_free(setup, "b")


def test_a_list_that_fails_fails_the_call_after_the_others_are_written() -> None:
    setup = at_30()
    unlabel(setup, "b")
    failing(setup, Unavailable, Verb.LIST, plural=TCP.plural)

    assert "no (list tcproutes" in refused(setup.router.set_weight(rollout(SELECTED), 50))

    assert weights(setup.api.look("a")) == [[("stable", 50), ("canary", 50)]]


def test_it_is_swept_even_when_another_route_could_not_be_written() -> None:
    setup = at_30()
    unlabel(setup, "b")
    failing(setup, Invalid, Verb.PATCH, name="a")

    assert "no (patch httproutes" in refused(setup.router.set_weight(rollout(SELECTED), 50))

    assert is_free(setup, "b")


@pytest.mark.parametrize("weight", [0, 50])
def test_a_route_that_could_not_be_read_is_not_taken_for_one_that_left(weight: int) -> None:
    block = {"httpRoutes": [{"name": "a"}, {"name": "b"}]}
    setup = restarted(at_30(block))
    failing(setup, Unavailable, Verb.GET, name="b")

    refused(setup.router.set_weight(rollout(block), weight))

    assert weights(setup.api.look("b")) == AT_30
    assert LABEL.key in setup.api.look("b")["metadata"]["labels"]


def test_a_sweep_that_is_cut_short_is_made_again() -> None:
    setup = at_30()
    unlabel(setup, "b")
    setup.router._seconds = 5

    async def hangs(call: Call) -> None:
        if call.resource.plural == UDP.plural:
            await asyncio.sleep(60)

    setup.api.travel = hangs
    assert "5 s were not enough" in refused(setup.router.set_weight(rollout(SELECTED), 30))
    failing(setup, Invalid, Verb.PATCH, name="nobody")
    run(setup.router.set_weight(rollout(SELECTED), 30))

    assert is_free(setup, "b")


# --- callers with rights of their own ---------------------------------------------------------------------


def test_what_one_caller_could_not_look_through_is_looked_through_for_the_next_one() -> None:
    """The first one may not list GRPCRoutes, and one of them has left the Rollout."""
    before = at_30({"grpcRouteSelector": {"matchLabels": APP}}, "lost", kind=GRPC)
    before.api.create("web", spec(), labels=dict(APP))
    setup = restarted(before)

    async def call(user: str) -> None:
        act_for(Caller(user=user))
        await setup.router.set_weight(rollout(SELECTED), 30)

    failing(setup, Forbidden, Verb.LIST, plural=GRPC.plural)
    run(call("restricted"))
    kept = weights(setup.api.look("lost", kind=GRPC))
    setup.api.travel = at_once
    quiet(setup)
    run(call("restricted"))
    again = lists(setup)
    run(call("other"))

    assert kept == AT_30
    assert again == ["httproutes"]
    assert is_free(setup, "lost", kind=GRPC)
