"""The controller's argument records as Go's encoder would send them: the fields that a router reads, under Go's names.

The real controller sends all of a Rollout, some 250 types; gob goes by field names, so fewer are understood as well.
The encoder is that of the tests, whose bytes are held against Go's own.
"""

import json
from dataclasses import dataclass
from typing import Final

from tests.wire.gob.sender import ANY, Boxed, Map, Sender, Slice, struct

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.wire.gob.records import Kind

NAMESPACE: Final = "demo"
STABLE: Final = "shop-stable"
CANARY: Final = "shop-canary"
LABELS: Final = {"rollout": "shop"}

_STEP: Final = struct("CanaryStep", SetWeight=Kind.INT)
_ROUTING: Final = struct("RolloutTrafficRouting", Plugins=Map(Kind.STRING, Kind.BYTES))
_CANARY: Final = struct(
    "CanaryStrategy",
    CanaryService=Kind.STRING,
    StableService=Kind.STRING,
    Steps=Slice(_STEP),
    TrafficRouting=_ROUTING,
)
_ROLLOUT: Final = struct(
    "Rollout",
    ObjectMeta=struct("ObjectMeta", Name=Kind.STRING, Namespace=Kind.STRING, UID=Kind.STRING),
    Spec=struct("RolloutSpec", Strategy=struct("RolloutStrategy", Canary=_CANARY)),
    Status=struct(
        "RolloutStatus",
        Abort=Kind.BOOL,
        CurrentPodHash=Kind.STRING,
        CurrentStepIndex=Kind.INT,
        StableRS=Kind.STRING,
    ),
)
_ARGUMENTS: Final = struct("SetWeightAndVerifyWeightArgs", Rollout=_ROLLOUT, DesiredWeight=Kind.INT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a Rollout stands.

    Attributes:
        steps: The weights of its steps.
        index: Of its current step, from 0.
        aborted: Whether it is on its way back.
    """

    steps: tuple[int, ...]
    index: int
    aborted: bool = False


def weight_argument(sender: Sender, standing: Standing, weight: int) -> bytes:
    """The argument of SetWeight and VerifyWeight, behind everything that `sender` has sent on its stream."""
    value = {"Rollout": _rollout(standing), "DesiredWeight": weight}
    return sender.encode(ANY, Boxed("SetWeightAndVerifyWeightArgs", _ARGUMENTS, value))


def _rollout(standing: Standing) -> dict[str, object]:
    selector = {"matchLabels": LABELS}
    block = {"httpRouteSelector": selector, "tcpRouteSelector": selector}
    canary = {
        "CanaryService": CANARY,
        "StableService": STABLE,
        "Steps": [{"SetWeight": weight} for weight in standing.steps],
        "TrafficRouting": {"Plugins": {PLUGIN_NAME: json.dumps(block).encode()}},
    }
    return {
        "ObjectMeta": {"Name": "shop", "Namespace": NAMESPACE, "UID": "demo-shop"},
        "Spec": {"Strategy": {"Canary": canary}},
        "Status": {
            "Abort": standing.aborted,
            "CurrentPodHash": "v2",
            "CurrentStepIndex": standing.index,
            "StableRS": "v1",
        },
    }
