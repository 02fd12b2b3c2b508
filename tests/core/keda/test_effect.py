"""It is told when KEDA does not do what it was asked for, and only when that is certain."""

from dataclasses import replace

from tests.fakes.scaled import FORCE, after, case, so

from rollouts_router.core.keda.effect import not_honoured
from rollouts_router.core.keda.hold import decide
from rollouts_router.core.keda.news import Reason
from rollouts_router.core.keda.scaled import ScaledObject

BEFORE = so({"pollingInterval": 10})
HELD = replace(after(BEFORE, decide(case(BEFORE))), is_active=False)


def told(scaled: ScaledObject, seconds: int = 36) -> bool:
    """Whether something is told about it so long after it was held."""
    return not_honoured(case(scaled, seconds=seconds)) is not None


def test_an_object_that_is_not_active_after_two_polls_and_a_bit_is_told() -> None:
    late = not_honoured(case(HELD, seconds=36))

    assert late is not None
    assert late.reason is Reason.NOT_HONOURED
    assert FORCE in late.sentence
    assert not told(HELD, seconds=34)


def test_one_that_is_active_paused_silent_or_not_held_is_not() -> None:
    paused = {**HELD.annotations, "autoscaling.keda.sh/paused": "true"}

    assert not told(replace(HELD, is_active=True))
    assert not told(replace(HELD, is_active=None))
    assert not told(replace(HELD, annotations=paused))
    assert not told(replace(BEFORE, is_active=False))
