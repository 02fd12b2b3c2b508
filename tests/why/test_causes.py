"""Why a Rollout stands where it stands: each cause by the objects that the controller leaves."""

from typing import Any

import pytest
from observability.samples import SAMPLES, measured, metric, result, rollout, run
from tests.why.objects import ABORTED, BY_ANALYSIS, aborted, asked, cause, condition, event, paused

from rollouts_router.why.causes import State

HELD = rollout()
HELD["spec"]["paused"] = True
BLUE_GREEN = paused("BlueGreenPause")
BLUE_GREEN["spec"]["strategy"] = {"blueGreen": {"autoPromotionSeconds": 30}}
SWITCHED_BY_HAND = paused("BlueGreenPause")
SWITCHED_BY_HAND["spec"]["strategy"] = {"blueGreen": {}}
LATE = condition("Progressing", "ProgressDeadlineExceeded", 'ReplicaSet "web-7d9" has timed out progressing.')
QUOTA = condition("ReplicaFailure", "FailedCreate", "exceeded quota")


@pytest.mark.parametrize(
    ("made", "state", "words"),
    [
        (rollout(observedGeneration="6"), State.PROGRESSING, "not taken notice"),
        (
            rollout(conditions=[condition("InvalidSpec", "InvalidSpec", "bad steps")]),
            State.STOPPED,
            "bad steps",
        ),
        (aborted(), State.STOPPED, "somebody aborted it by hand"),
        (aborted(f"{ABORTED}: experiment failed"), State.STOPPED, "The reason: experiment failed"),
        (aborted(BY_ANALYSIS), State.STOPPED, "The reason: Step-based analysis"),
        (rollout(phase="Degraded", conditions=[LATE, QUOTA]), State.STOPPED, "exceeded quota"),
        (rollout(phase="Degraded", conditions=[LATE]), State.STOPPED, "0 of 10 are available"),
        (rollout(phase="Degraded", message="odd"), State.STOPPED, "odd"),
        (HELD, State.WAITING, "paused by hand"),
        (paused("InconclusiveAnalysisRun"), State.STOPPED, "somebody has to decide"),
        (paused("InconclusiveExperiment"), State.STOPPED, "An experiment is inconclusive"),
        (paused("CanaryPauseStep", index=5), State.WAITING, "no duration"),
        (paused("CanaryPauseStep", index=1), State.PROGRESSING, "pauses for 10m, 300 s of which are left"),
        (paused("CanaryPauseStep", index=7), State.PROGRESSING, "pauses for 600 s, 300 s of which are left"),
        (paused("CanaryPauseStep", 1, "2026-03-02T09:00:00Z"), State.PROGRESSING, ", 0 s of which"),
        (BLUE_GREEN, State.WAITING, "switched 30 s after"),
        (SWITCHED_BY_HAND, State.WAITING, "when somebody promotes it"),
        (paused("SomethingNew"), State.WAITING, "It is paused: SomethingNew"),
        (
            rollout(phase="Healthy", stableRS="7d9c5b6f4", availableReplicas=10),
            State.HEALTHY,
            "10 of 10 pods",
        ),
        (rollout(index=3), State.PROGRESSING, "The weight 25 is being set"),
        (rollout(index=4), State.PROGRESSING, "An analysis decides"),
        (rollout(index=1), State.PROGRESSING, "The step pause is being carried out"),
        (rollout(index=8, message="more replicas"), State.PROGRESSING, "The controller says: more replicas."),
        ({}, State.PROGRESSING, "It is new."),
    ],
)
def test_each_cause_has_its_state_and_its_sentence(made: dict[str, Any], state: State, words: str) -> None:
    found = cause(made)
    assert found.state is state
    assert words in " ".join(found.sentences)


@pytest.mark.parametrize(("duration", "left"), [("1h30m", "1h30m, then"), ("5d", "5d, then")])
def test_of_a_duration_of_several_units_the_rest_is_not_guessed(duration: str, left: str) -> None:
    made = paused("CanaryPauseStep", index=0)
    made["spec"]["strategy"]["canary"]["steps"] = [{"pause": {"duration": duration}}]
    assert left in cause(made).sentences[0]


def test_an_abort_by_an_analysis_hands_over_to_its_verdict() -> None:
    found = cause(aborted(BY_ANALYSIS), *SAMPLES["failed"].runs)
    assert found.sentences[1] == "An analysis ended it:"
    assert found.by_analysis


def test_an_abort_by_hand_is_not_blamed_on_an_older_run() -> None:
    assert not cause(aborted(), *SAMPLES["failed"].runs).by_analysis


def test_an_abort_tells_how_far_it_had_come() -> None:
    step = event("RolloutStepCompleted", "Rollout step 3/8 completed (setWeight: 25)", "x", "Normal")
    assert (
        cause(aborted(), events=(step,)).sentences[-1]
        == "Before that: Rollout step 3/8 completed (setWeight: 25)."
    )


def test_a_router_that_cannot_set_a_weight_is_told() -> None:
    refused = event(
        "TrafficRoutingError", "failed to set weight via plugin: no routes", "2026-03-02T10:19:00Z"
    )
    found = cause(rollout(index=3), events=(refused,))
    assert "The traffic router cannot do its part" in found.sentences[-1]
    assert "troubleshooting" in found.advice[0].what


def test_another_warning_is_not_blamed_on_the_router() -> None:
    found = cause(rollout(index=3), events=(event("FailedMount", "no volume", "2026-03-02T10:19:00Z"),))
    assert len(found.sentences) == 1


def test_an_analysis_under_way_is_shown() -> None:
    reading = result("window", "Running", measured("[1]", "Inconclusive"))
    under_way = run("Running", [metric("window", successCondition="false")], [reading])
    assert "it waits for false" in cause(rollout(), under_way).sentences[-1]


def test_commands_name_the_rollout() -> None:
    assert [each.command for each in cause(paused("InconclusiveAnalysisRun")).advice] == [
        "kubectl argo rollouts promote web -n shop",
        "kubectl argo rollouts abort web -n shop",
    ]


def test_what_was_promoted_has_no_step_and_no_old_warnings() -> None:
    healthy = rollout(phase="Healthy", stableRS="7d9c5b6f4")
    seen = asked(healthy, events=(event("TrafficRoutingError", "old", "x"),)).seen
    assert (seen.place, seen.warnings, dict(seen.step)) == (None, (), {})
