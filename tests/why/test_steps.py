"""Where a Rollout is in its steps."""

import pytest
from observability.objects import rollout, run

from rollouts_router.why.steps import Place, place_now, place_of, place_words


@pytest.mark.parametrize(
    ("index", "weight"), [(0, 5), (1, 5), (2, 5), (3, 25), (4, 25), (5, 25), (6, 50), (7, 50)]
)
def test_the_weight_of_a_step_is_the_last_that_was_set(index: int, weight: int) -> None:
    assert place_of(rollout(), index) == Place(index + 1, 8, weight)


@pytest.mark.parametrize("index", [-1, 8, 9])
def test_there_is_no_step_outside_of_the_list(index: int) -> None:
    assert place_of(rollout(), index) is None


def test_a_step_before_any_weight_has_none() -> None:
    assert str(place_of(rollout(steps=[{"pause": {}}, {"setWeight": 0}]), 0)) == "step 1 of 2"


def test_a_weight_of_nothing_is_a_weight() -> None:
    assert str(place_of(rollout(steps=[{"setWeight": 0}]), 0)) == "step 1 of 1 (weight 0)"


def test_after_an_abort_the_step_is_not_known() -> None:
    assert place_now(rollout(index=0, abort=True)) is None
    assert place_now(rollout(index=3, abort=True)) == Place(4, 8, 25)
    assert place_now({}) is None


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"rollout-type": "Step", "step-index": "4"}, " in step 5 of 8 (weight 25)"),
        ({"rollout-type": "Step", "step-index": "99"}, ""),
        ({"rollout-type": "Step", "step-index": "odd"}, ""),
        ({"rollout-type": "Background"}, " in the background, at step 7 of 8 (weight 50)"),
        ({"rollout-type": "PrePromotion"}, " before the promotion"),
        ({"rollout-type": "PostPromotion"}, " after the promotion"),
        ({}, ""),
    ],
)
def test_a_run_says_where_it_belongs(labels: dict[str, str], words: str) -> None:
    assert place_words(rollout(index=6), run("Failed", [], [], labels=labels)) == words
