"""Whether a gateway can do what a mirror step asks of it."""

from typing import Any

import pytest
from tests.fakes.objects import Json

from rollouts_router.core.features import Feature, Known, known_of, needed, refusal
from rollouts_router.core.matches import RequestMatch
from rollouts_router.core.mirroring import Fraction, MirrorStep
from rollouts_router.core.parents import Attachment

MIRROR, SHARE = Feature.MIRROR, Feature.SHARE
TRAEFIK = "traefik.io/gateway-controller"
CLASS = "example.com/gateway"


def parent(*controllers: str) -> Attachment:
    """The Gateway shop/public, on which these report."""
    return Attachment("gateway.networking.k8s.io", "Gateway", "shop", "public", controllers)


def gateway_class(*features: object, controller: str = CLASS) -> Json:
    """A GatewayClass with this list."""
    return {
        "metadata": {"name": "fast"},
        "spec": {"controllerName": controller},
        "status": {"supportedFeatures": list(features)},
    }


def named(*names: str) -> list[Json]:
    """A list as Gateway API 1.2 and later have it."""
    return [{"name": name} for name in names]


@pytest.mark.parametrize(
    ("share", "asked"),
    [
        ({}, (MIRROR,)),
        ({"percent": 100}, (MIRROR,)),
        ({"percent": 5}, (MIRROR, SHARE)),
        ({"fraction": Fraction(numerator=1, denominator=1000)}, (MIRROR, SHARE)),
    ],
)
def test_a_step_for_a_part_of_the_requests_needs_more_than_one_for_all(
    share: dict[str, Any], asked: tuple[Feature, ...]
) -> None:
    assert needed(MirrorStep(name="m", matches=(RequestMatch(),), **share)) == asked


@pytest.mark.parametrize(
    "features",
    [named("HTTPRoute", "HTTPRouteRequestMirror"), ["HTTPRoute", "HTTPRouteRequestMirror"]],
)
def test_a_list_is_read_as_any_version_of_the_api_has_it(features: list[object]) -> None:
    known = known_of(gateway_class(*features))

    assert known == Known(
        gateway_class="fast",
        controller=CLASS,
        features=frozenset({"HTTPRoute", "HTTPRouteRequestMirror"}),
    )


@pytest.mark.parametrize(
    ("read", "obstacle"),
    [
        (gateway_class(), "its GatewayClass fast lists no features"),
        ({"metadata": {"name": "fast"}}, "its GatewayClass fast lists no features"),
        (gateway_class({}, 5, {"name": 5}, ""), "its GatewayClass fast lists no features"),
        (
            gateway_class(*named("Gateway", "GRPCRoute")),
            "its GatewayClass fast lists no features of HTTPRoutes",
        ),
    ],
)
def test_a_list_that_says_nothing_of_http_routes_tells_nothing(read: Json, obstacle: str) -> None:
    known = known_of(read)

    assert known.obstacle == obstacle
    assert refusal(parent(), known, [MIRROR, SHARE]) == ""


def test_a_gateway_that_lists_what_is_asked_can_do_it() -> None:
    known = known_of(
        gateway_class(*named("HTTPRoute", *(each.value for each in Feature)), controller=TRAEFIK)
    )

    assert refusal(parent(TRAEFIK), known, [MIRROR, SHARE]) == ""


@pytest.mark.parametrize(
    ("listed", "asked", "told"),
    [
        ((), [MIRROR], "HTTPRouteRequestMirror"),
        ((), [MIRROR, SHARE], "HTTPRouteRequestMirror"),
        ((MIRROR,), [MIRROR], ""),
        ((MIRROR,), [MIRROR, SHARE], "HTTPRouteRequestPercentageMirror"),
        ((SHARE,), [MIRROR], "HTTPRouteRequestMirror"),
    ],
)
def test_what_is_missing_in_the_list_is_named_with_the_gateway_and_its_class(
    listed: tuple[Feature, ...], asked: list[Feature], told: str
) -> None:
    known = known_of(gateway_class(*named("HTTPRoute", *(each.value for each in listed))))

    said = refusal(parent(CLASS), known, asked)

    start = f"Gateway shop/public does not have {told} in the supportedFeatures of its GatewayClass fast ({CLASS}): "
    assert said.startswith(start) if told else said == ""


def test_each_refusal_says_what_to_do() -> None:
    known = known_of(gateway_class(*named("HTTPRoute")))
    only = known_of(gateway_class(*named("HTTPRoute", MIRROR.value)))

    assert "answer errors to every request" in refusal(parent(), known, [MIRROR])
    assert "Take the step out, or attach the route" in refusal(parent(), known, [MIRROR])
    assert "Leave the percentage or fraction out" in refusal(parent(), only, [MIRROR, SHARE])


@pytest.mark.parametrize(
    ("known", "reporting"),
    [
        (Known(obstacle="it may not be read"), TRAEFIK),
        (Known(controller=TRAEFIK, obstacle="nothing is listed"), CLASS),
    ],
)
def test_a_controller_that_is_known_to_have_none_is_refused_where_no_list_tells(
    known: Known, reporting: str
) -> None:
    said = refusal(parent(reporting), known, [MIRROR])

    assert said.startswith(f"Gateway shop/public is of {TRAEFIK}, and Traefik")
    assert said.endswith(f"but {known.obstacle}")
