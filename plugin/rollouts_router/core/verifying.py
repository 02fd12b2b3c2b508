"""The block `verify` of the configuration as a validated value. What is made of it is `verify`'s business."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Final

import msgspec

from rollouts_router.core.choices import choice

MAX_SETTLE_SECONDS: Final = 300  # longer than any gateway takes; whoever needs more has a pause step
MAX_TIMEOUT_SECONDS: Final = 3600  # a step that is held longer has onTimeout: block


class VerifyMode(Enum):
    """What a weight has to be seen in."""

    STATUS = "status"
    """The refs carry the weights, and the parents of the route say that they have taken them."""

    SPEC = "spec"
    """The refs carry the weights."""

    OFF = "off"
    """Nothing: whatever was written counts."""


class ParentsMode(Enum):
    """How many of a route's parents have to be good."""

    ALL = "all"
    ANY = "any"


class OnTimeout(Enum):
    """What happens to a weight that the parents have not taken in time."""

    PROCEED = "proceed"
    BLOCK = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyConfig:
    """How it is verified that a weight is live.

    Attributes:
        mode: What it has to be seen in.
        parents: Which parents have to say so.
        settle_seconds: How long a good status has to be there, or the generation where nobody reports, 0..300.
        timeout_seconds: After how long its parents have taken too long, 1..3600.
        on_timeout: What happens then.
    """

    mode: VerifyMode = VerifyMode.STATUS
    parents: ParentsMode = ParentsMode.ALL
    settle_seconds: int = 3
    timeout_seconds: int = 60
    on_timeout: OnTimeout = OnTimeout.PROCEED


class VerifyBlock(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The block as it is written."""

    mode: str | bool = VerifyMode.STATUS.value
    parents: str = ParentsMode.ALL.value
    settle_seconds: Annotated[int, msgspec.Meta(ge=0, le=MAX_SETTLE_SECONDS)] = 3
    timeout_seconds: Annotated[int, msgspec.Meta(ge=1, le=MAX_TIMEOUT_SECONDS)] = 60
    on_timeout: str = OnTimeout.PROCEED.value


VERIFY_KEYS: Final = VerifyBlock.__struct_encode_fields__


def verify_config(field: str, block: VerifyBlock) -> VerifyConfig:
    """Check what has only a few possible values.

    Raises:
        FieldError: Names the key under `field` and the values that it takes.
    """
    # YAML 1.1, as kubectl reads it, takes a bare `off` for false.
    mode = VerifyMode.OFF.value if block.mode is False else block.mode
    return VerifyConfig(
        mode=choice(f"{field}.mode", VerifyMode, mode),
        parents=choice(f"{field}.parents", ParentsMode, block.parents),
        settle_seconds=block.settle_seconds,
        timeout_seconds=block.timeout_seconds,
        on_timeout=choice(f"{field}.onTimeout", OnTimeout, block.on_timeout),
    )
