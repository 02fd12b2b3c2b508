"""The operations as the controller calls them: what is read, written, said and refused."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from tests.fakes.clock import run
from tests.fakes.objects import HTTP, LABEL, TCP, Json, ref, rollout, rule, spec, weights
from tests.fakes.routers import Setup

from rollouts_router.core.config import BLOCK
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import KINDS
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.model import PingPong, Rollout
from rollouts_router.kube.errors import ApiError, Forbidden, Unavailable
from rollouts_router.kube.resources import Call, Verb
from rollouts_router.router.ports import Experiment

ONE = {"httpRoute": "a"}
AT_30 = [[("stable", 70), ("canary", 30)]]
AT_0 = [[("stable", 100), ("canary", 0)]]


def made(*names: str, **fields: Any) -> Setup:
    """A process and an API with these routes, all at weight 0."""
    setup = Setup(**fields)
    for name in names:
        setup.api.create(name, spec(), labels={"app": "web"})
    return setup


def entries(*names: str) -> Json:
    """A block that names these HTTPRoutes."""
    return {"httpRoutes": [{"name": name} for name in names]}


def refused(work: Coroutine[Any, Any, object]) -> str:
    """What the user is told."""
    with pytest.raises(RoutingError) as error:
        run(work)
    return str(error.value)


def writes(setup: Setup) -> list[str]:
    """Names of patched routes, in order."""
    return setup.api.named(Verb.PATCH)


def answers(kind: type[ApiError], message: str, times: int = 1) -> list[Callable[[Call], ApiError]]:
    """As many answers of this kind."""
    return [lambda call: kind(call, message)] * times


# --- set_weight -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tail", ["", "s", "Selector"])
def test_each_kind_is_weighed_by_name_in_a_list_and_by_selector(kind: Any, tail: str) -> None:
    setup = Setup()
    setup.api.create("a", spec(), kind=kind, labels={"app": "web"})
    value = {"": "a", "s": [{"name": "a"}], "Selector": {"matchLabels": {"app": "web"}}}[tail]

    run(setup.router.set_weight(rollout({f"{kind.field}{tail}": value}), 30))

    after = setup.api.look("a", kind=kind)
    assert weights(after) == AT_30
    assert after["metadata"]["labels"] == {"app": "web", LABEL.key: LABEL.value}


def test_a_whole_canary_goes_up_step_by_step_and_ends_without_a_label() -> None:
    setup = made("a")

    for weight in (10, 50, 100, 0):
        run(setup.router.set_weight(rollout(ONE), weight))
        assert weights(setup.api.look("a")) == [[("stable", 100 - weight), ("canary", weight)]]

    assert setup.api.look("a")["metadata"]["labels"] == {"app": "web"}


def test_an_unchanged_reconcile_reads_once_and_says_nothing_at_info() -> None:
    setup = made("a", "b")
    web = rollout({"httpRoute": "a", "httpRouteSelector": {}})
    run(setup.router.set_weight(web, 30))
    setup.api.calls.clear()
    setup.log.lines.clear()

    run(setup.router.set_weight(web, 30))

    assert [call.verb for call in setup.api.calls] == [Verb.GET, Verb.LIST]
    assert setup.log.lines == []


def test_a_change_is_one_line() -> None:
    setup = made("a", "b")

    run(setup.router.set_weight(rollout(entries("a", "b")), 30))

    assert setup.log.said("info") == [
        '[SetWeight] plugin "argoproj-labs/gatewayAPI" controls HTTPRoutes: [a b]',
        "weights set",
    ]
    assert setup.log.said("warning") == setup.log.said("error") == []


def test_only_routes_that_differ_are_written() -> None:
    setup = made("b")
    web = rollout({"httpRouteSelector": {}})
    run(setup.router.set_weight(web, 30))
    for name in ("a", "c"):
        setup.api.create(name, spec())
    setup.api.calls.clear()

    run(setup.router.set_weight(web, 30))

    assert writes(setup) == ["a", "c"]


def test_all_routes_are_read_before_the_first_is_written() -> None:
    names = [f"r{number}" for number in range(20)]
    setup = made(*names)

    run(setup.router.set_weight(rollout(entries(*names)), 30))

    verbs = [call.verb for call in setup.api.calls]
    assert verbs[:40] == [Verb.GET] * 20 + [Verb.PATCH] * 20
    assert set(verbs[40:]) == {Verb.LIST}  # the first call of a Rollout looks for routes that left it
    assert setup.api.most == 20


def test_a_route_that_is_named_twice_and_selected_is_written_once() -> None:
    setup = made("a")

    run(
        setup.router.set_weight(rollout({**entries("a", "a"), "httpRoute": "a", "httpRouteSelector": {}}), 30)
    )

    assert writes(setup) == ["a"]


def test_a_named_route_that_is_missing_fails_the_call_before_anything_is_written() -> None:
    setup = made("a")

    text = refused(setup.router.set_weight(rollout(entries("a", "b")), 30))

    assert text.startswith('httproutes.gateway.networking.k8s.io "b" not found')
    assert writes(setup) == []


def test_a_named_route_without_a_rule_of_ours_fails_the_call_before_anything_is_written() -> None:
    setup = made("a", "b")
    setup.api.create("c", spec(rule(ref("stable"))))

    text = refused(
        setup.router.set_weight(rollout({**entries("a"), "httpRouteSelector": {}, "httpRoute": "c"}), 30)
    )

    assert text.startswith("backendRef was not found in httpRoute: HTTPRoute shop/c")
    assert writes(setup) == []


def test_selected_routes_of_others_are_left_alone_and_said_where_they_should_be() -> None:
    setup = made("a")
    setup.api.create("theirs", spec(rule(ref("foreign"))))
    setup.api.create("half", spec(rule(ref("canary"))))

    run(setup.router.set_weight(rollout({"httpRouteSelector": {}}), 30))

    assert writes(setup) == ["a"]
    assert [line.split(" ")[1] for line in setup.log.said("debug")] == ["shop/theirs"]
    assert [line.split(" ")[1] for line in setup.log.said("warning")] == ["shop/half"]


@pytest.mark.parametrize(
    ("fields", "block", "text"),
    [
        ({}, None, f"Rollout shop/web: {BLOCK} is missing"),
        ({}, {"httpRoute": 5}, f"Rollout shop/web: {BLOCK}.httpRoute: expected `str`, got `int`"),
        ({}, {}, "No routes configured. At least one of 'httpRoutes', 'grpcRoutes', 'tcpRoutes',"),
        ({"canary_service": "stable"}, ONE, "Rollout shop/web: spec.strategy.canary.stableService and canaryService"),
        ({"stable_service": ""}, ONE, "Rollout shop/web: spec.strategy.canary.stableService must name a Service"),
        ({"max_traffic_weight": -5}, ONE, "Rollout shop/web: spec.strategy.canary.trafficRouting.maxTrafficWeight is -5"),
    ],
)  # fmt: skip
def test_a_rollout_that_cannot_be_routed_is_told_why(fields: Json, block: Json | None, text: str) -> None:
    setup = made("a")

    assert refused(setup.router.set_weight(rollout(block, **fields), 30)).startswith(text)
    assert setup.api.calls == []


def test_under_ping_pong_the_weights_follow_the_status() -> None:
    setup = Setup()
    setup.api.create("a", spec(rule(ref("ping"), ref("pong"))))
    fields: Json = {"ping_pong": PingPong("ping", "pong"), "stable_service": "", "canary_service": ""}

    run(setup.router.set_weight(rollout(ONE, stable_is_ping=True, **fields), 30))
    assert weights(setup.api.look("a")) == [[("ping", 70), ("pong", 30)]]

    run(setup.router.set_weight(rollout(ONE, stable_is_ping=False, **fields), 30))
    assert weights(setup.api.look("a")) == [[("ping", 30), ("pong", 70)]]


def test_weights_are_out_of_the_rollouts_maximum() -> None:
    setup = made("a")

    run(setup.router.set_weight(rollout(ONE, max_traffic_weight=1000), 5))

    assert weights(setup.api.look("a")) == [[("stable", 995), ("canary", 5)]]


@pytest.mark.parametrize(("desired", "expected"), [(150, [[("stable", 0), ("canary", 100)]]), (-1, AT_0)])
def test_a_weight_out_of_range_is_clamped_and_said_once(desired: int, expected: Any) -> None:
    setup = made("a")

    for _ in range(2):
        run(setup.router.set_weight(rollout(ONE), desired))
        run(setup.router.verify_weight(rollout(ONE), desired))

    assert weights(setup.api.look("a")) == expected
    assert len([line for line in setup.log.said("warning") if "outside 0..100" in line]) == 1


def test_rules_of_managed_routes_are_not_weighed() -> None:
    setup = Setup()
    setup.api.create(
        "a", spec(*(rule(ref("stable", 1), ref("canary", 1), name=name) for name in ("h", "web")))
    )

    run(setup.router.set_weight(rollout(ONE, managed_routes=("h",)), 30))

    assert weights(setup.api.look("a")) == [[("stable", 1), ("canary", 1)], *AT_30]


def with_service(setup: Setup, name: str, *ports: Json) -> None:
    """A Service with these ports."""
    setup.api.served["services"] = ("v1",)
    setup.api.objects["services", "shop", name] = {"metadata": {"name": name}, "spec": {"ports": list(ports)}}


def test_the_services_of_an_experiment_get_their_weights_and_go_when_it_is_over() -> None:
    setup = made("a")
    for name in ("exp-a", "exp-b"):
        with_service(setup, name, {"port": 1}, {"port": 2, "name": "http"})

    run(setup.router.set_weight(rollout(ONE), 30, (Experiment("exp-a", 5), Experiment("exp-b", 10))))
    during = setup.api.look("a")
    run(setup.router.set_weight(rollout(ONE, experiments=("exp-a", "exp-b")), 40))

    assert weights(during) == [[("stable", 55), ("canary", 30), ("exp-a", 5), ("exp-b", 10)]]
    assert [each["port"] for each in during["spec"]["rules"][0]["backendRefs"][2:]] == [2, 2]
    assert weights(setup.api.look("a")) == [[("stable", 60), ("canary", 40)]]


def test_a_service_of_an_experiment_without_a_port_fails_the_call_before_anything_is_written() -> None:
    setup = made("a")
    with_service(setup, "exp")

    text = refused(setup.router.set_weight(rollout(ONE), 30, (Experiment("exp", 5),)))

    assert text.startswith("Service shop/exp has no port")
    assert writes(setup) == []


def test_a_cluster_without_the_kind_is_told_in_a_sentence() -> None:
    setup = made("a")
    setup.api.served = {}

    assert refused(setup.router.set_weight(rollout(ONE), 30)).startswith("this cluster serves no HTTPRoute")


def test_what_the_api_says_reaches_the_user() -> None:
    setup = made("a")
    setup.api.faults[Verb.GET, "a"] = answers(Forbidden, 'httproutes "a" is forbidden')

    text = refused(setup.router.set_weight(rollout(ONE), 30))

    assert text.startswith('httproutes "a" is forbidden (get httproutes.gateway.networking.k8s.io shop/a)')
    assert "add the rule" in text


def test_the_error_of_the_only_route_is_told_as_it_is() -> None:
    setup = made("a")
    setup.api.faults[Verb.PATCH, "a"] = answers(Unavailable, "down")

    assert refused(setup.router.set_weight(rollout(ONE), 30)) == (
        "down (patch httproutes.gateway.networking.k8s.io shop/a)"
    )


def test_of_several_routes_the_first_error_is_told_with_how_far_it_came() -> None:
    setup = made("a", "b", "c")
    setup.api.faults[Verb.PATCH, "b"] = answers(Unavailable, "down")

    text = refused(setup.router.set_weight(rollout(entries("a", "b", "c")), 30))

    assert text.startswith("down (patch ")
    assert text.endswith("shop/b) (Rollout shop/web: 2 of 3 routes done, 1 left)")
    assert weights(setup.api.look("c")) == AT_30


def test_of_several_errors_two_are_told_and_all_are_counted() -> None:
    setup = made("a", "b", "c")
    for name in "abc":
        setup.api.faults[Verb.PATCH, name] = answers(Unavailable, f"down {name}")

    text = refused(setup.router.set_weight(rollout(entries("a", "b", "c")), 30))

    assert text.startswith("down a (patch ")
    assert "; 2 more failed, the next with: down b (patch " in text
    assert text.endswith("(Rollout shop/web: 0 of 3 routes done, 3 left)")


def test_what_was_changed_is_said_also_when_another_route_failed() -> None:
    setup = made("a", "b")
    setup.api.faults[Verb.PATCH, "b"] = answers(Unavailable, "down")

    refused(setup.router.set_weight(rollout(entries("a", "b")), 30))

    assert [fields["routes"] for _, line, fields in setup.log.lines if line == "weights set"] == [
        "HTTPRoute shop/a"
    ]


def test_a_selected_route_that_is_deleted_meanwhile_is_said_and_no_error() -> None:
    setup = made("a", "b")

    async def travel(call: Call) -> None:
        if call.verb is Verb.PATCH and call.name == "b":
            setup.api.delete("b")

    setup.api.travel = travel
    run(setup.router.set_weight(rollout({"httpRouteSelector": {}}), 30))

    assert "it was deleted while it was being changed" in setup.log.said("warning")[0]


# --- deadlines --------------------------------------------------------------------------------------------


def stuck(setup: Setup, verb: Verb, *names: str) -> asyncio.Event:
    """Requests for these routes get no answer until the event is set."""
    event = asyncio.Event()

    async def travel(call: Call) -> None:
        if call.verb is verb and call.name in names:
            await event.wait()

    setup.api.travel = travel
    return event


def test_a_call_that_runs_out_of_time_says_how_far_it_came_and_the_next_one_does_the_rest() -> None:
    setup = made("a", "b", "c", seconds=0.25)
    web = rollout(entries("a", "b", "c"))
    event = stuck(setup, Verb.PATCH, "b", "c")

    text = refused(setup.router.set_weight(web, 30))
    event.set()
    setup.api.calls.clear()
    run(setup.router.set_weight(web, 30))

    assert text == (
        "Rollout shop/web: 0.25 s were not enough to set the weights: 1 of 3 routes done, 2 left."
        " The API server is slow, or -kubeClientQPS is low for so many routes;"
        " the next reconcile goes on with what is left"
    )
    assert writes(setup) == ["b", "c"]
    assert [fields["routes"] for _, line, fields in setup.log.lines if line == "weights set"] == [
        "HTTPRoute shop/a",
        "HTTPRoute shop/b HTTPRoute shop/c",
    ]


def test_a_call_that_runs_out_of_time_tells_what_failed_before() -> None:
    setup = made("a", "b", seconds=1)
    setup.api.faults[Verb.PATCH, "a"] = answers(Unavailable, "down")
    stuck(setup, Verb.PATCH, "b")

    text = refused(setup.router.set_weight(rollout(entries("a", "b")), 30))

    assert "0 of 2 routes done, 2 left, one of them because of this: down (patch " in text


def test_a_call_whose_reading_takes_too_long_says_so() -> None:
    setup = made("a")
    stuck(setup, Verb.GET, "a")

    text = refused(setup.router.set_weight(rollout(ONE), 30))

    assert text.startswith(
        "Rollout shop/web: 30 s were not enough to set the weights. The API server is slow"
    )


def test_looking_for_managed_routes_is_bounded_too() -> None:
    setup = made("a", seconds=2)
    stuck(setup, Verb.GET, "a")
    web = rollout(ONE, managed_routes=("h",))

    assert "2 s were not enough to remove managed" in refused(setup.router.remove_managed_routes(web))


# --- many at once -----------------------------------------------------------------------------------------


def rollouts_of_one_route(setup: Setup, count: int) -> list[Rollout]:
    """As many Rollouts, each with its Services in the one rule of the one route."""
    pairs = [(f"s{number}", f"c{number}") for number in range(count)]
    setup.api.create("a", spec(rule(*(ref(name, 1) for pair in pairs for name in pair))))
    return [
        rollout(ONE, name=f"web{number}", stable_service=stable, canary_service=canary)
        for number, (stable, canary) in enumerate(pairs)
    ]


def test_ten_rollouts_on_one_route_at_once_all_succeed() -> None:
    setup = Setup()
    rollouts = rollouts_of_one_route(setup, 10)

    async def all_at_once() -> None:
        async with asyncio.TaskGroup() as group:
            for number, each in enumerate(rollouts):
                group.create_task(setup.router.set_weight(each, number))

    run(all_at_once())

    assert weights(setup.api.look("a")) == [
        [part for number in range(10) for part in ((f"s{number}", 100 - number), (f"c{number}", number))]
    ]
    assert len(setup.api.patches) < 20


def test_a_hundred_rollouts_with_a_route_each_do_not_wait_for_each_other() -> None:
    setup = made(*(f"r{number}" for number in range(100)))

    async def all_at_once() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(100):
                web = rollout({"httpRoute": f"r{number}"}, name=f"web{number}")
                group.create_task(setup.router.set_weight(web, 30))

    run(all_at_once())

    assert setup.api.most >= 100
    assert len(setup.api.patches) == 100


# --- routes that cannot be had ----------------------------------------------------------------------------


def at_30(setup: Setup, *names: str) -> None:
    """These routes carry a canary's share."""
    for name in names:
        setup.api.create(name, spec(rule(ref("stable", 70), ref("canary", 30))))


def test_taking_all_from_the_canary_is_done_wherever_it_can_be_and_then_told() -> None:
    setup = Setup()
    at_30(setup, "a", "c")
    setup.api.create("other", spec(rule(ref("somebody", 1))))

    text = refused(setup.router.set_weight(rollout(entries("a", "gone", "other", "c")), 0))

    assert [weights(setup.api.look(name)) for name in ("a", "c")] == [AT_0, AT_0]
    assert '"gone" not found' in text
    assert "1 more failed, the next with: backendRef was not found in httpRoute: HTTPRoute shop/other" in text
    assert "(Rollout shop/web: 2 of 4 routes done, 2 left)" in text


@pytest.mark.parametrize("bad", ["gone", "other"])
def test_giving_the_canary_a_share_is_done_everywhere_or_nowhere(bad: str) -> None:
    setup = made("a", "c")
    setup.api.create("other", spec(rule(ref("somebody", 1))))

    refused(setup.router.set_weight(rollout(entries("a", bad, "c")), 30))

    assert writes(setup) == []


def test_taking_all_back_when_no_route_can_be_had_tells_the_first_failure() -> None:
    text = refused(Setup().router.set_weight(rollout(entries("gone", "lost")), 0))

    assert '"gone" not found' in text


# --- managed routes ---------------------------------------------------------------------------------------


HEADERS = {"x-test": TextMatch(exact="yes")}
EVERYTHING = (RequestMatch(path=TextMatch(prefix="/")),)


def take(setup: Setup, step: str, web: Rollout, *, removes: bool = False) -> None:
    """A header or mirror step named h, or the one that takes it out."""
    if step == "header":
        run(setup.router.set_header_route(web, "h", {} if removes else HEADERS))
    else:
        run(setup.router.set_mirror_route(web, "h", () if removes else EVERYTHING, 35))


@pytest.mark.parametrize("step", ["header", "mirror"])
def test_a_step_is_done_once_and_leaves_nothing_when_it_is_taken_out(step: str) -> None:
    setup = made("a")
    before = setup.api.look("a")

    take(setup, step, rollout(ONE))
    during = setup.api.look("a")
    take(setup, step, rollout(ONE))
    take(setup, step, rollout(ONE), removes=True)

    after = setup.api.look("a")
    assert during["spec"] != before["spec"]
    assert during["metadata"]["labels"] == {"app": "web", LABEL.key: LABEL.value}
    assert (after["spec"], after["metadata"]["labels"]) == (before["spec"], before["metadata"]["labels"])
    assert not after["metadata"].get("annotations")
    assert len(setup.api.patches) == 2


@pytest.mark.parametrize("step", ["header", "mirror"])
@pytest.mark.parametrize(
    "block", [{"httpRoutes": [{"name": "a"}]}, {"httpRouteSelector": {}}, {"tcpRoute": "t"}]
)
def test_a_step_that_no_route_takes_succeeds_with_one_warning(step: str, block: Json) -> None:
    setup = made("a")
    setup.api.create("t", spec(), kind=TCP)

    for _ in range(2):
        take(setup, step, rollout(block))

    [warning] = setup.log.said("warning")
    assert "no HTTPRoute or GRPCRoute of this Rollout takes such steps" in warning
    assert "useHeaderRoutes: true" in warning
    assert setup.api.patches == []


@pytest.mark.parametrize("step", ["header", "mirror"])
def test_a_step_is_not_put_back_after_an_abort(step: str) -> None:
    """The controller asks for the step it stood at before it sets the weights of an abort."""
    setup = made("a")

    take(setup, step, rollout(ONE, skips_steps=True))

    assert setup.api.calls == []


@pytest.mark.parametrize("step", ["header", "mirror"])
def test_removing_one_managed_route_succeeds_when_it_is_not_there(step: str) -> None:
    setup = Setup()
    setup.api.create("a", spec(rule(ref("canary"), name="other")))

    take(setup, step, rollout(ONE), removes=True)

    assert (setup.api.named(Verb.GET), setup.api.patches) == (["a"], [])


def test_removing_the_managed_routes_of_a_rollout_without_any_asks_nobody() -> None:
    setup = made("a")

    run(setup.router.remove_managed_routes(rollout(None)))

    assert setup.api.calls == []


def test_removing_managed_routes_succeeds_when_no_rule_is_theirs() -> None:
    setup = Setup()
    setup.api.create("a", spec(rule(ref("canary")), rule(ref("canary"), name="headers")))

    run(setup.router.remove_managed_routes(rollout(ONE, managed_routes=("header",))))

    assert writes(setup) == []


def test_a_rule_that_another_plugin_left_under_the_managed_name_goes_and_one_with_a_number_stays() -> None:
    setup = Setup()
    setup.api.create("a", spec(*(rule(ref("canary"), name=name) for name in ("h", "h-1", "x"))))

    run(setup.router.remove_managed_routes(rollout(ONE, managed_routes=("h",))))

    assert [each["name"] for each in setup.api.look("a")["spec"]["rules"]] == ["h-1", "x"]
    [warning] = setup.log.said("warning")
    assert "h-1" in warning


def test_a_route_that_is_missing_does_not_stand_in_the_way_of_an_abort() -> None:
    run(Setup().router.remove_managed_routes(rollout(ONE, managed_routes=("h",))))


def test_only_kinds_that_take_steps_are_looked_at() -> None:
    setup = made("a", "b")
    setup.api.create("t", spec(), kind=TCP)
    block = {"httpRoutes": [{"name": "b"}, {"name": "a", "useHeaderRoutes": True}], "tcpRoute": "t"}

    run(setup.router.remove_managed_routes(rollout(block, managed_routes=("h",))))

    looked = {(call.resource.plural, call.name) for call in setup.api.calls}
    assert looked == {(HTTP.plural, "a"), (HTTP.plural, "b")}


def test_what_the_api_says_about_it_reaches_the_user() -> None:
    setup = made("a")
    setup.api.faults[Verb.GET, "a"] = answers(Forbidden, "not you")

    text = refused(setup.router.remove_managed_routes(rollout(ONE, managed_routes=("h",))))

    assert text.startswith("not you (get ")
