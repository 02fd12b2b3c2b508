"""The table of rights: everything that is ever asked of the Kubernetes API, with its reason. Data, and nothing else.

The manifests with roles are generated from it (`make manifests`), and tests hold it against the requests that are made:
none is missing here, and none is here in vain. Reading which API versions a cluster serves needs no row: Kubernetes
allows that to every account (`system:discovery`).

Source of verbs and resources: Kubernetes documentation, "Using RBAC Authorization".
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from rollouts_router.core.kinds import GROUP, KINDS


class Part(enum.Enum):
    """What a right belongs to; each part is a role of its own, so that it may be left out. The value names it."""

    ROUTES = "routes"
    EVENTS = "events"
    GRANTS = "grants"
    MIRRORS = "mirrors"
    KEDA = "keda"
    SERVE = "serve"
    CONTROLLER = "controller"
    """What the role that Argo Rollouts ships for its controller has anyway; a role for it is nowhere generated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One rule of a role.

    Attributes:
        part: The role it stands in.
        group: The API group; empty is the core group.
        resources: Names of resources, all with the same verbs.
        verbs: What each verb is used for; empty where the rule's own reason says it.
        why: When the rule is needed and what happens without it; whole sentences.
        namespaced: Whether the resources live in namespaces, so that a Role can give them.
    """

    part: Part
    group: str
    resources: tuple[str, ...]
    verbs: Mapping[str, str] = field(hash=False)
    why: str = ""
    namespaced: bool = True


RIGHTS: Final = (
    Right(
        part=Part.ROUTES,
        group=GROUP,
        resources=tuple(kind.plural for kind in KINDS),
        verbs={
            "get": "routes given by name; reading again after a conflict",
            "list": "routes found by label selector; those that left a Rollout in the middle of a canary",
            "patch": "weights, managed rules, the in-progress label and the claims annotation",
        },
    ),
    Right(
        part=Part.ROUTES,
        group="",
        resources=("services",),
        verbs={"get": ""},
        why="Only for experiments with weights: the port of their Services. Without such steps, take this rule out.",
    ),
    Right(
        part=Part.EVENTS,
        group="",
        resources=("events",),
        verbs={"create": "", "patch": "one that happens again is counted, not repeated"},
    ),
    Right(part=Part.GRANTS, group=GROUP, resources=("referencegrants",), verbs={"list": ""}),
    Right(part=Part.MIRRORS, group=GROUP, resources=("gateways",), verbs={"get": "its class"}),
    Right(
        part=Part.MIRRORS,
        group=GROUP,
        resources=("gatewayclasses",),
        verbs={"get": "what the class lists as supportedFeatures"},
        namespaced=False,
    ),
    Right(
        part=Part.KEDA,
        group="keda.sh",
        resources=("scaledobjects",),
        verbs={
            "get": "one named in keda.scaledObject; reading again after a conflict",
            "list": "the one that targets a Rollout; those that are held, by label",
            "patch": "two annotations of KEDA, the record and its label",
        },
    ),
    Right(
        part=Part.KEDA,
        group="autoscaling",
        resources=("horizontalpodautoscalers",),
        verbs={"get": ""},
        why="Only for the release of KEDA, from a label of the HPA it makes. Without it, it is not known: scaleIn: hold"
        " is refused, and a KEDA that is too old to be asked is noticed only by what it does not do.",
    ),
    Right(
        part=Part.SERVE,
        group="argoproj.io",
        resources=("rollouts",),
        verbs={"get": "Rollouts given by reference"},
    ),
    Right(
        part=Part.SERVE,
        group="authentication.k8s.io",
        resources=("tokenreviews",),
        verbs={"create": "whose token this is; not needed with --client-ca"},
        namespaced=False,
    ),
    Right(
        part=Part.SERVE,
        group="authorization.k8s.io",
        resources=("subjectaccessreviews",),
        verbs={"create": "whether the caller may do it himself"},
        namespaced=False,
    ),
    Right(
        part=Part.CONTROLLER,
        group="argoproj.io",
        resources=("rollouts",),
        verbs={"get": "what a hold on a ScaledObject is for, when no call of the controller says it"},
    ),
    Right(
        part=Part.CONTROLLER,
        group="apps",
        resources=("replicasets",),
        verbs={"list": "how many pods of a canary are available"},
    ),
)


def of(*parts: Part) -> tuple[Right, ...]:
    """The rights of these parts, in the table's order."""
    return tuple(right for right in RIGHTS if right.part in parts)
