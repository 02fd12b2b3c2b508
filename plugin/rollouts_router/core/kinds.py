"""The table of route kinds and what each supports. Kinds are rows here, never functions elsewhere.

The order of the rows is the order in which routes are read, planned and named in errors; the first four
are in the order of the existing plugin.
"""

import enum
from collections.abc import Collection
from dataclasses import dataclass

GROUP = "gateway.networking.k8s.io"


class MatchStyle(enum.Enum):
    """What the matches of a kind's rules compare, which decides which steps it can take beside weights."""

    REQUEST = "path, method, headers and query parameters of a request"
    CALL = "service, method and headers of a gRPC call"
    NONE = "nothing: connections are not looked into"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RouteKind:
    """One kind of route of the Gateway API. A row is equal to itself alone, so that it is cheap as part of a key.

    Attributes:
        name: The kind as Kubernetes spells it.
        plural: The resource name in API paths.
        versions: Served versions that can be used, best first. A cluster serves any subset of them.
        one_rule: Those of them that take a route with one rule only. A route of several that was written through
            another one can still be read through these.
        field: The configuration key of a single route; `<field>s` and `<field>Selector` go with it.
        matches: What its rules match; header and mirror steps need something.
        no_rule: First words of the error for a route without a rule of ours. The first four are matched
            on by users' runbooks and stay as the existing plugin words them.
    """

    name: str
    plural: str
    versions: tuple[str, ...]
    field: str
    matches: MatchStyle
    no_rule: str
    one_rule: tuple[str, ...] = ()

    def version(self, served: Collection[str], rules: int = 0) -> str | None:
        """The best served version; to write a route, the best that takes one with so many rules. None without any.

        Source: spec.rules, maxItems, in the CRDs of Gateway API 1.4 to 1.7. No webhook converts: one object is
        the same through each version, and only the schema that a write is held against differs.
        """
        usable = (each for each in self.versions if each in served)
        return next((each for each in usable if rules <= 1 or each not in self.one_rule), None)

    @property
    def managed_rules(self) -> bool:
        """Whether header and mirror steps make something in it, so that something may have to be removed."""
        return self.matches is not MatchStyle.NONE


KINDS = (
    RouteKind(
        name="HTTPRoute",
        plural="httproutes",
        versions=("v1", "v1beta1"),
        field="httpRoute",
        matches=MatchStyle.REQUEST,
        no_rule="backendRef was not found in httpRoute",
    ),
    RouteKind(
        name="GRPCRoute",
        plural="grpcroutes",
        versions=("v1", "v1alpha2"),
        field="grpcRoute",
        matches=MatchStyle.CALL,
        no_rule="backendRef was not found in grpcRoute",
    ),
    RouteKind(
        name="TCPRoute",
        plural="tcproutes",
        versions=("v1", "v1alpha2"),
        field="tcpRoute",
        one_rule=("v1",),
        matches=MatchStyle.NONE,
        no_rule="backendRef list was not found in tcpRoute",
    ),
    RouteKind(
        name="TLSRoute",
        plural="tlsroutes",
        versions=("v1", "v1alpha3", "v1alpha2"),
        field="tlsRoute",
        one_rule=("v1", "v1alpha3"),
        matches=MatchStyle.NONE,
        no_rule="backendRef list was not found in tlsRoute",
    ),
    RouteKind(
        name="UDPRoute",
        plural="udproutes",
        versions=("v1", "v1alpha2"),
        field="udpRoute",
        one_rule=("v1",),
        matches=MatchStyle.NONE,
        no_rule="backendRef list was not found in udpRoute",
    ),
)
