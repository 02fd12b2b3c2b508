"""The record of a hold: one annotation on the ScaledObject that says who holds it, what was written, what was there.

It alone says what has to be put back; no process remembers it. What is done with it is `hold`'s business.
"""

from datetime import UTC, datetime
from enum import Enum
from typing import Final

import msgspec

from rollouts_router.core.keda.scaled import KEYS, ScaledObject, is_true

HOLD: Final = "rollouts.argoproj.io/keda-hold"
"""The annotation, and with "true" the label by which holds are found."""

_MAX_TEXT: Final = 4096  # characters; names of 253 and two values of five are far below
_VERSION: Final = 1


class End(Enum):
    """Why nothing is held any more although the canary goes on."""

    GAVE_UP = "gaveUp"
    EXPIRED = "expired"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A hold.

    Attributes:
        v: The form of the record.
        rollout: Name of the Rollout that holds.
        uid: Its uid.
        hash: The revision it held for last.
        wrote: What was written, by annotation.
        prior: What was there instead, by annotation; None where there was none.
        at: Since when.
        last: When a value was last written again, None when none was.
        reasserts: How often.
        end: Why nothing is held any more, None while it is.
    """

    v: int = _VERSION
    rollout: str
    uid: str
    hash: str
    wrote: dict[str, str]
    prior: dict[str, str | None]
    at: datetime
    last: datetime | None = None
    reasserts: int = 0
    end: End | None = None


_DECODER: Final = msgspec.json.Decoder(Record)
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def read_record(scaled: ScaledObject) -> Record | str | None:
    """The record on an object, None when there is none; why it cannot be read, when it cannot."""
    given = scaled.annotations.get(HOLD)
    if given is None:
        return None
    if len(given) > _MAX_TEXT:
        return f"it is longer than {_MAX_TEXT} characters"
    try:
        record = _DECODER.decode(given)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return str(error)
    return _flaw(record) or record


def write_record(record: Record) -> str:
    """The record as the annotation has it."""
    return _ENCODER.encode(record).decode()


def moment(now: datetime) -> datetime:
    """A time as records have it: UTC, whole seconds."""
    return now.astimezone(UTC).replace(microsecond=0)


def _flaw(record: Record) -> str:
    """Why a record is not one of ours. What it names would be written and deleted, so nothing is taken on trust."""
    if record.v != _VERSION:
        return f"its form is {record.v}, and this release knows {_VERSION}"
    if not record.wrote.keys() <= KEYS or record.wrote.keys() != record.prior.keys():
        return "it names annotations that are never written"
    if any(map(is_true, record.prior.values())) or not all(map(is_true, record.wrote.values())):
        return "it would put back what is never replaced"
    if record.at.tzinfo is None or (record.last is not None and record.last.tzinfo is None):
        return "its times have no zone"
    return ""
