"""What Events say of a Rollout."""

from tests.why.objects import event

from rollouts_router.why.events import last_step_completed, told_of, warnings_since_progress

UID = event("", "", "")["involvedObject"]["uid"]


def test_events_of_other_objects_are_left_out_and_the_newest_comes_first() -> None:
    other = event("Other", "", "2026-03-02T10:09:00Z") | {"involvedObject": {"uid": "else"}}
    told = told_of(
        UID, [event("A", "", "2026-03-02T10:01:00Z"), other, event("B", "", "2026-03-02T10:02:00Z")]
    )
    assert [each.reason for each in told] == ["B", "A"]


def test_a_warning_counts_until_things_went_on() -> None:
    told = told_of(
        UID,
        [
            event("TrafficRoutingError", "old", "2026-03-02T10:01:00Z"),
            event("TrafficWeightUpdated", "", "2026-03-02T10:02:00Z", "Normal"),
            event("TrafficRoutingError", "new", "2026-03-02T10:03:00Z"),
            event("TrafficRoutingError", "newest", "2026-03-02T10:04:00Z", count=7),
        ],
    )
    assert list(map(str, warnings_since_progress(told))) == ["TrafficRoutingError, 7 times: newest"]


def test_time_and_count_are_found_in_each_of_their_places() -> None:
    series = event("A", "", "", series={"count": 3, "lastObservedTime": "2026-03-02T10:05:00.000000Z"})
    newer = event("B", "", "", eventTime="2026-03-02T10:04:00.000000Z")
    assert [(each.reason, each.times) for each in told_of(UID, [newer, series])] == [("A", 3), ("B", 1)]


def test_the_last_step_is_told_in_the_controller_s_words() -> None:
    message = "Rollout step 3/8 completed (setWeight: 25)"
    assert (
        last_step_completed(told_of(UID, [event("RolloutStepCompleted", message, "x", "Normal")])) == message
    )
    assert not last_step_completed(())
