"""A record comes back as it was written; nothing that is none of ours is ever acted upon."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.scaled import FORCE, edited, so

from rollouts_router.core.keda.record import HOLD, End, Record, moment, read_record, write_record
from rollouts_router.core.keda.scaled import KEYS

TIMES = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


RECORDS = st.builds(
    lambda keys, prior, **fields: Record(
        uid="u", hash="h", wrote=dict.fromkeys(keys, "true"), prior=dict.fromkeys(keys, prior), **fields
    ),
    st.sets(st.sampled_from(sorted(KEYS))),
    st.sampled_from([None, "false", "0"]),
    rollout=st.text(max_size=253),
    at=TIMES.map(moment),
    last=st.none() | TIMES.map(moment),
    reasserts=st.integers(0, 3),
    end=st.none() | st.sampled_from(End),
)


@given(RECORDS)
def test_a_record_comes_back_as_it_was_written(record: Record) -> None:
    assert read_record(edited(so(), HOLD, write_record(record))) == record


def test_an_object_without_the_annotation_has_no_record() -> None:
    assert read_record(so()) is None


GOOD: dict[str, Any] = {
    "v": 1,
    "rollout": "web",
    "uid": "u",
    "hash": "h",
    "wrote": {FORCE: "true"},
    "prior": {FORCE: None},
    "at": "2026-01-01T00:00:00Z",
}


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        ({"v": 2}, "its form is 2"),
        ({"wrote": {"autoscaling.keda.sh/paused": "true"}, "prior": {"autoscaling.keda.sh/paused": None}}, "never written"),
        ({"prior": {}}, "never written"),
        ({"prior": {FORCE: "true"}}, "would put back what is never replaced"),
        ({"wrote": {FORCE: "false"}}, "would put back what is never replaced"),
        ({"at": "2026-01-01T00:00:00"}, "no zone"),
        ({"last": "2026-01-01T00:00:00"}, "no zone"),
        ({"at": "yesterday"}, "RFC3339"),
        ({"end": "tired"}, "Invalid enum value"),
        ({"rollout": "x" * 5000}, "longer than 4096"),
    ],
)  # fmt: skip
def test_a_record_that_is_none_of_ours_is_named_and_not_taken_on_trust(
    change: dict[str, Any], flaw: str
) -> None:
    assert isinstance(read_record(edited(so(), HOLD, json.dumps(GOOD))), Record)

    found = read_record(edited(so(), HOLD, json.dumps(GOOD | change)))

    assert isinstance(found, str)
    assert flaw in found


@given(st.text())
def test_any_text_is_a_record_or_a_flaw(text: str) -> None:
    assert isinstance(read_record(edited(so(), HOLD, text)), Record | str)
