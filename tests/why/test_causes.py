"""Why a Rollout stands where it stands: each cause by the objects that the controller leaves."""

from typing import Any

import pytest
from observability.objects import measured, metric, result, rollout, run
from observability.samples import SAMPLES
from tests.why.objects import ABORTED, BY_ANALYSIS, aborted, asked, cause, condition, event

from rollouts_router.why.answers import State

HELD = rollout()
HELD["spec"]["paused"] = True
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


def test_an_abort_by_an_analysis_hands_over_to_its_verdict() -> None:
    found = cause(aborted(BY_ANALYSIS), *SAMPLES["failed"].runs)
    assert found.sentences[1] == "An analysis ended it:"
    assert [each.run for each in found.verdicts] == [SAMPLES["failed"].runs[0]["metadata"]["name"]]


def test_an_abort_by_hand_is_not_blamed_on_an_older_run() -> None:
    assert cause(aborted(), *SAMPLES["failed"].runs).verdicts == ()


def test_an_abort_tells_how_far_it_had_come_before_it_tells_the_reason() -> None:
    step = event("RolloutStepCompleted", "Rollout step 3/8 completed (setWeight: 25)", "x", "Normal")
    told = cause(aborted(), events=(step,)).sentences
    assert told[1] == "The last that it completed: Rollout step 3/8 completed (setWeight: 25)."
    assert told[2].startswith("No reason is given")


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


def test_what_was_promoted_has_no_step_and_no_old_warnings() -> None:
    healthy = rollout(phase="Healthy", stableRS="7d9c5b6f4")
    seen = asked(healthy, events=(event("TrafficRoutingError", "old", "x"),)).seen
    assert (seen.place, seen.warnings, dict(seen.step)) == (None, (), {})
