"""The rights that the router's code needs: what, and what for. A test holds them against manifests/.

Whether somebody has them is not asked here.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from rollouts_router.core.grants import GRANT_PLURAL
from rollouts_router.core.kinds import GROUP, KINDS


class Purpose(Enum):
    """What a right is for; the value completes the sentence "for …"."""

    NAMED = "routes given by name, and reading again after a conflict"
    SELECTED = "routes found by label selector, and those that left a Rollout in the middle of a canary"
    WRITTEN = "weights, managed rules, the in-progress label and the claims annotation"
    EXPERIMENTS = "the ports of an experiment's Services"
    EVENTS = "Events on the Rollout"
    GRANTS = "whether a ReferenceGrant allows a route to refer to another namespace"
    MIRRORS = "whether a gateway has mirrors"
    SCALED = "the ScaledObject that drives a Rollout"
    SCALER_RELEASE = "the release of KEDA"


@dataclass(frozen=True, slots=True)
class Right:
    """One verb on one resource, as a Role's rule has it."""

    group: str
    resource: str
    verb: str
    purpose: Purpose


OPTIONAL: Final = frozenset({Purpose.EVENTS, Purpose.GRANTS, Purpose.MIRRORS, Purpose.SCALER_RELEASE})
"""Without these something is left out, and nothing fails."""

_ROUTE_VERBS: Final = (("get", Purpose.NAMED), ("list", Purpose.SELECTED), ("patch", Purpose.WRITTEN))
_KEDA: Final = "keda.sh"

RIGHTS: Final[tuple[Right, ...]] = (
    *(Right(GROUP, kind.plural, verb, purpose) for kind in KINDS for verb, purpose in _ROUTE_VERBS),
    Right("", "services", "get", Purpose.EXPERIMENTS),
    *(Right("", "events", verb, Purpose.EVENTS) for verb in ("create", "patch")),
    Right(GROUP, GRANT_PLURAL, "list", Purpose.GRANTS),
    *(Right(GROUP, plural, "get", Purpose.MIRRORS) for plural in ("gateways", "gatewayclasses")),
    *(Right(_KEDA, "scaledobjects", verb, Purpose.SCALED) for verb in ("get", "list", "patch")),
    Right("autoscaling", "horizontalpodautoscalers", "get", Purpose.SCALER_RELEASE),
)

CLUSTER_SCOPED: Final = frozenset({"gatewayclasses"})
"""Resources that have no namespace."""


def rights_for(*purposes: Purpose) -> tuple[Right, ...]:
    """All rights for these purposes."""
    return tuple(each for each in RIGHTS if each.purpose in purposes)
