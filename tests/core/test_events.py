"""Events as the API takes them: about the Rollout, of a name that is the same for the same sentence, never too long."""

import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import rollout

from rollouts_router.core.events import MAX_MESSAGE, Occurrence, Reason, stamp

NOON = datetime(2024, 3, 5, 12, 0, 1, 999_999, tzinfo=UTC)
# RFC 1123: labels of letters, digits and dashes that begin and end with a letter or digit, joined by dots
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def test_an_event_is_about_the_rollout_as_kubectl_looks_for_it() -> None:
    occurrence = Occurrence(rollout(uid="u-1"), Reason.OVERWRITTEN, "somebody wrote")

    assert occurrence.to_event(NOON) == {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": "shop", "name": occurrence.name()},
        "involvedObject": {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "namespace": "shop",
            "name": "web",
            "uid": "u-1",
        },
        "type": "Warning",
        "reason": "WeightsOverwritten",
        "message": "somebody wrote",
        "source": {"component": "rollouts-router"},
        "reportingComponent": "rollouts-router",
        "firstTimestamp": "2024-03-05T12:00:01Z",
        "lastTimestamp": "2024-03-05T12:00:01Z",
        "count": 1,
    }


def test_without_a_uid_none_is_told() -> None:
    event = Occurrence(rollout(), Reason.RELEASED, "gone").to_event(NOON)
    about = event["involvedObject"]

    assert isinstance(about, dict)
    assert "uid" not in about


def test_the_name_differs_by_rollout_reason_and_sentence_and_by_nothing_else() -> None:
    one = Occurrence(rollout(uid="u"), Reason.RELEASED, "gone")
    others = [
        Occurrence(rollout(uid="v"), Reason.RELEASED, "gone"),
        Occurrence(rollout(uid="u"), Reason.OVERWRITTEN, "gone"),
        Occurrence(rollout(uid="u"), Reason.RELEASED, "gone again"),
    ]

    assert one.name() == Occurrence(rollout(uid="u", step_index=7), Reason.RELEASED, "gone").name()
    assert len({each.name() for each in (one, *others)}) == 4


@given(
    name=st.from_regex(SUBDOMAIN, fullmatch=True).filter(lambda name: len(name) <= 253), sentence=st.text()
)
def test_any_name_of_a_rollout_makes_a_name_that_the_api_takes(name: str, sentence: str) -> None:
    made = Occurrence(rollout(name=name), Reason.RELEASED, sentence).name()

    assert SUBDOMAIN.fullmatch(made)
    assert len(made) <= 253


def test_a_long_name_is_cut_where_a_name_may_end() -> None:
    made = Occurrence(rollout(name="a" * 235 + "-" + "b" * 9), Reason.RELEASED, "gone").name()

    assert SUBDOMAIN.fullmatch(made)
    assert made.startswith("a" * 235 + ".")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=2 * MAX_MESSAGE))
def test_a_message_is_the_sentence_or_as_much_of_it_as_fits(sentence: str) -> None:
    message = Occurrence(rollout(), Reason.RELEASED, sentence).to_event(NOON)["message"]

    assert isinstance(message, str)
    assert len(message.encode()) <= MAX_MESSAGE
    assert message == sentence or (message.endswith("…") and sentence.startswith(message[:-1]))


def test_text_that_is_no_unicode_is_told_as_well_as_it_can_be() -> None:
    occurrence = Occurrence(rollout(), Reason.RELEASED, "a\udc80b")

    assert occurrence.to_event(NOON)["message"] == "a?b"


def test_a_moment_is_told_in_utc() -> None:
    assert stamp(NOON.astimezone(timezone(timedelta(hours=5)))) == "2024-03-05T12:00:01Z"


def test_reasons_are_words_in_camel_case() -> None:
    assert all(re.fullmatch(r"([A-Z][a-z]+)+", reason) for reason in Reason)
