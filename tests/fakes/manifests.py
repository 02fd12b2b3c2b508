"""Rollouts as their manifests, and requests that name them."""

from typing import Any

from google.protobuf.struct_pb2 import Struct
from tests.fakes.objects import Json

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.v1 import traffic_router_pb2 as v1


def manifest(
    block: Json | None = None, *, name: str = "web", status: Json | None = None, **canary: Any
) -> Json:
    """Rollout shop/web with Services stable and canary, and with this block of configuration."""
    routing = {"plugins": {PLUGIN_NAME: block or {}}, **canary.pop("trafficRouting", {})}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "strategy": {
                "canary": {
                    "stableService": "stable",
                    "canaryService": "canary",
                    "trafficRouting": routing,
                    **canary,
                }
            }
        },
        "status": status or {},
    }


def inline(document: Json) -> v1.RolloutSource:
    """The Rollout as a whole."""
    struct = Struct()
    struct.update(document)
    return v1.RolloutSource(manifest=struct)


def referred(name: str = "web", namespace: str = "shop") -> v1.RolloutSource:
    """The Rollout by reference."""
    return v1.RolloutSource(reference=v1.RolloutReference(namespace=namespace, name=name))
