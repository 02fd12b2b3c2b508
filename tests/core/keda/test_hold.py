"""What is done about a ScaledObject in each state, and that everything is put back as its users want it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.keda import web
from tests.fakes.scaled import FORCE, SCALE_IN, after, case, edited, record, so

from rollouts_router.core.keda.config import GATE_ONLY, Activation, KedaConfig, ScaleIn
from rollouts_router.core.keda.hold import decide
from rollouts_router.core.keda.news import Reason
from rollouts_router.core.keda.record import HOLD
from rollouts_router.core.keda.scaled import IGNORE, ScaledObject
from rollouts_router.core.keda.states import Case, State
from rollouts_router.core.model import Rollout

PROMOTED = web(stable_hash="v2")
BOTH = KedaConfig(scale_in=ScaleIn.HOLD)


def held(config: KedaConfig = BOTH, **annotations: str) -> ScaledObject:
    """An object that is held since the beginning."""
    before = so(**annotations)
    return after(before, decide(case(before, config=config)))


def done(look: Case) -> tuple[State, ScaledObject]:
    """The state, and the object after what it asks for."""
    decision = decide(look)
    return decision.state, after(look.scaled, decision)


def test_a_canary_acquires_with_one_patch_of_values_record_and_label() -> None:
    decision = decide(case(so()))

    assert decision.state is State.ACQUIRE
    assert decision.acquires == {FORCE}
    assert decision.document == {
        "metadata": {
            "resourceVersion": "7",
            "labels": {HOLD: "true"},
            "annotations": {
                FORCE: "true",
                HOLD: '{"v":1,"rollout":"web","uid":"r1","hash":"v2","wrote":{"' + FORCE + '":"true"},"prior":{"'
                + FORCE
                + '":null},"at":"2026-01-01T00:00:00Z","last":null,"reasserts":0,"end":null}',
            },
        }
    }  # fmt: skip
    assert [each.reason for each in decision.told] == [Reason.HELD]


@pytest.mark.parametrize(
    ("rollout", "weight"),
    [
        (web(stable_hash="", current_hash="v1"), 0),  # the first revision
        (web(current_hash="v1"), 0),  # promoted
        (web(is_aborted=True), 0),  # aborted, and all traffic is back
    ],
)
def test_outside_of_a_canary_nothing_is_acquired_and_what_is_held_is_let_go(
    rollout: Rollout, weight: int
) -> None:
    assert decide(case(so(), rollout, weight=weight)).document is None

    state, released = done(case(held(), rollout, weight=weight))

    assert state is State.RELEASE
    assert released == so()


@pytest.mark.parametrize(
    ("rollout", "weight"),
    [
        (web(), 0),
        (web(), 100),
        (web(stable_hash="v2"), 20),
    ],  # the last: back to stable with dynamicStableScale
)
def test_from_its_first_call_to_its_last_weight_a_canary_is_held(rollout: Rollout, weight: int) -> None:
    assert decide(case(so(), rollout, weight=weight)).state is State.ACQUIRE
    assert decide(case(held(), rollout, BOTH, weight=weight)).document is None


@pytest.mark.parametrize("scaled", [so(), held()])
def test_while_a_canary_is_being_aborted_nothing_is_written(scaled: ScaledObject) -> None:
    decision = decide(case(scaled, web(is_aborted=True), weight=20))

    assert (decision.state, decision.document) == (State.WAITING, None)


@pytest.mark.parametrize("value", ["true", "1", "T", "yes", ""])
def test_what_a_user_has_set_himself_is_neither_written_nor_recorded(value: str) -> None:
    assert decide(case(so(force_activation=value))).document is None
    assert record(held(force_activation=value))["wrote"] == {SCALE_IN: "true"}


@pytest.mark.parametrize("value", ["false", "0", "F"])
def test_a_value_that_means_false_is_put_back_as_it_was_spelled(value: str) -> None:
    mine = held(force_activation=value)

    assert mine.annotations[FORCE] == "true"
    assert done(case(mine, PROMOTED, weight=0))[1] == so(force_activation=value)


def test_a_value_that_somebody_changed_meanwhile_is_left_to_him_in_the_end() -> None:
    theirs = edited(held(), FORCE, "yes")

    assert done(case(theirs, PROMOTED, weight=0))[1] == so(force_activation="yes")


@pytest.mark.parametrize("value", [None, "false"])
def test_a_value_taken_back_is_written_again_three_times_a_minute_apart_and_then_given_up(
    value: str | None,
) -> None:
    scaled, states = held(), []
    for seconds in range(0, 600, 30):
        state, scaled = done(case(edited(scaled, FORCE, value), config=BOTH, seconds=seconds))
        states.append(state)

    wait, again = State.HELD, State.CONTESTED
    assert states[:9] == [wait, wait, again, wait, again, wait, again, State.LOST, State.RESTING]
    assert set(states[9:]) == {State.RESTING}
    assert record(scaled)["end"] == "gaveUp"
    assert record(scaled)["wrote"] == {SCALE_IN: "true"}
    assert scaled.annotations.get(FORCE) == value
    assert done(case(scaled, PROMOTED, weight=0))[1].annotations == edited(so(), FORCE, value).annotations


def test_after_writing_a_value_again_what_was_there_meanwhile_comes_back_in_the_end() -> None:
    state, scaled = done(case(edited(held(), FORCE, "false"), config=BOTH, seconds=60))

    assert state is State.CONTESTED
    assert scaled.annotations[FORCE] == "true"
    assert done(case(scaled, PROMOTED, weight=0))[1] == so(force_activation="false")


def test_a_value_that_a_user_now_writes_his_own_way_is_his() -> None:
    _, scaled = done(case(edited(held(), FORCE, "1"), config=BOTH))

    assert record(scaled)["wrote"] == {SCALE_IN: "true"}
    assert scaled.annotations[FORCE] == "1"


def test_when_all_values_are_the_users_the_hold_is_over() -> None:
    _, scaled = done(case(edited(held(KedaConfig()), FORCE, "1")))

    assert scaled == so(force_activation="1")


def test_a_newer_revision_is_noted_and_what_was_there_first_stays_noted() -> None:
    state, scaled = done(case(held(force_activation="false"), web(current_hash="v3"), BOTH))

    assert state is State.HELD
    assert record(scaled)["hash"] == "v3"
    assert record(scaled)["prior"] == {FORCE: "false", SCALE_IN: None}


def test_a_limit_of_time_puts_everything_back_in_mid_canary_and_nothing_is_written_after_that() -> None:
    config = KedaConfig(max_hold_seconds=600)
    mine = held(config, force_activation="0")

    assert decide(case(mine, config=config, seconds=599)).document is None
    state, scaled = done(case(mine, config=config, seconds=600))
    assert state is State.EXPIRED
    assert scaled.annotations[FORCE] == "0"
    assert decide(case(scaled, config=config, seconds=9999)).state is State.RESTING
    assert done(case(scaled, PROMOTED, weight=0))[1] == so(force_activation="0")
    by_hand = edited(scaled, FORCE, "true")
    assert done(case(by_hand, PROMOTED, weight=0))[1] == so(force_activation="true")


def test_a_rollout_that_was_created_anew_takes_the_hold_over_and_what_was_there_first() -> None:
    mine = replace(held(force_activation="false"))
    state, scaled = done(case(mine, web(uid="r2"), BOTH, seconds=50))

    assert state is State.ADOPT
    assert record(scaled) | {"uid": "r1", "at": "2026-01-01T00:00:00Z"} == record(mine)
    assert (record(scaled)["uid"], record(scaled)["at"]) == ("r2", "2026-01-01T00:00:50Z")


def test_an_adopted_hold_that_had_ended_begins_anew() -> None:
    config = KedaConfig(max_hold_seconds=60)
    _, expired = done(case(held(config), config=config, seconds=61))
    _, adopted = done(case(expired, web(uid="r2"), config, seconds=70))
    _, again = done(case(adopted, web(uid="r2"), config, seconds=71))

    assert again.annotations[FORCE] == "true"


@pytest.mark.parametrize(
    "config",
    [None, KedaConfig(scaled_object="other"), GATE_ONLY, KedaConfig(activation=Activation.OFF)],
)
def test_a_configuration_that_wants_nothing_any_more_lets_go_in_mid_canary(config: KedaConfig | None) -> None:
    assert decide(case(so(), config=config)).document is None
    assert done(case(held(), config=config))[1] == so()


def test_a_configuration_that_wants_less_or_more_is_followed_in_mid_canary() -> None:
    _, less = done(case(held(BOTH), config=KedaConfig()))
    _, more = done(case(less, config=BOTH))

    assert record(less)["wrote"] == {FORCE: "true"}
    assert SCALE_IN not in less.annotations
    assert more == held(BOTH)


def test_a_value_that_is_not_asked_for_any_more_is_not_contested() -> None:
    theirs = edited(held(BOTH), SCALE_IN, "false")
    state, scaled = done(case(theirs, config=KedaConfig(), seconds=100))

    assert state is State.HELD
    assert record(scaled)["wrote"] == {FORCE: "true"}
    assert scaled.annotations[SCALE_IN] == "false"


def test_a_rollout_whose_uid_is_not_known_adopts_nothing_and_keeps_what_is_known() -> None:
    _, scaled = done(case(held(), web(uid="", current_hash="v3"), BOTH))

    assert record(scaled) == record(held()) | {"hash": "v3"}


def test_an_object_with_the_opt_out_is_never_held_and_let_go_of() -> None:
    out = edited(so(), IGNORE, "true")

    assert decide(case(out)).document is None
    assert done(case(edited(held(), IGNORE, "true")))[1] == out


def test_an_object_of_several_is_not_held_and_its_hold_waits_for_the_end() -> None:
    assert decide(case(so(), is_ambiguous=True)).document is None
    assert decide(case(held(), is_ambiguous=True)).document is None
    assert done(case(held(), PROMOTED, weight=0, is_ambiguous=True))[1] == so()


def test_an_object_that_drives_somebody_else_by_now_is_let_go_of() -> None:
    assert done(case(replace(held(), target="other")))[1] == replace(so(), target="other")


def test_without_its_rollout_a_hold_is_over() -> None:
    look = replace(case(held()), rollout=None)

    assert done(look)[1] == so()


def test_what_is_refused_is_not_written() -> None:
    assert decide(case(so(), refused=frozenset({FORCE}))).document is None
    assert done(case(so(), config=BOTH, refused=frozenset({FORCE})))[1].annotations.get(FORCE) is None


def test_a_record_that_cannot_be_read_is_left_with_all_values_and_told() -> None:
    for look in (case(edited(held(), HOLD, "{")), case(edited(held(), HOLD, "{"), PROMOTED, weight=0)):
        decision = decide(look)
        assert (decision.state, decision.document) == (State.UNREADABLE, None)
        assert [each.reason for each in decision.told] == [Reason.BAD_RECORD]


def test_a_label_that_was_taken_off_comes_back_and_one_without_a_record_goes() -> None:
    bare = replace(held(), labels={})

    assert done(case(bare, config=BOTH))[1] == held()
    assert done(case(replace(so(), labels={HOLD: "true"}), PROMOTED, weight=0))[1] == so()


@given(
    value=st.sampled_from([None, "true", "false", "1", ""]),
    config=st.builds(
        KedaConfig,
        activation=st.sampled_from(Activation),
        scale_in=st.sampled_from(ScaleIn),
        max_hold_seconds=st.sampled_from([0, 60]),
    ),
    seconds=st.integers(0, 300),
    first=st.booleans(),
)
def test_after_two_steps_there_is_nothing_left_to_do(
    value: str | None,
    config: KedaConfig,
    seconds: int,
    first: bool,  # noqa: FBT001 - drawn
) -> None:
    before = so() if first else edited(held(), FORCE, value)
    look = case(before, config=config, seconds=seconds)

    for _ in range(2):
        look = replace(look, scaled=after(look.scaled, decide(look)))

    assert decide(look).document is None
