"""Rollouts and routes to test with: the smallest that work, and what may be said about them."""

import json
from typing import Any, TypeAlias

from rollouts_router.core.backends import service_backends
from rollouts_router.core.kinds import KINDS, RouteKind
from rollouts_router.core.labels import Label
from rollouts_router.core.model import Rollout, Services
from rollouts_router.core.order import Order
from rollouts_router.core.routes import Route, RouteKey
from rollouts_router.core.weigh import WeightOrder
from rollouts_router.core.weights import split

Json: TypeAlias = dict[str, Any]
HTTP, GRPC, TCP, TLS, UDP = KINDS
LABEL = Label("rollouts.argoproj.io/gatewayapi-canary", "in-progress")


def rollout(block: Json | None = None, **fields: Any) -> Rollout:
    """Rollout shop/web with Services stable and canary, and with this block of configuration."""
    config = None if block is None else json.dumps(block).encode()
    given = {"namespace": "shop", "name": "web", "stable_service": "stable", "canary_service": "canary"}
    return Rollout(**{**given, "plugin_config": config, **fields})


def ref(name: str, weight: int | None = None, **fields: Any) -> Json:
    """A backendRef."""
    return {"name": name, "port": 80, **({} if weight is None else {"weight": weight}), **fields}


def rule(*refs: Json, **fields: Any) -> Json:
    """A rule with these references."""
    return {"backendRefs": list(refs), **fields}


def spec(*rules: Json, **fields: Any) -> Json:
    """The spec of a route; without rules it has the one that everybody has."""
    return {"rules": list(rules) or [rule(ref("stable", 100), ref("canary", 0))], **fields}


def route(a_spec: Json, *, kind: RouteKind = HTTP, name: str = "web", **meta: Any) -> Route:
    """A route of namespace shop as the API returns it."""
    metadata = {
        "name": name,
        "namespace": "shop",
        "uid": "u1",
        "generation": 3,
        "resourceVersion": "7",
        **meta,
    }
    return Route(RouteKey(kind, "shop", name), {"metadata": metadata, "spec": a_spec})


def order(canary: int = 30, maximum: int = 100, **fields: Any) -> WeightOrder:
    """What Rollout shop/web wants at this weight; the fields are those of what it is to every route."""
    backends = service_backends("shop", Services("stable", "canary"))
    given = {"rollout": "shop/web", "backends": backends, "label": LABEL}
    return WeightOrder(order=Order(**{**given, **fields}), split=split(canary, maximum))


def weights(an_object: Any) -> list[list[tuple[str, int | None]]]:
    """Name and written weight of each reference, by rule."""
    return [
        [(each["name"], each.get("weight")) for each in one.get("backendRefs", [])]
        for one in an_object["spec"]["rules"]
    ]
