"""The table of what is served: one row a resource. What is stored or answered is not decided here."""

from dataclasses import dataclass
from typing import Final

GATEWAY_GROUP: Final = "gateway.networking.k8s.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A resource.

    Attributes:
        group: Empty for the core group.
        versions: In which it is served, the favourite first. Objects are the same in all of them.
        plural: As it stands in paths.
        name: As it stands in objects.
        namespaced: Whether its objects live in a namespace.
    """

    group: str
    versions: tuple[str, ...]
    plural: str
    name: str
    namespaced: bool = True

    def api_version(self, version: str) -> str:
        """What an object says of itself in this version."""
        return f"{self.group}/{version}" if self.group else version

    @property
    def full_name(self) -> str:
        """The plural with its group, as error texts spell it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


def _core(plural: str, name: str, *, namespaced: bool = True) -> Kind:
    return Kind(group="", versions=("v1",), plural=plural, name=name, namespaced=namespaced)


def _gateway(plural: str, name: str, *versions: str, namespaced: bool = True) -> Kind:
    return Kind(group=GATEWAY_GROUP, versions=versions, plural=plural, name=name, namespaced=namespaced)


KINDS: Final = (
    _core("namespaces", "Namespace", namespaced=False),
    _core("nodes", "Node", namespaced=False),
    _core("services", "Service"),
    _core("secrets", "Secret"),
    _core("configmaps", "ConfigMap"),
    _core("events", "Event"),
    Kind(group="discovery.k8s.io", versions=("v1",), plural="endpointslices", name="EndpointSlice"),
    _gateway("gatewayclasses", "GatewayClass", "v1", namespaced=False),
    _gateway("gateways", "Gateway", "v1"),
    _gateway("httproutes", "HTTPRoute", "v1", "v1beta1"),
    _gateway("grpcroutes", "GRPCRoute", "v1"),
    _gateway("tcproutes", "TCPRoute", "v1alpha2"),
    _gateway("tlsroutes", "TLSRoute", "v1", "v1alpha3", "v1alpha2"),
    _gateway("udproutes", "UDPRoute", "v1alpha2"),
    _gateway("backendtlspolicies", "BackendTLSPolicy", "v1", "v1alpha3"),
    _gateway("listenersets", "ListenerSet", "v1"),
    _gateway("referencegrants", "ReferenceGrant", "v1", "v1beta1"),
)

_BY_PLURAL: Final = {(kind.group, kind.plural): kind for kind in KINDS}
_BY_NAME: Final = {(kind.group, kind.name): kind for kind in KINDS}


def by_plural(group: str, version: str, plural: str) -> Kind | None:
    """The resource that a path names; None when it is not served, in this version at least."""
    kind = _BY_PLURAL.get((group, plural))
    return kind if kind is not None and version in kind.versions else None


def kind_of(api_version: str, name: str) -> Kind:
    """The resource of an object. Raises KeyError when it is not served."""
    group = api_version.rpartition("/")[0]
    return _BY_NAME[group, name]


def versions_of(group: str) -> tuple[str, ...]:
    """The versions of a group, its favourite first; empty when it is not served."""
    return tuple(dict.fromkeys(version for kind in KINDS if kind.group == group for version in kind.versions))
