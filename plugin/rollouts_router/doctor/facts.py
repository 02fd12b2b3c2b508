"""What was seen in a cluster, as values. How it is read, and what follows from it, is decided elsewhere.

Kubernetes objects stay untyped JSON. A field that could not be read is an `Unread`, one that is not there is None:
checks tell the two apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from rollouts_router.core.config import PluginConfig
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.features import Known
from rollouts_router.core.grants import Need
from rollouts_router.core.keda.version import Version
from rollouts_router.core.model import Rollout
from rollouts_router.core.order import Order
from rollouts_router.core.parents import Attachment
from rollouts_router.core.routes import KubeObject, RouteKey
from rollouts_router.core.selection import FoundRoute, Selection
from rollouts_router.doctor.rights import Right
from rollouts_router.settings import KedaMode

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read, in the words of the API or of the client."""

    why: str


Maybe: TypeAlias = _T | Unread
"""A value, or why there is none."""

Named: TypeAlias = tuple[str, str]
"""Namespace and name."""

Objects: TypeAlias = tuple[KubeObject, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A right that somebody does not have in a namespace; an empty one is the whole cluster."""

    right: Right
    namespace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What was answered about rights.

    Attributes:
        subject: Whose they are, for people.
        own: Why it is the asker's own account after all; empty when it is the controller's.
        refused: Those that are missing.
    """

    subject: str
    own: str = ""
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """Argo Rollouts, the plugin's registration, and the Gateway API.

    Attributes:
        namespace: That of the controller.
        config: The ConfigMap argo-rollouts-config.
        deployments: All of that namespace.
        pods: Those of the controller.
        routes: The served versions of the Gateway API's resources, by plural.
        rollouts_served: Whether the cluster serves Rollouts.
        definitions: CRDs of routes, by plural.
    """

    namespace: str
    config: Maybe[KubeObject | None]
    deployments: Maybe[Objects]
    pods: Maybe[Objects]
    routes: Maybe[Mapping[str, tuple[str, ...]]]
    rollouts_served: Maybe[bool]
    definitions: Mapping[str, Maybe[KubeObject | None]]


@dataclass(frozen=True, slots=True)
class Stray:
    """A route that leads to a Rollout, and is neither named nor selected; why it is not, in a sentence."""

    key: RouteKey
    sentence: str
    holds_both: bool


@dataclass(frozen=True, slots=True)
class Parenthood:
    """A parent of a route, whether it is there (None: nobody looked), and what is known of its abilities."""

    parent: Attachment
    exists: Maybe[bool] | None
    known: Known | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """What the configuration of a Rollout finds.

    Attributes:
        rollout: The Rollout.
        config: Its configuration.
        order: What it is to every route.
        found: Routes that are named or selected, as they are.
        missing: Named routes and kinds that are not there, each with the reason.
        unread: What could not be read of them.
        selection: Which of `found` are its own.
        strays: Routes that lead to it, and were not found.
        unwritable: Own routes that no served version takes.
        ungranted: ReferenceGrants that are missing.
        grants_unread: Namespaces whose ReferenceGrants cannot be known.
        parents: Parents of own routes.
    """

    rollout: Rollout
    config: PluginConfig
    order: Order
    found: tuple[FoundRoute, ...]
    missing: tuple[RoutingError, ...]
    unread: tuple[Unread, ...]
    selection: Selection
    strays: tuple[Stray, ...]
    unwritable: tuple[RoutingError, ...]
    ungranted: tuple[Need, ...]
    grants_unread: tuple[str, ...]
    parents: tuple[Parenthood, ...]

    def own(self) -> tuple[FoundRoute, ...]:
        """The routes that the Rollout gets, in the order of its configuration."""
        keys = {task.plan.route.key for task in self.selection.tasks}
        once: dict[RouteKey, FoundRoute] = {}
        for entry in self.found:
            if entry.route.key in keys:
                once.setdefault(entry.route.key, entry)
        return tuple(once.values())


@dataclass(frozen=True, slots=True)
class TemplateRef:
    """A reference to an analysis template; `clusterwide` is `clusterScope`."""

    name: str
    clusterwide: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoscalers:
    """All that scale something in a namespace; `scaled` is None without KEDA.

    `versions` are KEDA's releases by the name of the HorizontalPodAutoscaler that tells, `default` is what the plugin's
    flag gives Rollouts without a keda block.
    """

    scaled: Maybe[Objects | None]
    horizontal: Maybe[Objects]
    versions: Mapping[str, Version | None]
    default: KedaMode


@dataclass(frozen=True, slots=True)
class Tracking:
    """A GitOps tool's object that applies a route, None when it is not to be found."""

    route: RouteKey
    tool: str
    name: str
    applied_by: Maybe[KubeObject | None]
    settings: KubeObject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A Rollout, and what belongs to it.

    Attributes:
        namespace: Its namespace.
        name: Its name.
        manifest: It, as the API has it; None when it does not exist.
        routing: What it finds; the error when its configuration cannot be used; None when it has none.
        services: Its Services by name.
        templates: Whether analysis templates that it refers to exist.
        neighbours: All Rollouts of its namespace.
        rivals: Other Rollouts with a backend of its own, and what they find.
        autoscalers: Those of its namespace.
        tracked: GitOps tools that apply its routes.
        registered: Names in trafficRouterPlugins; None when they are not known.
    """

    namespace: str
    name: str
    manifest: Maybe[KubeObject | None]
    routing: Maybe[Routing | RoutingError | None] = None
    services: Mapping[str, Maybe[KubeObject | None]]
    templates: Mapping[TemplateRef, Maybe[bool]]
    neighbours: Maybe[Objects]
    rivals: tuple[Routing, ...] = ()
    autoscalers: Autoscalers
    tracked: tuple[Tracking, ...] = ()
    registered: frozenset[str] | None = None

    def __str__(self) -> str:
        return f"Rollout {self.namespace}/{self.name}"
