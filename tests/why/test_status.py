"""A Rollout's own account of itself."""

from observability.objects import rollout
from tests.why.objects import condition

from rollouts_router.why.status import status_of


def test_an_empty_object_is_read_without_complaint() -> None:
    status = status_of({})
    assert (status.wanted, status.ready, status.pause, status.is_current) == (1, 0, "", True)


def test_no_pods_wanted_is_not_one_pod_wanted() -> None:
    assert status_of({"spec": {"replicas": 0}}).wanted == 0


def test_a_specification_that_the_controller_has_not_seen_is_told() -> None:
    assert status_of(rollout()).is_current
    assert not status_of(rollout(observedGeneration="6")).is_current


def test_conditions_are_found_by_kind_and_by_reason() -> None:
    status = status_of(
        rollout(conditions=[condition("Available", "A", "a"), condition("Progressing", "B", "b")])
    )
    found = [status.condition(kind="Progressing"), status.condition(reason="B"), status.condition(reason="C")]
    assert [each.message if each else None for each in found] == ["b", "b", None]
