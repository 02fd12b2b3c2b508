"""The table that is run through every door: applications with their routes, and calls in order. Values only.

A call is written once, in neutral terms; how it is said in net/rpc or in gRPC is `ways`' business. What a call should
make of routes is not told here: that is what the scenarios of the controller are for. Here all doors have to agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from e2e.bed import objects
from e2e.scenarios import routes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from e2e.bed.kinds import Object

APP: Final = "shop"
LABELS: Final = {"app": APP}
VERIFY: Final = {
    "mode": "spec",
    "settleSeconds": 0,
}  # nobody reports on routes here, and nothing has to be waited for
STANDING: Final = {"currentStepIndex": 0, "stableRS": "old", "currentPodHash": "new"}  # at a setWeight step
OK: Final = "OK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A Service of an experiment and its weight."""

    service: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. `name`, `match` and `percentage` are those of a managed route, in the words of a Rollout's step.

    `status` is laid over the Rollout's status before it, and stays. `code` is what gRPC says of it; net/rpc has no
    codes, but fails or succeeds with it. `told` are parts of its error, through every door. `blames_field` is whether
    that is a field of the Rollout: where the Rollout comes with the call, the call itself is at fault then. `verdict`
    is VerifyWeight's, in the controller's words.
    """

    method: str
    weight: int = 0
    destinations: Sequence[Destination] = ()
    name: str = ""
    match: Sequence[Object] = ()
    percentage: int | None = None
    status: Mapping[str, object] = field(default_factory=dict)
    code: str = OK
    told: Sequence[str] = ()
    blames_field: bool = False
    verdict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An application in a namespace, and what is called for it."""

    title: str
    things: Callable[[str], list[Object]]
    plugin: Object
    calls: Sequence[Call]
    canary: Object = field(default_factory=dict)
    routing: Object = field(default_factory=dict)
    managed: Sequence[str] = ()

    def rollout(self, namespace: str) -> Object:
        """The Rollout as its team has saved it."""
        made = objects.rollout(
            APP,
            namespace,
            steps=objects.steps(5, 50),
            plugin={"verify": VERIFY, **self.plugin},
            canary=self.canary,
        )
        routing = made["spec"]["strategy"]["canary"]["trafficRouting"]
        routing |= self.routing
        if self.managed:
            routing["managedRoutes"] = [{"name": name} for name in self.managed]
        return made


def _weight(
    weight: int, *destinations: Destination, code: str = OK, told: Sequence[str] = (), **status: object
) -> Call:
    return Call(
        method="SetWeight", weight=weight, destinations=destinations, code=code, told=told, status=status
    )


def _verify(weight: int, verdict: str, *destinations: Destination) -> Call:
    return Call(method="VerifyWeight", weight=weight, destinations=destinations, verdict=verdict)


def _header(name: str, **headers: Mapping[str, str]) -> Call:
    """Headers by their names; an underscore stands for a dash."""
    match = [
        {"headerName": header.replace("_", "-"), "headerValue": dict(value)}
        for header, value in headers.items()
    ]
    return Call(method="SetHeaderRoute", name=name, match=match)


def _mirror(name: str, *match: Object, percentage: int | None = None) -> Call:
    return Call(method="SetMirrorRoute", name=name, match=match, percentage=percentage)


REMOVE: Final = Call(method="RemoveManagedRoutes")
HASHES: Final = Call(method="UpdateHash")

SELECTED: Final[Object] = {
    f"{kind.removesuffix('Route').lower()}RouteSelector": {"matchLabels": LABELS, "useHeaderRoutes": True}
    for kind in routes.KINDS
}


def _every_kind(namespace: str) -> list[Object]:
    return [*objects.services(APP, namespace), *routes.of_every_kind(APP, namespace, LABELS)]


def _one_of_each(namespace: str) -> list[Object]:
    return [*objects.services(APP, namespace), *routes.one_of_each_kind(APP, namespace, LABELS)]


def _with_experiments(namespace: str) -> list[Object]:
    extra = [objects.service(name, namespace, app=APP) for name in ("first", "second")]
    return [*_one_of_each(namespace), *extra]


def _web(namespace: str) -> list[Object]:
    """Two HTTPRoutes, each with a rule for a path of its own."""
    rules = [
        objects.rule(APP, matches=[{"path": {"type": "PathPrefix", "value": path}}]) for path in ("/", "/api")
    ]
    made = [
        objects.route("HTTPRoute", name, namespace, rules=rules, labels=LABELS) for name in ("one", "two")
    ]
    return [*objects.services(APP, namespace), *made]


def _ping_pong(namespace: str) -> list[Object]:
    rule = {"backendRefs": [{"name": name, "port": objects.PORT, "weight": 1} for name in ("ping", "pong")]}
    services = [objects.service(name, namespace, app=APP) for name in ("ping", "pong")]
    return [*services, objects.route("HTTPRoute", "one", namespace, rules=[rule])]


_POST: Final[Object] = {"method": {"exact": "POST"}, "path": {"prefix": "/"}}
_PATH: Final[Object] = {"path": {"prefix": "/api"}, "headers": {"X-Kind": {"regex": "a.*"}}}
_TESTERS: Final = {"exact": "yes"}
_BOTH: Final[Object] = {"httpRoutes": [{"name": name, "useHeaderRoutes": True} for name in ("one", "two")]}
_ONE: Final[Object] = {"httpRoute": "one"}

TABLE: Final = (
    Row(
        title="weights on every kind",
        things=_every_kind,
        plugin=SELECTED,
        calls=(
            *(_weight(weight) for weight in (5, 5, 50, 100, 150, 30, -1, 0)),
            *(_verify(0, "Verified"), _verify(5, "NotVerified"), _weight(5), _verify(5, "Verified"), HASHES),
        ),
    ),
    Row(
        title="several routes by name",
        things=_web,
        plugin={"httpRoutes": [{"name": "one"}, {"name": "two"}]},
        routing={"maxTrafficWeight": 1000},
        calls=tuple(_weight(weight) for weight in (1, 999, 1000, 2000, 0)),
    ),
    Row(
        title="one rule of a route by its name",
        things=_every_kind,
        plugin={"httpRoutes": [{"name": f"{APP}-rich", "ruleName": "unweighed"}]},
        calls=(_weight(20), _weight(0)),
    ),
    Row(
        title="header routes",
        things=_web,
        plugin=_BOTH,
        managed=("testers", "others"),
        calls=(
            _weight(5),
            _header("testers", X_Test=_TESTERS, X_Other={"prefix": "a.b"}),
            _weight(20),
            _header("testers", X_Test={"regex": "y.*"}),
            _header("others", X_Others=_TESTERS),
            _weight(50),
            _header("testers"),
            _header("testers", X_Test=_TESTERS),
            REMOVE,
            REMOVE,
            _weight(0),
        ),
    ),
    Row(
        title="header routes on every kind that takes them",
        things=_one_of_each,
        plugin=SELECTED,
        managed=("testers",),
        calls=(_weight(5), _header("testers", X_Test=_TESTERS), _weight(50), REMOVE, _weight(0)),
    ),
    Row(
        title="mirrors as filters",
        things=_web,
        plugin=_BOTH,
        managed=("copies",),
        calls=(
            _weight(10),
            _mirror("copies", {"path": {"prefix": "/"}}, percentage=35),
            _mirror("copies", {"path": {"prefix": "/"}}, percentage=100),
            _weight(40),
            _mirror("copies"),
            _mirror("copies", {"path": {"prefix": "/api"}}),
            REMOVE,
            _weight(0),
        ),
    ),
    Row(
        title="mirrors as rules",
        things=_web,
        plugin={**_BOTH, "mirrorMode": "rule"},
        managed=("copies", "testers"),
        calls=(
            _mirror("copies", _POST, _PATH, percentage=1),
            _header("testers", X_Test=_TESTERS),
            _weight(40),
            _mirror("copies"),
            REMOVE,
            _weight(0),
        ),
    ),
    Row(
        title="an experiment with weights",
        things=_with_experiments,
        plugin=SELECTED,
        calls=(
            _weight(10),
            _weight(10, Destination(service="first", weight=5), Destination(service="second", weight=0)),
            _verify(
                10,
                "Verified",
                Destination(service="first", weight=5),
                Destination(service="second", weight=0),
            ),
            _weight(20, Destination(service="first", weight=30), Destination(service="second", weight=20)),
            _weight(
                20,
                canary={
                    "weights": {
                        "additional": [
                            {"serviceName": name, "weight": 5, "podTemplateHash": name}
                            for name in ("first", "second")
                        ],
                        "canary": {"serviceName": f"{APP}-canary", "weight": 20},
                        "stable": {"serviceName": f"{APP}-stable", "weight": 70},
                    }
                },
            ),
        ),
    ),
    Row(
        title="an abort in the middle of header steps",
        things=_web,
        plugin=_BOTH,
        managed=("testers",),
        calls=(
            _weight(40),
            _header("testers", X_Test=_TESTERS),
            replace(REMOVE, status={"abort": True}),
            _weight(0),
            _header("testers", X_Test=_TESTERS),
        ),
    ),
    Row(
        title="ping and pong",
        things=_ping_pong,
        plugin=_ONE,
        canary={"pingPong": {"pingService": "ping", "pongService": "pong"}},
        calls=(
            _weight(25, canary={"stablePingPong": "ping"}),
            _weight(25, canary={"stablePingPong": "pong"}),
            _weight(0),
        ),
    ),
    Row(
        title="a route that is not there",
        things=_web,
        plugin={"httpRoutes": [{"name": "one"}, {"name": "three"}]},
        calls=(
            _weight(5, code="FailedPrecondition", told=("three",)),
            _weight(0, code="FailedPrecondition", told=("three",)),
        ),
    ),
    Row(
        title="a route without a rule of ours",
        things=lambda namespace: [
            *_web(namespace),
            objects.route("HTTPRoute", "strange", namespace, rules=[objects.rule("other")]),
        ],
        plugin={"httpRoutes": [{"name": "one"}, {"name": "strange"}]},
        calls=(_weight(5, code="FailedPrecondition", told=("strange",)),),
    ),
    Row(
        title="no route at all",
        things=lambda namespace: objects.services(APP, namespace),
        plugin={"httpRouteSelector": {"matchLabels": LABELS}},
        calls=(_weight(5, code="FailedPrecondition", told=(APP,)), _weight(0, code="FailedPrecondition")),
    ),
    Row(
        title="an experiment whose Service is not there",
        things=_web,
        plugin=_BOTH,
        calls=(
            _weight(5),
            _weight(20, Destination(service="first", weight=5), code="FailedPrecondition", told=("first",)),
        ),
    ),
    Row(
        title="a managed route that the Rollout does not declare",
        things=_web,
        plugin=_BOTH,
        managed=("testers",),
        calls=(_header("unknown", X_Test=_TESTERS), _weight(30), REMOVE),
    ),
    Row(
        title="a configuration with a number for a name",
        things=_web,
        plugin={"httpRoutes": [{"name": "one"}, {"name": 7}]},
        calls=(
            replace(_weight(5, code="FailedPrecondition", told=("httpRoutes[1].name",)), blames_field=True),
        ),
    ),
)
