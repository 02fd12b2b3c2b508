"""A weight waits for pods where that helps, and never where it would stop the controller from making them."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.keda import web
from tests.fakes.scaled import so

from rollouts_router.core.keda.config import GATE_ONLY, WHOLE, Activation, KedaConfig, OnError
from rollouts_router.core.keda.finding import Finding
from rollouts_router.core.keda.gates import (
    Pods,
    canary_pods,
    capacity_gate,
    minds_capacity,
    minds_zero,
    pods_needed,
    zero_gate,
)
from rollouts_router.core.keda.news import Reason, Told
from rollouts_router.core.model import Rollout

FAILED = Told(Reason.UNAVAILABLE, "away")
ZERO = web(replicas=0)


@pytest.mark.parametrize(
    ("rollout", "config", "weight", "expected"),
    [
        (web(), WHOLE, 0, True),
        (web(), GATE_ONLY, 99, True),
        (web(), WHOLE, 100, False),
        (web(max_traffic_weight=1000), WHOLE, 100, True),
        (web(), KedaConfig(activation=Activation.OFF), 0, False),
        (web(is_aborted=True, skips_steps=True), WHOLE, 20, False),
        (web(skips_steps=True), WHOLE, 20, False),
        (web(stable_hash="v2"), WHOLE, 0, False),
    ],
)
def test_zero_counts_on_the_way_up_and_never_at_the_end_or_on_the_way_back(
    rollout: Rollout,
    config: KedaConfig,
    weight: int,
    expected: bool,  # noqa: FBT001 - parametrized
) -> None:
    assert minds_zero(rollout, config, weight) is expected


def test_a_weight_waits_while_keda_has_the_rollout_at_zero() -> None:
    told = zero_gate(ZERO, WHOLE, Finding(managed=so()), None)

    assert told is not None
    assert told.reason is Reason.SCALED_TO_ZERO
    assert zero_gate(web(), WHOLE, Finding(managed=so()), None) is None


def test_when_a_user_pauses_it_at_zero_that_is_what_is_told() -> None:
    told = zero_gate(ZERO, WHOLE, Finding(managed=so(paused_replicas="0")), None)

    assert told is not None
    assert told.reason is Reason.PAUSED_BY_USER


def test_a_rollout_that_somebody_else_keeps_at_zero_goes_on() -> None:
    assert zero_gate(ZERO, WHOLE, Finding(), None) is None
    assert zero_gate(ZERO, WHOLE, Finding((so(), so()), None, Told(Reason.AMBIGUOUS, "two")), None) is None


@pytest.mark.parametrize("finding", [None, Finding(managed=so())])
def test_what_went_wrong_holds_a_weight_only_where_that_is_asked_for(finding: Finding | None) -> None:
    assert zero_gate(web(), WHOLE, finding, FAILED) is None
    assert zero_gate(web(), KedaConfig(on_error=OnError.WAIT), finding, FAILED) is FAILED


def test_a_patch_that_failed_does_not_open_the_gate_at_zero() -> None:
    told = zero_gate(ZERO, WHOLE, Finding(managed=so()), FAILED)

    assert told is not None
    assert told.reason is Reason.SCALED_TO_ZERO


@pytest.mark.parametrize(
    ("rollout", "config", "weight", "expected"),
    [
        (web(), WHOLE, 20, True),
        (web(), WHOLE, 100, True),
        (web(), WHOLE, 0, False),
        (web(), KedaConfig(min_ready_percent=0), 20, False),
        (web(is_aborted=True), WHOLE, 20, False),
        (web(stable_hash="v2"), WHOLE, 20, False),
    ],
)
def test_pods_count_for_a_share_of_a_canary_that_is_not_aborted(
    rollout: Rollout,
    config: KedaConfig,
    weight: int,
    expected: bool,  # noqa: FBT001 - parametrized
) -> None:
    assert minds_capacity(rollout, config, weight) is expected


@pytest.mark.parametrize(
    ("replicas", "weight", "wanted", "percent", "needed"),
    [
        (10, 20, 2, 100, 2),
        (10, 25, 3, 100, 3),  # 2.5 pods are three
        (40, 50, 20, 100, 20),
        (40, 50, 5, 100, 5),  # the ReplicaSet is not asked for more yet
        (10, 50, 5, 50, 3),  # 2.5 again
        (10, 50, 0, 100, 1),  # never none
        (10, 1, 1, 1, 1),
        (10, 100, 2, 100, 1),  # setCanaryScale 2 and setWeight 100: no deadlock
    ],
)
def test_a_share_needs_its_part_of_the_pods_and_no_more_than_the_canary_shall_have(
    replicas: int, weight: int, wanted: int, percent: int, needed: int
) -> None:
    config = KedaConfig(min_ready_percent=percent)

    assert pods_needed(web(replicas=replicas), config, weight, wanted) == needed


def test_with_a_threshold_of_the_rollout_one_pod_is_enough() -> None:
    assert pods_needed(web(replicas=10, has_progress_threshold=True), WHOLE, 50, 5) == 1


@given(
    replicas=st.integers(0, 1000),
    maximum=st.integers(1, 1_000_000),
    share=st.floats(0, 1),
    wanted=st.integers(0, 1000),
    percent=st.integers(1, 100),
)
def test_the_need_is_that_of_exact_arithmetic(
    replicas: int, maximum: int, share: float, wanted: int, percent: int
) -> None:
    weight = int(share * maximum)
    rollout = web(replicas=replicas, max_traffic_weight=maximum)

    needed = pods_needed(rollout, KedaConfig(min_ready_percent=percent), weight, wanted)

    assert 1 <= needed <= max(wanted, 1)
    if weight < maximum:
        pods = min(math.ceil(weight * replicas / maximum), wanted)
        assert abs(needed - max(math.ceil(pods * percent / 100), 1)) <= (needed > 2**50)


@given(st.integers(1, 1000), st.integers(0, 1000), st.integers(1, 100))
def test_at_all_of_the_traffic_one_pod_is_always_enough(available: int, wanted: int, percent: int) -> None:
    config = KedaConfig(min_ready_percent=percent)

    assert capacity_gate(web(replicas=1000), config, 100, Pods(wanted, available)) is None


def test_what_is_missing_is_told_in_numbers() -> None:
    told = capacity_gate(web(replicas=10), WHOLE, 50, Pods(5, 3))

    assert told is not None
    assert told.reason is Reason.CAPACITY_SHORT
    assert "3 pods of the canary are available, and weight 50 of 100 needs 5" in told.sentence
    assert capacity_gate(web(replicas=10), WHOLE, 50, Pods(5, 5)) is None


def test_pods_are_those_of_the_replica_set_that_the_rollout_owns() -> None:
    mine = {
        "metadata": {"ownerReferences": [{"kind": "Rollout", "name": "web", "uid": "r1"}]},
        "spec": {"replicas": 3},
        "status": {"availableReplicas": 2},
    }
    other = {"metadata": {"ownerReferences": [{"uid": "r9"}]}, "spec": {"replicas": 9}}

    assert canary_pods(web(), [other, mine]) == Pods(3, 2)
    assert canary_pods(web(), [other]) == Pods(0, 0)
    assert canary_pods(web(), [{**mine, "spec": {}, "status": {}}]) == Pods(0, 0)
    assert canary_pods(replace(web(), uid=""), [other, mine]) == Pods(3, 2)
