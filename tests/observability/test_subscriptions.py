"""The chart subscribes a Rollout to the triggers that there are."""

from typing import Any

import pytest
from observability.notifications.occasions import OCCASIONS
from tests.charts.rendering import RefusedError, render

PREFIX = "notifications.argoproj.io/subscribe."


def annotations(**notifications: object) -> dict[str, Any]:
    values = {"image": "shop:1", "port": 8080, "host": "shop.example.com", "gates": {"provider": "none"}}
    found = render({**values, "notifications": notifications}).one("Rollout")["metadata"]
    return dict(found.get("annotations") or {})


def test_nobody_is_told_unless_somebody_asks() -> None:
    assert annotations() == {}


def test_a_channel_hears_of_everything() -> None:
    assert annotations(slack={"channel": "#deploys"}) == {
        f"{PREFIX}{each.trigger}.slack": "#deploys" for each in OCCASIONS
    }


def test_a_webhook_has_no_recipient_and_some_events_are_enough() -> None:
    assert annotations(webhook={"enabled": True}, events=["aborted"]) == {
        f"{PREFIX}on-rollout-aborted.webhook": ""
    }


def test_the_time_of_the_commit_is_kept() -> None:
    given = annotations(commitTime="2026-03-02T10:15:00+01:00")
    assert given == {"delivery.rollouts-router/commit-time": "2026-03-02T10:15:00+01:00"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"slak": {}}, "notifications.slak is not known"),
        ({"events": ["abort"]}, "abort is none of aborted, analysis-error"),
        ({"commitTime": "yesterday"}, "yesterday is no time such as"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, object], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        annotations(**given)
