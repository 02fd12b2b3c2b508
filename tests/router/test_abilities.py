"""Mirror steps at gateways that can, cannot, or say nothing: what is read, refused, written and said."""

import asyncio
from typing import Any

import pytest
from tests.fakes.clock import run
from tests.fakes.objects import Json, ref, rollout, rule, spec
from tests.fakes.routers import Setup
from tests.fakes.statuses import CONTROLLER, bad, gateway, report

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import GROUP
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.kube.errors import Forbidden, Unavailable
from rollouts_router.kube.resources import Call, Verb
from rollouts_router.router.abilities import KEEP_SECONDS
from rollouts_router.router.planning import Effect

BOTH = (ref("stable", 100), ref("canary", 0))
TRAEFIK = "traefik.io/gateway-controller"
ALL = ("HTTPRoute", "HTTPRouteRequestMirror", "HTTPRouteRequestPercentageMirror")
CANARY: Json = {"httpRoute": "a"}


def made(*features: str, parents: tuple[Json, ...] = (gateway(),), reports: tuple[Json, ...] = ()) -> Setup:
    """A process, HTTPRoute shop/a with these parents, and Gateway shop/public of a class that lists this."""
    setup = Setup()
    setup.api.served |= {"gateways": ("v1beta1", "v1"), "gatewayclasses": ("v1",)}
    setup.api.create("a", spec(rule(*BOTH), parentRefs=list(parents)))
    route = setup.api.objects["httproutes", "shop", "a"]
    route["status"] = {"parents": list(reports)}
    classed(setup, "public", *features)
    return setup


def classed(setup: Setup, name: str, *features: str, controller: str = CONTROLLER) -> None:
    """A Gateway of this name, and its class."""
    setup.api.objects["gateways", "shop", name] = {"spec": {"gatewayClassName": f"of-{name}"}}
    setup.api.objects["gatewayclasses", "", f"of-{name}"] = {
        "metadata": {"name": f"of-{name}"},
        "spec": {"controllerName": controller},
        "status": {"supportedFeatures": [{"name": feature} for feature in features]},
    }


def mirror(setup: Setup, percent: int | None = None) -> None:
    """The step, for every request."""
    run(setup.router.set_mirror_route(rollout(CANARY), "m1", [RequestMatch()], percent))


def refused(setup: Setup, percent: int | None = None) -> str:
    """What the user is told; nothing is written."""
    with pytest.raises(RoutingError) as error:
        mirror(setup, percent)
    assert setup.api.patches == []
    return str(error.value)


def failing(setup: Setup, error: Any, *plurals: str) -> None:
    """These cannot be read."""

    async def fails(call: Call) -> None:
        await asyncio.sleep(0)
        if call.resource.plural in plurals:
            raise error(call, "no")

    setup.api.travel = fails


def asked(setup: Setup) -> list[tuple[str, str, str]]:
    """What was read beside routes since the last time, which is forgotten."""
    calls = [call for call in setup.api.calls if call.resource.plural in {"gateways", "gatewayclasses"}]
    setup.api.calls.clear()
    assert all(call.verb is Verb.GET and call.resource.group == GROUP for call in calls)
    return [(call.resource.plural, call.namespace, call.name) for call in calls]


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("features", "percent"), [(ALL, None), (ALL, 5), (ALL[:2], None), (ALL[:2], 100)])
def test_where_the_class_lists_what_a_step_needs_it_is_carried_out_without_a_word(
    features: tuple[str, ...], percent: int | None
) -> None:
    setup = made(*features)

    mirror(setup, percent)

    assert len(setup.api.patches) == 1
    assert setup.log.said("warning") == []


@pytest.mark.parametrize(
    ("features", "percent", "feature"),
    [(ALL[:1], None, ALL[1]), (ALL[:1], 5, ALL[1]), (ALL[:2], 5, ALL[2])],
)
def test_where_it_does_not_the_step_is_refused_and_nothing_is_written(
    features: tuple[str, ...], percent: int | None, feature: str
) -> None:
    told = refused(made(*features), percent)

    assert told.startswith(
        f"HTTPRoute shop/a: nothing was written, for its Gateway shop/public does not have {feature} in the"
        f" supportedFeatures of its GatewayClass of-public ({CONTROLLER})"
    )


def test_one_parent_that_cannot_is_enough_and_no_other_route_is_written_either() -> None:
    setup = made(*ALL, parents=(gateway(), gateway("private")))
    classed(setup, "private", "HTTPRoute")
    setup.api.create("b", spec(rule(*BOTH), parentRefs=[gateway()]))
    routes = {"httpRoutes": [{"name": name, "useHeaderRoutes": True} for name in "ba"]}

    with pytest.raises(RoutingError, match="Gateway shop/private does not have"):
        run(setup.router.set_mirror_route(rollout(routes), "m1", [RequestMatch()], None))
    assert setup.api.patches == []


def test_a_parent_that_never_took_the_route_does_not_count() -> None:
    refs = (gateway(), gateway("private"))
    setup = made(
        *ALL, parents=refs, reports=(bad(reason="NotAllowedByListeners", parent=refs[1], observed=1),)
    )
    classed(setup, "private", "HTTPRoute")

    mirror(setup)

    assert len(setup.api.patches) == 1


@pytest.mark.parametrize("error", [Forbidden, None])
def test_traefik_is_refused_by_its_name_where_no_list_can_be_had(error: Any) -> None:
    setup = made(reports=(report(gateway(), controller=TRAEFIK),))
    if error:
        failing(setup, error, "gateways")

    told = refused(setup)

    assert f"its Gateway shop/public is of {TRAEFIK}, and Traefik" in told
    assert ("gateways.gateway.networking.k8s.io" in told) is bool(error)


def test_a_traefik_that_lists_mirrors_gets_them() -> None:
    setup = made(*ALL, reports=(report(gateway(), controller=TRAEFIK),))

    mirror(setup, 5)

    assert len(setup.api.patches) == 1


def test_a_plan_is_refused_as_well() -> None:
    setup = made("HTTPRoute")
    router = setup.desk.router_for(Effect.PLAN)

    with pytest.raises(RoutingError, match="nothing was written, for its Gateway"):
        run(router.set_mirror_route(rollout(CANARY), "m1", [RequestMatch()], None))


# --- what is not known ------------------------------------------------------------------------------------


@pytest.mark.parametrize("plural", ["gateways", "gatewayclasses"])
def test_without_the_right_to_read_a_list_the_step_is_carried_out_with_one_warning_and_event(
    plural: str,
) -> None:
    setup = made("HTTPRoute")
    failing(setup, Forbidden, plural)

    for percent in (None, 5, 7):
        mirror(setup, percent)

    [warning] = setup.log.said("warning")
    assert warning.startswith(
        "setMirrorRoute m1: whether the gateways can do this could not be checked: Gateway shop/public: "
    )
    assert f'resources: ["{plural}"], verbs: ["get"]' in warning
    assert len(setup.api.patches) == 3
    assert setup.board.messages == [warning]
    [event] = setup.board.events.values()
    assert (event["type"], event["reason"]) == ("Warning", "RoutingStepUnchecked")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda api: api.objects["gatewayclasses", "", "of-public"].pop("status"), "lists no features"),
        (lambda api: api.objects.pop(("gateways", "shop", "public")), "not found"),
        (lambda api: api.objects.pop(("gatewayclasses", "", "of-public")), "not found"),
        (lambda api: api.objects["gateways", "shop", "public"].clear(), "names no GatewayClass"),
        (
            lambda api: api.objects["gateways", "shop", "public"].update(spec={"gatewayClassName": "a/b"}),
            "not found",
        ),
        (lambda api: api.served.pop("gateways"), "404"),
    ],
)
def test_whatever_is_not_there_is_a_doubt_and_no_obstacle(change: Any, told: str) -> None:
    setup = made("HTTPRoute")
    change(setup.api)

    mirror(setup)

    [warning] = setup.log.said("warning")
    assert told in warning
    assert len(setup.api.patches) == 1


def test_a_name_that_cannot_be_one_is_a_doubt() -> None:
    setup = made(*ALL)
    failing(setup, lambda *_: ValueError("invalid resource name"), "gatewayclasses")

    mirror(setup)

    assert setup.log.said("warning")[0].endswith("Gateway shop/public: invalid resource name")


def test_a_mesh_has_no_class_and_one_warning_names_all_that_is_not_known() -> None:
    setup = made(parents=(gateway(), gateway("web", group="", kind="Service")))

    mirror(setup)

    [warning] = setup.log.said("warning")
    assert "Gateway shop/public: its GatewayClass of-public lists no features; Service shop/web: " in warning


def test_an_api_server_that_is_away_is_no_answer() -> None:
    setup = made(*ALL)
    failing(setup, Unavailable, "gateways")

    refused(setup)


# --- what it costs ----------------------------------------------------------------------------------------


def test_a_gateway_is_asked_about_once_a_minute_and_only_when_a_mirror_has_to_be_written() -> None:
    setup = made(*ALL)
    both = [("gateways", "shop", "public"), ("gatewayclasses", "", "of-public")]

    mirror(setup)
    assert asked(setup) == both
    mirror(setup)
    mirror(setup, 5)
    assert asked(setup) == []
    setup.clock.now += KEEP_SECONDS
    mirror(setup, 5)
    assert asked(setup) == []
    mirror(setup, 7)
    assert asked(setup) == both


def test_a_refusal_lasts_until_the_list_is_read_again() -> None:
    setup = made("HTTPRoute")
    refused(setup)
    classed(setup, "public", *ALL)

    refused(setup)
    setup.clock.now += KEEP_SECONDS
    mirror(setup)

    assert len(setup.api.patches) == 1


def test_weights_header_steps_and_removals_ask_nobody() -> None:
    setup = made("HTTPRoute")
    web = rollout(CANARY, managed_routes=("m1", "h1"))

    run(setup.router.set_weight(web, 30))
    run(setup.router.set_header_route(web, "h1", {"x": TextMatch(exact="1")}))
    run(setup.router.set_mirror_route(web, "m1", [], None))
    run(setup.router.clear_managed_routes(web))

    assert asked(setup) == []
