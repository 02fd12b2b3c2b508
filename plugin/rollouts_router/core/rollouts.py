"""A Rollout as the API server has it, read into the value that routing needs. For who is not called by a controller."""

from collections.abc import Mapping

import msgspec

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.core.model import Rollout
from rollouts_router.core.untyped import integer, mapping, text


def rollout_of(item: Mapping[str, object]) -> Rollout:
    """Who it is, in which revisions it is, and its block of configuration; what concerns routes is left out."""
    metadata, spec, status = (mapping(item.get(part)) for part in ("metadata", "spec", "status"))
    canary = mapping(mapping(spec.get("strategy")).get("canary"))
    routing = mapping(canary.get("trafficRouting"))
    block = mapping(routing.get("plugins")).get(PLUGIN_NAME)
    is_aborted = status.get("abort") is True
    replicas = integer(spec.get("replicas"))
    return Rollout(
        namespace=text(metadata.get("namespace")),
        name=text(metadata.get("name")),
        uid=text(metadata.get("uid")),
        stable_hash=text(status.get("stableRS")),
        current_hash=text(status.get("currentPodHash")),
        is_aborted=is_aborted,
        skips_steps=is_aborted or status.get("promoteFull") is True,
        max_traffic_weight=integer(routing.get("maxTrafficWeight")) or 0,
        replicas=1 if replicas is None else replicas,
        plugin_config=None if block is None else msgspec.json.encode(block),
    )


def weight_of(item: Mapping[str, object]) -> int:
    """The weight that the controller last asked for, 0 when there is none."""
    weights = mapping(mapping(mapping(item.get("status")).get("canary")).get("weights"))
    return integer(mapping(weights.get("canary")).get("weight")) or 0
