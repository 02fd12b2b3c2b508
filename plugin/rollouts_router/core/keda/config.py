"""The block `keda` of the configuration as a validated value, and what Rollouts without one get by the flag.

What is made of it is `hold`'s and `gates`' business.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Final

import msgspec

from rollouts_router.core.choices import choice
from rollouts_router.core.errors import FieldError

MAX_HOLD_SECONDS: Final = 30 * 24 * 3600  # longer than any canary; whoever wants no limit writes 0
_MAX_NAME: Final = 253  # RFC 1123 subdomain, as the API server takes for names
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class Activation(Enum):
    """What is done about a workload that KEDA has, or may take, to zero."""

    FORCE = "force"
    """It is kept activated while the canary lasts; a weight waits while there are no pods."""

    WAIT = "wait"
    """Nothing is written; a weight waits while there are no pods."""

    OFF = "off"
    """Nothing."""


class ScaleIn(Enum):
    """Whether the workload may shrink while the canary lasts."""

    ALLOW = "allow"
    HOLD = "hold"


class OnError(Enum):
    """What a weight does when KEDA's objects cannot be read or patched."""

    PROCEED = "proceed"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class KedaConfig:
    """What a Rollout wants of the ScaledObject that drives it.

    Attributes:
        scaled_object: Its name; empty: the one that targets the Rollout.
        activation: Whether it is kept from zero.
        scale_in: Whether it may shrink.
        min_ready_percent: Which part of its pods a canary must have before its weight counts, 0..100; 0: not asked.
        max_hold_seconds: After how long it is let go of in mid-canary, 0..2592000; 0: never.
        on_error: What a weight does when KEDA's objects cannot be read or patched.
    """

    scaled_object: str = ""
    activation: Activation = Activation.FORCE
    scale_in: ScaleIn = ScaleIn.ALLOW
    min_ready_percent: int = 100
    max_hold_seconds: int = 0
    on_error: OnError = OnError.PROCEED


GATE_ONLY: Final = KedaConfig(activation=Activation.WAIT, min_ready_percent=0)
"""Reads only: a weight waits while KEDA has the Rollout at zero."""

WHOLE: Final = KedaConfig()
"""All of it, as with an empty block."""


class KedaBlock(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The block as it is written. An unknown key is an error: a misspelt safety is none."""

    scaled_object: str = ""
    activation: str | bool = Activation.FORCE.value
    scale_in: str = ScaleIn.ALLOW.value
    min_ready_percent: Annotated[int, msgspec.Meta(ge=0, le=100)] = 100
    max_hold_seconds: Annotated[int, msgspec.Meta(ge=0, le=MAX_HOLD_SECONDS)] = 0
    on_error: str = OnError.PROCEED.value


KEDA_KEYS: Final = KedaBlock.__struct_encode_fields__


def keda_config(field: str, block: KedaBlock | None) -> KedaConfig | None:
    """Check what has only a few possible values; no block is no configuration.

    Raises:
        FieldError: Names the key under `field` and the values that it takes.
    """
    if block is None:
        return None
    name = block.scaled_object
    if name and (len(name) > _MAX_NAME or not _NAME.fullmatch(name)):
        raise FieldError(f"{field}.scaledObject", f': expected the name of a ScaledObject, got "{name}"')
    # YAML 1.1, as kubectl reads it, takes a bare `off` for false.
    activation = Activation.OFF.value if block.activation is False else block.activation
    return KedaConfig(
        scaled_object=name,
        activation=choice(f"{field}.activation", Activation, activation),
        scale_in=choice(f"{field}.scaleIn", ScaleIn, block.scale_in),
        min_ready_percent=block.min_ready_percent,
        max_hold_seconds=block.max_hold_seconds,
        on_error=choice(f"{field}.onError", OnError, block.on_error),
    )
