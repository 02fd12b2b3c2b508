"""What is told of canaries that KEDA scales, once each: a reconcile repeats every few seconds."""

from typing import Final, Protocol

from rollouts_router.core.keda.news import Reason, Told
from rollouts_router.core.model import Rollout
from rollouts_router.router.recent import MOST, Recent

_DONE: Final = frozenset({Reason.HELD, Reason.RELEASED, Reason.ADOPTED, Reason.REASSERTED})
"""What was done is told each time."""

_OF_A_STEP: Final = frozenset({Reason.SCALED_TO_ZERO, Reason.PAUSED_BY_USER, Reason.CAPACITY_SHORT})
"""Why one step waits is told once for that step."""


class Tells(Protocol):
    """Whoever brings a sentence to the users of a Rollout."""

    def tell(self, rollout: Rollout, reason: str, sentence: str, *, is_warning: bool) -> None:
        """Say it, with its reason in one word."""


class KedaNews:
    """Tells what was done each time, and anything else once for each revision and reason."""

    def __init__(self, tells: Tells, most: int = MOST) -> None:
        self._tells = tells
        self._told: Recent[tuple[str, str, Reason, str], str] = Recent(most)

    def tell(self, rollout: Rollout, told: Told) -> None:
        """Something about a Rollout. Each advice is a reason of its own."""
        key = (str(rollout), rollout.current_hash, told.reason, _detail(rollout, told))
        if told.reason in _DONE or self._told.get(key) is None:
            self._told.put(key, told.sentence)
            self._tells.tell(rollout, told.reason.text, told.sentence, is_warning=told.reason.is_warning)


def _detail(rollout: Rollout, told: Told) -> str:
    if told.reason is Reason.ADVICE:
        return told.sentence
    return str(rollout.step_index) if told.reason in _OF_A_STEP else ""
