"""In which state a hold is: what one look at a ScaledObject and at its Rollout says. What is done then is `hold`'s.

The state is told anew from the objects at every call, so a process that was killed has nothing to restore.
Source: docs/keda.md, "The states of a hold".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from rollouts_router.core.keda.canary import in_canary
from rollouts_router.core.keda.config import Activation, KedaConfig, ScaleIn
from rollouts_router.core.keda.record import Record, read_record
from rollouts_router.core.keda.scaled import FORCE_ACTIVATION, PAUSED_SCALE_IN, ScaledObject, is_true
from rollouts_router.core.model import Rollout

MAX_REASSERTS: Final = 3  # whoever takes a value back more often means it
REASSERT_SECONDS: Final = 60  # between two; a GitOps controller that heals itself takes seconds


class State(Enum):
    """What there is to do about an object."""

    IDLE = "no record, and nothing to hold"
    ACQUIRE = "no record, and a canary"
    HELD = "a record and a canary"
    CONTESTED = "somebody took a value back, and it is time to write it again"
    LOST = "somebody took a value back once too often"
    EXPIRED = "held for longer than allowed"
    RESTING = "given up or expired, and the canary goes on"
    ADOPT = "the record of another Rollout of this name"
    WAITING = "nothing is written now"
    RELEASE = "a record that nobody needs"
    UNREADABLE = "a record that cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One look.

    Attributes:
        scaled: The object.
        rollout: The Rollout that it drives; None when there is none, or it is gone.
        config: What the Rollout wants; None when it wants nothing.
        weight: The weight of its canary, 0 or more.
        now: The time, with its zone.
        is_ambiguous: Whether other objects drive the Rollout too.
        refused: Annotations that must not be written anew.
    """

    scaled: ScaledObject
    rollout: Rollout | None
    config: KedaConfig | None
    weight: int
    now: datetime
    is_ambiguous: bool = False
    refused: frozenset[str] = frozenset()

    def present(self, key: str) -> str | None:
        """The value of an annotation now."""
        return self.scaled.annotations.get(key)

    @property
    def holder(self) -> Rollout | None:
        """The Rollout in whose canary the object may be held; None when it may not, or not any more."""
        rollout, config = self.rollout, self.config
        if rollout is None or config is None or self.scaled.is_ignored or not self.scaled.drives(rollout):
            return None
        is_named = config.scaled_object in {"", self.scaled.name}
        return rollout if is_named and in_canary(rollout, self.weight) else None

    @property
    def wishes(self) -> frozenset[str]:
        """The annotations that the configuration asks for."""
        if self.config is None:
            return frozenset()
        asked = {
            FORCE_ACTIVATION: self.config.activation is Activation.FORCE,
            PAUSED_SCALE_IN: self.config.scale_in is ScaleIn.HOLD,
        }
        return frozenset(key for key, is_asked in asked.items() if is_asked)

    def missing(self, record: Record | None = None) -> frozenset[str]:
        """The wishes that would be written anew, beside a record. What means true already is the user's."""
        held = record.wrote.keys() if record else set()
        return frozenset(key for key in self.wishes - held - self.refused if not is_true(self.present(key)))

    def taken_back(self, record: Record) -> frozenset[str]:
        """Values of the record that somebody replaced by false, or removed."""
        return frozenset(key for key in record.wrote if not is_true(self.present(key)))

    def taken_over(self, record: Record) -> frozenset[str]:
        """Values of the record that somebody wrote his own way: they mean the same, and are his now."""
        return frozenset(
            key
            for key, value in record.wrote.items()
            if is_true(self.present(key)) and self.present(key) != value
        )

    def has_passed(self, since: datetime, seconds: int) -> bool:
        """Whether so much time has passed; a time in the future counts as long ago."""
        return not timedelta(0) <= self.now - since < timedelta(seconds=seconds)


def state_of(case: Case) -> State:
    """The state; `CONTESTED` and what follows it are only told when something may be written for a canary."""
    record = read_record(case.scaled)
    if isinstance(record, str):
        return State.UNREADABLE
    holder = case.holder
    if holder is None:
        return State.IDLE if record is None else State.RELEASE
    if holder.is_aborted or case.is_ambiguous:
        return State.WAITING
    if record is None:
        return State.ACQUIRE if case.missing() else State.IDLE
    return _of_record(case, record, holder)


def _of_record(case: Case, record: Record, holder: Rollout) -> State:
    if holder.uid and record.uid != holder.uid:
        return State.ADOPT
    if record.end is not None:
        return State.RESTING
    limit = case.config.max_hold_seconds if case.config else 0
    if limit and case.has_passed(record.at, limit):
        return State.EXPIRED
    if not case.taken_back(record) & case.wishes:
        return State.HELD
    if record.reasserts >= MAX_REASSERTS:
        return State.LOST
    is_due = case.has_passed(record.last or record.at, REASSERT_SECONDS)
    return State.CONTESTED if is_due else State.HELD
