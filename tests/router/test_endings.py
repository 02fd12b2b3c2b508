"""How calls end: an abort takes from the canary all it can, and what stands in its way is told by who may tell it."""

from typing import Any

import pytest
from tests.fakes.api import FakeApi
from tests.fakes.clock import run
from tests.fakes.log import Lines
from tests.fakes.objects import GRPC, HTTP, TCP, Json, ref, rollout, rule, spec, weights
from tests.fakes.routers import Setup
from tests.fakes.schema import Schema

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.matches import TextMatch
from rollouts_router.core.model import Rollout
from rollouts_router.core.notices import Notices
from rollouts_router.core.verify import Verdict
from rollouts_router.kube.errors import Forbidden, Unavailable
from rollouts_router.kube.resources import Verb
from rollouts_router.router.endings import Endings
from rollouts_router.router.reports import Reports

TWO = {"httpRoute": "a", "grpcRoute": "b"}
KINDS = {"a": HTTP, "b": GRPC}
UNDER_WAY: Json = {"stable_hash": "1", "current_hash": "2", "weight_steps": (True,)}
ABORTED: Json = {**UNDER_WAY, "is_aborted": True, "skips_steps": True}
X = {"x": TextMatch(exact="1")}


def on(canary: int = 40) -> Setup:
    """An HTTPRoute and a GRPCRoute at this weight, with a header rule in each."""
    setup = Setup(api=FakeApi(schema=Schema()))
    for name, kind in KINDS.items():
        setup.api.create(name, spec(), kind=kind)
    run(setup.router.set_header_route(web(), "h1", X))
    run(setup.router.set_weight(web(), canary))
    return setup


def web(**fields: Any) -> Rollout:
    """Rollout shop/web over both, with a managed route."""
    return rollout(TWO, **{"managed_routes": ("h1",), **UNDER_WAY, **fields})


def canary_of(setup: Setup, name: str = "a") -> int | None:
    """The canary's weight."""
    return dict(weights(setup.api.look(name, kind=KINDS[name]))[0])["canary"]


def unreadable(setup: Setup, name: str, verb: Verb = Verb.GET, times: int = 1) -> None:
    """So many requests for this route are refused."""
    setup.api.faults[verb, name] = [lambda call: Forbidden(call, "may not be had")] * times


# --- removal ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [ABORTED, UNDER_WAY], ids=["aborted", "canary without pods"])
def test_a_removal_that_fails_does_not_keep_the_weights_from_coming_back_and_is_told_by_them(
    fields: Json,
) -> None:
    setup = on()
    unreadable(setup, "b", times=2)

    run(setup.router.remove_managed_routes(web(**fields)))
    with pytest.raises(RoutingError, match="may not be had"):
        run(setup.router.set_weight(web(**fields), 0))

    assert canary_of(setup, "a") == 0
    assert [each.get("name") for each in setup.api.look("a")["spec"]["rules"]] == [None]
    assert any("managed routes are left" in line for line in setup.log.said("warning"))


def test_it_is_told_also_when_the_weights_themselves_came_back_everywhere() -> None:
    setup = on()
    unreadable(setup, "b", Verb.PATCH)

    run(setup.router.remove_managed_routes(web(**ABORTED)))
    with pytest.raises(RoutingError, match="may not be had"):
        run(setup.router.set_weight(web(**ABORTED), 0))

    assert (canary_of(setup, "a"), canary_of(setup, "b")) == (0, 0)


@pytest.mark.parametrize("between", ["nothing", "a failure of its own"])
def test_it_is_told_once_so_that_a_canary_with_pods_again_goes_on(between: str) -> None:
    """The controller asks for the removal again as long as it is due, and then it may fail again."""
    setup = on()
    unreadable(setup, "b", Verb.PATCH)
    run(setup.router.remove_managed_routes(web()))
    if between != "nothing":
        unreadable(setup, "a")
    with pytest.raises(RoutingError, match="may not be had"):
        run(setup.router.set_weight(web(), 40))

    run(setup.router.set_weight(web(), 40))


def test_it_is_told_again_with_the_next_removal_that_fails_and_warned_of_once() -> None:
    setup = on()
    unreadable(setup, "b", Verb.PATCH, times=4)
    for _ in range(2):
        run(setup.router.remove_managed_routes(web(**ABORTED)))
        with pytest.raises(RoutingError, match="may not be had"):
            run(setup.router.set_weight(web(**ABORTED), 0))

    run(setup.router.remove_managed_routes(web(**ABORTED)))
    run(setup.router.set_weight(web(**ABORTED), 0))

    assert len(setup.log.said("warning")) == 1


@pytest.mark.parametrize("fields", [ABORTED, UNDER_WAY], ids=["aborted", "canary without pods"])
def test_who_asks_for_a_removal_alone_is_told_at_once_and_nobody_else_is(fields: Json) -> None:
    """Behind a call by gRPC there is no SetWeight to tell."""
    setup = on()
    unreadable(setup, "b")

    with pytest.raises(RoutingError, match="may not be had"):
        run(setup.router.clear_managed_routes(web(**fields)))
    run(setup.router.set_weight(web(**fields), 0))


def test_of_a_rollout_that_is_fully_promoted_the_removal_itself_fails() -> None:
    setup = on()
    unreadable(setup, "b")

    with pytest.raises(RoutingError, match="may not be had"):
        run(setup.router.remove_managed_routes(web(current_hash="1")))
    run(setup.router.set_weight(web(current_hash="1"), 0))

    assert canary_of(setup, "a") == 0


def test_what_one_rollout_owes_is_not_told_by_another() -> None:
    endings = Endings(Reports(Lines(), Notices()))
    endings.removal(web(), RoutingError("no"))

    assert endings.owed(rollout(TWO, namespace="else")) is None
    assert str(endings.owed(web())) == "no"


def test_of_very_many_rollouts_those_that_owe_longest_are_let_off() -> None:
    endings = Endings(Reports(Lines(), Notices()), most=1)
    for name in ("web", "other"):
        endings.removal(web(name=name), RoutingError(name))

    assert endings.owed(web(name="web")) is None
    assert str(endings.owed(web(name="other"))) == "other"


def test_on_the_way_down_what_is_owed_is_not_told_for_the_removal_is_tried_again() -> None:
    setup = on()
    unreadable(setup, "b", Verb.PATCH, times=2)
    run(setup.router.remove_managed_routes(web(**ABORTED)))

    run(setup.router.set_weight(web(**ABORTED), 20))

    assert canary_of(setup) == 20


# --- weights ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [Verb.GET, Verb.PATCH])
def test_on_the_way_down_of_an_abort_a_route_that_cannot_be_had_is_a_warning_and_the_others_follow(
    verb: Verb,
) -> None:
    setup = on(40)
    unreadable(setup, "b", verb, times=2)

    for _ in range(2):
        run(setup.router.set_weight(web(**ABORTED), 20))

    assert (canary_of(setup, "a"), canary_of(setup, "b")) == (20, 40)
    (told,) = setup.log.said("warning")
    assert told.startswith("the abort goes on without a route: may not be had")


def test_a_route_that_is_gone_is_a_warning_on_the_way_and_an_error_at_its_end() -> None:
    setup = on(40)
    setup.api.delete("b", kind=GRPC)

    run(setup.router.set_weight(web(**ABORTED), 20))
    with pytest.raises(RoutingError, match='"b" not found'):
        run(setup.router.set_weight(web(**ABORTED), 0))

    assert canary_of(setup) == 0


def test_when_no_route_follows_an_abort_it_fails_at_every_weight() -> None:
    setup = on(40)
    for name in ("a", "b"):
        unreadable(setup, name, Verb.PATCH)

    with pytest.raises(RoutingError, match="may not be had"):
        run(setup.router.set_weight(web(**ABORTED), 20))


def test_when_nothing_can_be_read_an_abort_fails_at_every_weight() -> None:
    setup = on(40)
    for name in ("a", "b"):
        setup.api.faults[Verb.GET, name] = [lambda call: Unavailable(call, "away")]

    with pytest.raises(RoutingError, match="away"):
        run(setup.router.set_weight(web(**ABORTED), 20))


def test_a_step_that_gives_traffic_still_waits_for_every_route() -> None:
    setup = on(40)
    unreadable(setup, "b")

    with pytest.raises(RoutingError, match="may not be had"):
        run(setup.router.set_weight(web(), 20))

    assert canary_of(setup, "a") == 40


def test_an_abort_needs_no_grants_and_asks_for_none() -> None:
    setup = Setup()
    setup.api.served["referencegrants"] = ("v1",)
    refs = [ref("stable", 60, namespace="shop"), ref("canary", 40, namespace="shop")]
    setup.api.create("a", spec(rule(*refs)), space="gateway")

    run(setup.router.set_weight(rollout({"httpRoute": "a", "namespace": "gateway"}, **ABORTED), 20))

    assert [
        call.resource.plural for call in setup.api.calls if call.resource.plural == "referencegrants"
    ] == []


def test_an_abort_lowers_the_weight_also_where_a_rival_has_claimed_the_refs() -> None:
    setup = Setup(api=FakeApi(schema=Schema()))
    setup.api.create("a", spec())
    ours, rival = (rollout({"httpRoute": "a"}, name=name, **UNDER_WAY) for name in ("web", "rival"))
    run(setup.router.set_weight(ours, 40))
    claims = setup.api.look("a")["metadata"]["annotations"]
    setup.api.edit(
        "a",
        lambda route: route["metadata"]["annotations"].update(
            {
                key: text[:-1] + "," + text[1:].replace("shop/web", str(rival)[8:])
                for key, text in claims.items()
            }
        ),
    )
    with pytest.raises(RoutingError, match="both set the weights"):
        run(setup.router.set_weight(ours, 30))

    run(setup.router.set_weight(rollout({"httpRoute": "a"}, **ABORTED), 30))

    assert canary_of(setup) == 30


def test_an_abort_that_goes_on_without_a_route_is_verified_by_the_others() -> None:
    setup = on(40)
    setup.api.delete("b", kind=GRPC)
    run(setup.router.set_weight(web(**ABORTED), 20))

    assert run(setup.router.verify_weight(web(**ABORTED), 20)) is Verdict.VERIFIED
    with pytest.raises(RoutingError, match='"b" not found'):
        run(setup.router.verify_weight(web(), 20))


def test_a_kind_that_takes_no_steps_is_no_part_of_the_removal() -> None:
    setup = Setup()
    setup.api.create("t", spec(), kind=TCP)
    asked = rollout({"tcpRoute": "t"}, managed_routes=("h1",), **ABORTED)

    run(setup.router.remove_managed_routes(asked))

    assert setup.api.calls == []
