"""The rights of the router's table, one verb on one resource each, with what the doctor says that they are for.

Whether somebody has them is not asked here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from rollouts_router.core import rights
from rollouts_router.core.rights import Part


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

_PARTS: Final = (Part.ROUTES, Part.EVENTS, Part.GRANTS, Part.MIRRORS, Part.KEDA)
"""What a canary may need; the others are a server's, or the controller's own."""

_OF_ROUTES: Final = {"get": Purpose.NAMED, "list": Purpose.SELECTED, "patch": Purpose.WRITTEN}
_OF_A_PART: Final = {Part.EVENTS: Purpose.EVENTS, Part.GRANTS: Purpose.GRANTS, Part.MIRRORS: Purpose.MIRRORS}
_OF_A_RESOURCE: Final = {
    "services": Purpose.EXPERIMENTS,
    "scaledobjects": Purpose.SCALED,
    "horizontalpodautoscalers": Purpose.SCALER_RELEASE,
}


def _rights() -> Iterator[Right]:
    for row in rights.of(*_PARTS):
        for resource in row.resources:
            for verb in row.verbs:
                purpose = _OF_A_RESOURCE.get(resource) or _OF_A_PART.get(row.part) or _OF_ROUTES[verb]
                yield Right(row.group, resource, verb, purpose)


RIGHTS: Final = tuple(_rights())

CLUSTER_SCOPED: Final = frozenset(
    resource for row in rights.RIGHTS if not row.namespaced for resource in row.resources
)
"""Resources that have no namespace."""


def rights_for(*purposes: Purpose) -> tuple[Right, ...]:
    """All rights for these purposes."""
    return tuple(each for each in RIGHTS if each.purpose in purposes)
