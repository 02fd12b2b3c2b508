"""Rollouts that are paused, by the objects that the controller leaves."""

from typing import Any

import pytest
from observability.samples import SAMPLES
from tests.why.objects import cause, paused

from rollouts_router.why.answers import State

BLUE_GREEN = paused("BlueGreenPause")
BLUE_GREEN["spec"]["strategy"] = {"blueGreen": {"autoPromotionSeconds": 30}}
SWITCHED_BY_HAND = paused("BlueGreenPause")
SWITCHED_BY_HAND["spec"]["strategy"] = {"blueGreen": {}}


@pytest.mark.parametrize(
    ("made", "state", "words"),
    [
        (paused("InconclusiveAnalysisRun"), State.STOPPED, "somebody has to decide"),
        (paused("InconclusiveExperiment"), State.STOPPED, "An experiment is inconclusive"),
        (paused("CanaryPauseStep", index=5), State.WAITING, "no duration"),
        (paused("CanaryPauseStep", index=1), State.PROGRESSING, "pauses for 10m, 300 s of which are left"),
        (paused("CanaryPauseStep", index=7), State.PROGRESSING, "pauses for 600 s, 300 s of which are left"),
        (paused("CanaryPauseStep", 1, "2026-03-02T09:00:00Z"), State.PROGRESSING, ", 0 s of which"),
        (BLUE_GREEN, State.WAITING, "switched 30 s after"),
        (SWITCHED_BY_HAND, State.WAITING, "when somebody promotes it"),
        (paused("SomethingNew"), State.WAITING, "It is paused: SomethingNew"),
    ],
)
def test_each_pause_has_its_state_and_its_sentence(made: dict[str, Any], state: State, words: str) -> None:
    found = cause(made)
    assert found.state is state
    assert words in " ".join(found.sentences)


@pytest.mark.parametrize(("duration", "left"), [("1h30m", "1h30m, then"), ("5d", "5d, then")])
def test_of_a_duration_of_several_units_the_rest_is_not_guessed(duration: str, left: str) -> None:
    made = paused("CanaryPauseStep", index=0)
    made["spec"]["strategy"]["canary"]["steps"] = [{"pause": {"duration": duration}}]
    assert left in cause(made).sentences[0]


def test_a_pause_by_an_inconclusive_run_leaves_out_what_failed_in_an_earlier_try() -> None:
    runs = (*SAMPLES["failed"].runs, *SAMPLES["inconclusive"].runs)
    assert [each.phase for each in cause(paused("InconclusiveAnalysisRun"), *runs).verdicts] == [
        "Inconclusive"
    ]


def test_commands_name_the_rollout() -> None:
    assert [each.command for each in cause(paused("InconclusiveAnalysisRun")).advice] == [
        "kubectl argo rollouts promote web -n shop",
        "kubectl argo rollouts abort web -n shop",
    ]
