"""Routes as teams write them, and what a canary may make of them: the weights of its own two Services, nothing else.

The rule for which weights are a canary's own is written out here a second time, on purpose: nothing of the product
is asked. Nothing here talks to a cluster.
"""

from __future__ import annotations

import copy
import difflib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from e2e.bed import objects

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from e2e.bed.kinds import Object

    Making: TypeAlias = Callable[[list[Object]], list[Object]]

KINDS = ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute")
LABEL, IN_PROGRESS = "rollouts.argoproj.io/gatewayapi-canary", "in-progress"
CLAIMS = "rollouts.argoproj.io/gatewayapi-claims"  # an annotation; what it says is the plugin's own business
FOREIGN_WEIGHT = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The weight that each of a canary's two Services is to have; `namespace` is that of the Services.

    `rules` are the names of the only rules that it counts in; empty for all.
    """

    namespace: str
    weights: Mapping[str, int]
    rules: tuple[str, ...] = ()


@dataclass(slots=True)
class Route:
    """A route as its team has saved it last.

    `label` is the one it carries while a canary is under way in it, empty for none. `making` tells what header and
    mirror steps make of the team's rules, None while there is nothing of theirs in it.
    """

    saved: Object
    label: str = LABEL
    making: Making | None = None

    @property
    def kind(self) -> str:
        """Its kind."""
        return str(self.saved["kind"])

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.saved["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return str(self.saved["metadata"]["namespace"])

    def differences(self, seen: Object | None, *splits: Split, in_progress: bool) -> str:
        """How what is seen differs from what the team saved with just these weights; empty if it does not."""
        if seen is None:
            return f"{self.kind} {self.name} is gone"
        is_marked = bool(self.label) and (in_progress or self.making is not None)
        wanted = {
            "labels": _map(self.saved, "labels") | ({self.label: IN_PROGRESS} if is_marked else {}),
            "annotations": _unclaimed(self.saved),
            "is claimed": is_marked or self.making is not None,
            "spec": self._wanted(*splits),
        }
        found = {
            "labels": _map(seen, "labels"),
            "annotations": _unclaimed(seen),
            "is claimed": CLAIMS in _map(seen, "annotations"),
            "spec": seen["spec"],
        }
        names = (f"{self.kind} {self.name}, wanted", f"{self.kind} {self.name}, found")
        return "\n".join(difflib.unified_diff(_lines(wanted), _lines(found), *names, lineterm=""))

    def _wanted(self, *splits: Split) -> Object:
        spec = weighed(self.saved, *splits)
        return spec if self.making is None else {**spec, "rules": self.making(spec["rules"])}


def weighed(route: Object, *splits: Split) -> Object:
    """The route's spec with these weights, and otherwise as it is."""
    spec: Object = copy.deepcopy(route["spec"])
    for rule in spec["rules"]:
        for each in splits:
            for ref in _own_refs(each, rule, route):
                ref["weight"] = each.weights[ref["name"]]
    return spec


def of_every_kind(app: str, namespace: str, labels: Mapping[str, str] | None = None) -> list[Object]:
    """Two HTTPRoutes and one route of each other kind; beside the canary's own, they hold backends of others."""
    return [rich_route(app, namespace, labels), *one_of_each_kind(app, namespace, labels)]


def one_of_each_kind(
    app: str, namespace: str, labels: Mapping[str, str] | None = None, prefix: str = ""
) -> list[Object]:
    """A route of each kind; beside the canary's own, they hold a backend of others."""
    return [
        objects.route(
            kind, f"{prefix}{app}-{kind.lower()}", namespace, rules=[shared_rule(app)], labels=labels
        )
        for kind in KINDS
    ]


def rich_route(app: str, namespace: str, labels: Mapping[str, str] | None = None) -> Object:
    """An HTTPRoute with all that a canary must leave alone: filters, other rules, backends that look alike."""
    web = shared_rule(
        app,
        matches=[{"path": {"type": "PathPrefix", "value": "/shop"}}],
        filters=[_sets_header("x-team", app)],
        timeouts={"request": "10s"},
    )
    web["backendRefs"][1]["filters"] = [_sets_header("x-from", "stable")]
    unweighed = objects.rule(app, name="unweighed")
    for ref in unweighed["backendRefs"]:
        del ref["weight"]
    elsewhere = objects.rule(app, weights=(3, 4))
    for ref in elsewhere["backendRefs"]:
        ref["namespace"] = "elsewhere"
    stable_only = {"backendRefs": [{"name": f"{app}-stable", "port": objects.PORT, "weight": 9}]}
    rules = [web, unweighed, {"backendRefs": [foreign()]}, elsewhere, stable_only]
    return objects.route("HTTPRoute", f"{app}-rich", namespace, rules=rules, labels=labels)


def shared_rule(app: str, **fields: object) -> Object:
    """A rule with the canary's two Services and, before them, somebody else's."""
    rule = objects.rule(app)
    rule["backendRefs"].insert(0, foreign())
    return {**rule, **fields}


def over(services: tuple[str, str], app: str, route: Object) -> Object:
    """The route with other Services in the place of the application's usual ones."""
    names = dict(zip((f"{app}-stable", f"{app}-canary"), services, strict=True))
    for rule in route["spec"]["rules"]:
        for ref in rule["backendRefs"]:
            ref["name"] = names.get(ref["name"], ref["name"])
    return route


def moved(route: Object, namespace: str) -> Object:
    """The route in another namespace, with backends that stay where they are."""
    home = route["metadata"]["namespace"]
    route["metadata"]["namespace"] = namespace
    for rule in route["spec"]["rules"]:
        for ref in rule["backendRefs"]:
            ref.setdefault("namespace", home)
    return route


def foreign() -> Object:
    """A backend that no canary owns."""
    return {"name": "legacy", "port": objects.PORT, "weight": FOREIGN_WEIGHT}


def _own_refs(split: Split, rule: Object, route: Object) -> list[Object]:
    """The rule's backends that are the canary's; none if the rule does not count or hold both its Services."""
    if split.rules and rule.get("name") not in split.rules:
        return []
    own = [ref for ref in rule.get("backendRefs", ()) if _refers_into(split, ref, route)]
    return own if {ref["name"] for ref in own} == set(split.weights) else []


def _refers_into(split: Split, ref: Object, route: Object) -> bool:
    is_service = ref.get("kind", "Service") == "Service" and not ref.get("group")
    namespace = ref.get("namespace", route["metadata"]["namespace"])
    return is_service and namespace == split.namespace and ref["name"] in split.weights


def _map(route: Object, field: str) -> dict[str, str]:
    return dict(route["metadata"].get(field) or {})


def _unclaimed(route: Object) -> dict[str, str]:
    return {key: value for key, value in _map(route, "annotations").items() if key != CLAIMS}


def _sets_header(name: str, value: str) -> Object:
    headers = {"set": [{"name": name, "value": value}]}
    return {"type": "RequestHeaderModifier", "requestHeaderModifier": headers}


def _lines(thing: Object) -> list[str]:
    apart = json.loads(
        json.dumps(thing)
    )  # what stands in it twice would be written once, with a reference to it
    return str(yaml.safe_dump(apart)).splitlines()
