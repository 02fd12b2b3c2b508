"""Arguments of calls as gob delivers them: dictionaries under Go's field names, zero fields absent."""

import json
from typing import Any

from tests.fakes.objects import Json

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.wire.gob.records import Interface, Scalar, Value

ROLLOUT: Json = {"ObjectMeta": {"Name": "web", "Namespace": "shop"}}


def record(**canary: Any) -> Json:
    """Rollout shop/web with these fields of its canary strategy."""
    return {**ROLLOUT, "Spec": {"Strategy": {"Canary": canary}}}


def routed(block: Json, **canary: Any) -> Json:
    """Rollout shop/web with Services stable and canary and this block of configuration."""
    routing = {"Plugins": {PLUGIN_NAME: json.dumps(block).encode()}}
    return record(
        **{"StableService": "stable", "CanaryService": "canary", "TrafficRouting": routing, **canary}
    )


def argument(name: str, **fields: Any) -> Interface:
    """A call's argument."""
    values: dict[Scalar, Value] = {}
    values.update(fields)
    return Interface(name, values)
