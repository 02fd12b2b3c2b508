"""When a canary is in progress, by the revisions, the abort and the weight of one call."""

import pytest
from tests.fakes.keda import web

from rollouts_router.core.keda.canary import in_canary


@pytest.mark.parametrize(
    ("stable", "current", "is_aborted", "weight", "expected"),
    [
        ("", "", False, 50, False),
        ("", "v1", False, 50, False),
        ("v1", "", False, 50, False),
        ("v1", "v2", False, 0, True),
        ("v1", "v2", False, 100, True),
        ("v1", "v2", True, 50, True),
        ("v1", "v2", True, 0, False),
        ("v2", "v2", False, 0, False),
        ("v2", "v2", False, 20, True),
        ("v2", "v2", True, 20, True),
    ],
)
def test_a_canary_lasts_from_a_new_revision_to_the_weight_of_zero_after_its_end(
    stable: str,
    current: str,
    is_aborted: bool,  # noqa: FBT001 - parametrized
    weight: int,
    expected: bool,  # noqa: FBT001 - parametrized
) -> None:
    rollout = web(stable_hash=stable, current_hash=current, is_aborted=is_aborted)

    assert in_canary(rollout, weight) is expected
