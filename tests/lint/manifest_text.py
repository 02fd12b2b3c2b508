"""Texts of manifests for the tests of the checks, and what is told of them."""

import json
from typing import Any, TypeAlias

from rollouts_router.lint.linting import Text, lint

Json: TypeAlias = Any
GATEWAY = "argoproj-labs/gatewayAPI"
PROMETHEUS: Json = {"prometheus": {"query": "vector(1)"}}


def told(*objects: Json) -> list[tuple[str, str]]:
    """Code and sentence of every finding in one file with these objects."""
    text = "".join(f"---\n{json.dumps(each)}\n" for each in objects)
    return [(each.rule.code, each.sentence) for each in lint([Text("a.yaml", text)])]


def codes(*objects: Json) -> list[str]:
    """The codes of every finding in one file with these objects."""
    return [code for code, _ in told(*objects)]


def thing(version: str, kind: str, name: str, spec: Json, **metadata: Json) -> Json:
    """Any object."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


def metric(name: str = "m", provider: Json = None, **fields: Json) -> Json:
    """A metric; of Prometheus and with a condition unless given."""
    condition = {} if {"successCondition", "failureCondition"} & set(fields) else {"successCondition": "true"}
    return {"name": name, "provider": provider or PROMETHEUS, **condition, **fields}


def template(*metrics: Json, name: str = "gate", kind: str = "AnalysisTemplate", **spec: Json) -> Json:
    """A template with these metrics."""
    return thing("argoproj.io/v1alpha1", kind, name, {"metrics": list(metrics), **spec})


def strategy(canary: Json, spec: Json = None, **metadata: Json) -> Json:
    """A Rollout whose canary strategy is this."""
    return thing(
        "argoproj.io/v1alpha1",
        "Rollout",
        "shop",
        {"strategy": {"canary": canary}, **(spec or {})},
        **metadata,
    )


def rollout(
    *steps: Json,
    block: Json = None,
    spec: Json = None,
    canary: Json = None,
    routing: Json = None,
    **metadata: Json,
) -> Json:
    """A Rollout that our plugin routes; with a weight and a pause unless steps are given."""
    return strategy(
        {
            "stableService": "shop-stable",
            "canaryService": "shop-canary",
            "trafficRouting": {"plugins": {GATEWAY: block or {"httpRoute": "shop"}}, **(routing or {})},
            "steps": list(steps) or [{"setWeight": 20}, {"pause": {}}],
            **(canary or {}),
        },
        spec,
        **metadata,
    )


def route(*refs: Json, kind: str = "HTTPRoute", name: str = "shop", **metadata: Json) -> Json:
    """A route with one rule; with both Services of the Rollout unless refs are given."""
    both = [
        {"group": "", "kind": "Service", "name": f"shop-{role}", "port": 80, "weight": 1}
        for role in ("stable", "canary")
    ]
    spec = {"rules": [{"backendRefs": list(refs) or both}]}
    return thing("gateway.networking.k8s.io/v1", kind, name, spec, **metadata)


def service(name: str, **selector: str) -> Json:
    """A Service."""
    return thing("v1", "Service", name, {"selector": selector, "ports": [{"port": 80}]})
