"""Which labels a selector means."""

import pytest
from tests.lint.manifest_text import Json

from rollouts_router.lint.checks.selecting import selects

LABELS = {"app": "shop", "tier": "web"}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({}, True),
        ({"matchLabels": {"app": "shop"}}, True),
        ({"MATCHLABELS": {"app": "other"}}, False),
        ({"matchLabels": {"app": "shop", "more": "x"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["shop", "x"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["shop"]}]}, False),
        ({"matchExpressions": [{"key": "other", "operator": "NotIn", "values": ["shop"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_all_of_a_selector_has_to_hold(selector: Json, *, expected: bool) -> None:
    assert selects(selector, LABELS) is expected
