"""Whether a gateway can do what a mirror step asks of it: a decision about what is known of its GatewayClass.

Source: Gateway API, GatewayClassStatus.supportedFeatures, and the names of features in its conformance tests. They name
mirrors of HTTPRoutes only, so those stand for mirrors of GRPCRoutes too: no gateway is known that has the one without
the other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Final

from rollouts_router.core.mirroring import MirrorStep
from rollouts_router.core.parents import Attachment
from rollouts_router.core.routes import KubeObject
from rollouts_router.core.untyped import items, mapping, text

GATEWAYS: Final = "gateways"
GATEWAY_CLASSES: Final = "gatewayclasses"
GATEWAY_VERSIONS: Final = ("v1", "v1beta1")  # best first
_ROUTES: Final = "HTTPRoute"  # a list that does not name these says nothing about their mirrors
# Measured with 3.7.15: it reports such a route as Accepted, and answers every request of the rule with an error.
_WITHOUT_MIRRORS: Final = "traefik.io/gateway-controller"


class Feature(Enum):
    """What a mirror step may need, under the name that it has in the list, and what happens without it."""

    MIRROR = "HTTPRouteRequestMirror"
    SHARE = "HTTPRouteRequestPercentageMirror"

    @property
    def lack(self) -> str:
        """What a gateway without it may make of a step, and what to do."""
        if self is Feature.SHARE:
            return (
                "it may copy all requests instead of a part. Leave the percentage or fraction out, or attach the route to"
                " a gateway that has this"
            )
        return (
            "it may answer errors to every request of a rule that is mirrored. Take the step out, or attach the route to"
            " a gateway that has this"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a parent's abilities.

    Attributes:
        gateway_class: The name of its class; empty when it could not be read.
        controller: Of that class; empty when it could not be read.
        features: What the class lists; empty when it lists nothing.
        obstacle: Why nothing is known; empty where there is a list.
    """

    gateway_class: str = ""
    controller: str = ""
    features: frozenset[str] = frozenset()
    obstacle: str = ""


def needed(step: MirrorStep) -> tuple[Feature, ...]:
    """What a step needs."""
    return (Feature.MIRROR, Feature.SHARE) if step.share() else (Feature.MIRROR,)


def known_of(gateway_class: KubeObject) -> Known:
    """What a GatewayClass tells. Gateway API 1.0 and 1.1 had plain names in the list."""
    name = text(mapping(gateway_class.get("metadata")).get("name"))
    listed = items(mapping(gateway_class.get("status")).get("supportedFeatures"))
    names = (text(entry) or text(mapping(entry).get("name")) for entry in listed)
    features = frozenset(each for each in names if each)
    says = f"its GatewayClass {name} lists no features" + (f" of {_ROUTES}s" if features else "")
    return Known(
        gateway_class=name,
        controller=text(mapping(gateway_class.get("spec")).get("controllerName")),
        features=features,
        obstacle="" if _ROUTES in features else says,
    )


def refusal(parent: Attachment, known: Known, asked: Collection[Feature]) -> str:
    """Why a parent cannot take the step, and what to do; empty when it can, or when that is not known."""
    if not known.obstacle:
        missing = next((each for each in asked if each.value not in known.features), None)
        if missing is None:
            return ""
        return (
            f"{parent} does not have {missing.value} in the supportedFeatures of its GatewayClass {known.gateway_class}"
            f" ({known.controller}): {missing.lack}"
        )
    if _WITHOUT_MIRRORS not in (known.controller, *parent.controllers):
        return ""
    return (
        f"{parent} is of {_WITHOUT_MIRRORS}, and Traefik (up to 3.7 at least) answers errors to every request of a rule"
        " that is mirrored. Take the step out, or attach the route to another gateway. If this Traefik is newer, its"
        f" GatewayClass tells; but {known.obstacle}"
    )
