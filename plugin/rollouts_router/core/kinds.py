"""The table of route kinds and what each supports. Kinds are rows here, never functions elsewhere.

The order of the rows is the order in which routes are read, planned and named in errors; the first four
are in the order of the existing plugin.
"""

from dataclasses import dataclass

GROUP = "gateway.networking.k8s.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteKind:
    """One kind of route of the Gateway API.

    Attributes:
        name: The kind as Kubernetes spells it.
        plural: The resource name in API paths.
        versions: Served versions that can be used, best first. A cluster serves any subset of them.
        field: The configuration key of a single route; `<field>s` and `<field>Selector` go with it.
        managed_rules: Whether header steps make rules in it, so that some may have to be removed.
        no_rule: First words of the error for a route without a rule of ours. The first four are matched
            on by users' runbooks and stay as the existing plugin words them.
    """

    name: str
    plural: str
    versions: tuple[str, ...]
    field: str
    managed_rules: bool
    no_rule: str


KINDS = (
    RouteKind(
        name="HTTPRoute",
        plural="httproutes",
        versions=("v1", "v1beta1"),
        field="httpRoute",
        managed_rules=True,
        no_rule="backendRef was not found in httpRoute",
    ),
    RouteKind(
        name="GRPCRoute",
        plural="grpcroutes",
        versions=("v1", "v1alpha2"),
        field="grpcRoute",
        managed_rules=True,
        no_rule="backendRef was not found in grpcRoute",
    ),
    RouteKind(
        name="TCPRoute",
        plural="tcproutes",
        versions=("v1", "v1alpha2"),
        field="tcpRoute",
        managed_rules=False,
        no_rule="backendRef list was not found in tcpRoute",
    ),
    RouteKind(
        name="TLSRoute",
        plural="tlsroutes",
        versions=("v1", "v1alpha3", "v1alpha2"),
        field="tlsRoute",
        managed_rules=False,
        no_rule="backendRef list was not found in tlsRoute",
    ),
    RouteKind(
        name="UDPRoute",
        plural="udproutes",
        versions=("v1", "v1alpha2"),
        field="udpRoute",
        managed_rules=False,
        no_rule="backendRef list was not found in udpRoute",
    ),
)
