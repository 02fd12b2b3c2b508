"""A state is told from one look; time counts from the record, and a clock that is wrong does not stop anything."""

from datetime import timedelta

import pytest
from tests.fakes.keda import EPOCH
from tests.fakes.scaled import FORCE, SCALE_IN, after, case, edited, so

from rollouts_router.core.keda.config import Activation, KedaConfig, ScaleIn
from rollouts_router.core.keda.hold import decide
from rollouts_router.core.keda.record import HOLD
from rollouts_router.core.keda.states import State, state_of


@pytest.mark.parametrize(
    ("activation", "scale_in", "wishes"),
    [
        (Activation.FORCE, ScaleIn.ALLOW, {FORCE}),
        (Activation.FORCE, ScaleIn.HOLD, {FORCE, SCALE_IN}),
        (Activation.WAIT, ScaleIn.ALLOW, set()),
        (Activation.WAIT, ScaleIn.HOLD, {SCALE_IN}),
        (Activation.OFF, ScaleIn.HOLD, {SCALE_IN}),
    ],
)
def test_each_value_belongs_to_one_key_of_the_configuration(
    activation: Activation, scale_in: ScaleIn, wishes: set[str]
) -> None:
    config = KedaConfig(activation=activation, scale_in=scale_in)

    assert case(so(), config=config).wishes == wishes
    assert case(so(), config=config).missing() == wishes
    assert case(so(), config=None).wishes == set()


@pytest.mark.parametrize(
    ("since", "has_passed"), [(0, False), (59, False), (60, True), (10_000, True), (-1, True)]
)
def test_time_has_passed_when_it_has_or_when_the_record_comes_from_the_future(
    since: int,
    has_passed: bool,  # noqa: FBT001 - parametrized
) -> None:
    look = case(so(), seconds=since)

    assert look.has_passed(EPOCH, 60) is has_passed
    assert look.has_passed(EPOCH - timedelta(days=1), 60)


def test_a_bad_record_is_a_state_of_its_own_whoever_looks() -> None:
    bad = edited(so(), HOLD, "")

    assert state_of(case(bad)) is State.UNREADABLE
    assert state_of(case(bad, config=None)) is State.UNREADABLE


def test_a_canary_with_nothing_to_write_is_idle() -> None:
    assert state_of(case(so(force_activation="true"))) is State.IDLE
    assert state_of(case(so(), config=KedaConfig(activation=Activation.WAIT))) is State.IDLE


def test_what_is_held_needs_no_word_from_a_configuration_that_did_not_change() -> None:
    held = after(so(), decide(case(so())))

    assert state_of(case(held, seconds=10_000)) is State.HELD
