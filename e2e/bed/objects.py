"""Builders of the objects that a canary is made of, as plain dicts. Nothing here talks to a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from e2e.bed.controller import PLUGIN_NAME
from e2e.bed.kinds import GATEWAY, ROLLOUTS, Object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PORT = 80
FOREVER: Object = {"pause": {}}


def steps(*weights: int) -> list[Object]:
    """`setWeight` and a pause without end, for each weight."""
    return [step for weight in weights for step in ({"setWeight": weight}, FOREVER)]


def service(name: str, namespace: str, *, app: str, port: int = PORT, protocol: str = "TCP") -> Object:
    """A Service over the pods of `app`; the controller narrows it to the stable or the canary ones."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"app": app}, "ports": [{"port": port, "protocol": protocol}]},
    }


def services(app: str, namespace: str, **options: object) -> list[Object]:
    """The two Services of a canary: `<app>-stable` and `<app>-canary`."""
    port, protocol = int(str(options.get("port", PORT))), str(options.get("protocol", "TCP"))
    return [
        service(f"{app}-{role}", namespace, app=app, port=port, protocol=protocol)
        for role in ("stable", "canary")
    ]


def rollout(
    app: str,
    namespace: str,
    *,
    steps: Sequence[Object],
    plugin: Mapping[str, object] | None = None,
    replicas: int = 2,
    image: str = "app:1",
    canary: Mapping[str, object] | None = None,
    plugin_name: str = PLUGIN_NAME,
    **spec: object,
) -> Object:
    """A Rollout named `app`. With `plugin`, the plugin's own configuration, it routes traffic.

    `canary` is laid over `spec.strategy.canary`, further keywords over `spec`.
    """
    traffic: Object = {} if plugin is None else _traffic(app, plugin_name, plugin)
    container = {"name": app, "image": image}
    return {
        "apiVersion": ROLLOUTS,
        "kind": "Rollout",
        "metadata": {"name": app, "namespace": namespace},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": app}},
            "template": {"metadata": {"labels": {"app": app}}, "spec": {"containers": [container]}},
            "strategy": {"canary": {"steps": list(steps), **traffic, **(canary or {})}},
            **spec,
        },
    }


def route(
    kind: str,
    name: str,
    namespace: str,
    *,
    rules: Iterable[Object],
    labels: Mapping[str, str] | None = None,
    version: str = GATEWAY,
    gateway: str = "gateway",
    **spec: object,
) -> Object:
    """A route of any kind. In Gateway API 1.6 both channels serve all five kinds as v1."""
    hosts: Object = {"hostnames": [f"{name}.test"]} if kind == "TLSRoute" else {}  # it demands one
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels or {})},
        "spec": {"parentRefs": [{"name": gateway}], **hosts, "rules": list(rules), **spec},
    }


def rule(app: str, *, port: int = PORT, weights: tuple[int, int] = (100, 0), **fields: object) -> Object:
    """A rule over the two Services of a canary; further keywords are laid over it."""
    names = (f"{app}-stable", f"{app}-canary")
    refs = [
        {"name": name, "port": port, "weight": weight} for name, weight in zip(names, weights, strict=True)
    ]
    return {"backendRefs": refs, **fields}


def weights_of(route: Object, rule: int = 0) -> dict[str, int]:
    """The weight of each backend of one rule, by the backend's name."""
    return {ref["name"]: ref.get("weight", 1) for ref in route["spec"]["rules"][rule].get("backendRefs", ())}


def _traffic(app: str, plugin_name: str, plugin: Mapping[str, object]) -> Object:
    return {
        "stableService": f"{app}-stable",
        "canaryService": f"{app}-canary",
        "trafficRouting": {"plugins": {plugin_name: dict(plugin)}},
    }
