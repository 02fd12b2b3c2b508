"""Whether a route may send traffic to a backend of another namespace: the decision of a ReferenceGrant.

Source: Gateway API, ReferenceGrant: it stands in the namespace that is referred to, and one of its `from` with one of
its `to` allows a reference. Gateways answer errors for the share of a reference that nothing allows.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from rollouts_router.core.backends import Backend
from rollouts_router.core.kinds import GROUP
from rollouts_router.core.routes import KubeObject, RouteKey
from rollouts_router.core.untyped import items, mapping, text

GRANT_PLURAL: Final = "referencegrants"
GRANT_VERSIONS: Final = ("v1", "v1beta1")  # best first; v1 is served since Gateway API 1.5


@dataclass(frozen=True, slots=True)
class Need:
    """A route whose refs lead to a backend in another namespace."""

    route: RouteKey
    backend: Backend

    def __str__(self) -> str:
        """That it is not met, and the grant that would meet it."""
        route, backend = self.route, self.backend
        return (
            f"{route} sends traffic to {backend}, and no ReferenceGrant of namespace {backend.namespace} allows that, so"
            f" gateways would answer errors. Create one in namespace {backend.namespace} with spec:"
            f" {{from: [{{group: {GROUP}, kind: {route.kind.name}, namespace: {route.namespace}}}],"
            f' to: [{{group: "{backend.group}", kind: {backend.kind}, name: {backend.name}}}]}}'
        )


def needs(routes: Iterable[RouteKey], backends: Collection[Backend]) -> tuple[Need, ...]:
    """What has to be allowed for these routes to send traffic to these backends; most often nothing."""
    return tuple(
        Need(route, backend)
        for route in routes
        for backend in backends
        if backend.namespace != route.namespace
    )


def is_met(need: Need, grants: Iterable[KubeObject]) -> bool:
    """Whether one of the ReferenceGrants of the backend's namespace allows it."""
    return any(_allows(grant, need) for grant in grants)


def _allows(grant: KubeObject, need: Need) -> bool:
    spec = mapping(grant.get("spec"))
    sources, targets = (map(mapping, items(spec.get(field))) for field in ("from", "to"))
    return any(_is_from(entry, need.route) for entry in sources) and any(
        _is_to(entry, need.backend) for entry in targets
    )


def _is_from(entry: KubeObject, route: RouteKey) -> bool:
    asked = (GROUP, route.kind.name, route.namespace)
    return (entry.get("group"), entry.get("kind"), entry.get("namespace")) == asked


def _is_to(entry: KubeObject, backend: Backend) -> bool:
    """Without a name it stands for all objects of the kind."""
    same_kind = (text(entry.get("group")), entry.get("kind")) == (backend.group, backend.kind)
    return same_kind and (text(entry.get("name")) or backend.name) == backend.name
