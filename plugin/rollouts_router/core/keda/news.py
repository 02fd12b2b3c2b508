"""What can be told of a canary that KEDA scales: a reason by name, and a sentence. Who hears it is not known here."""

from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Why something is told; the text is the reason of an Event. Second: whether somebody should look at it."""

    HELD = "Held", False
    RELEASED = "Released", False
    ADOPTED = "Adopted", False
    REASSERTED = "ReAsserted", False
    GAVE_UP = "GaveUp", True
    HOLD_EXPIRED = "HoldExpired", True
    BAD_RECORD = "BadRecord", True
    AMBIGUOUS = "Ambiguous", True
    WRONG_TARGET = "WrongTarget", True
    NOT_THE_ROLLOUT = "NotTheRollout", True
    NOT_MANAGED = "NotManaged", True
    FORBIDDEN = "KedaForbidden", True
    UNAVAILABLE = "KedaUnavailable", True
    TOO_OLD = "KedaTooOld", True
    SCALE_IN_REFUSED = "ScaleInRefused", True
    NOT_HONOURED = "NotHonoured", True
    SCALED_TO_ZERO = "ScaledToZero", True
    PAUSED_BY_USER = "PausedByUser", True
    CAPACITY_SHORT = "CapacityShort", False
    ADVICE = "Advice", False

    @property
    def text(self) -> str:
        """The reason in one word, as Events have it."""
        return self.value[0]

    @property
    def is_warning(self) -> bool:
        """Whether somebody should look at it."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to tell."""

    reason: Reason
    sentence: str
