"""Replies as JSON documents."""

from typing import Any

from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.client.documents import document
from rollouts_router.v1 import traffic_router_pb2 as v1

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=10,
)


@given(given_=st.dictionaries(st.text(), JSON, max_size=3))
def test_every_value_is_shown_as_it_was_and_whole_numbers_as_such(given_: dict[str, Any]) -> None:
    struct = Struct()
    struct.update(given_)

    shown = document(struct)

    assert shown == given_
    assert not any(isinstance(each, float) and each.is_integer() for each in _leaves(shown))


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in _leaves(each)]
    return [leaf for each in value for leaf in _leaves(each)] if isinstance(value, list) else [value]


def test_a_field_that_has_its_default_is_there_too() -> None:
    shown = document(v1.Outcome(changed=1))

    assert shown == {
        "changed": 1,
        "unchanged": 0,
        "released": 0,
        "leftAlone": 0,
        "routes": [],
        "routesOmitted": 0,
        "warnings": [],
    }
