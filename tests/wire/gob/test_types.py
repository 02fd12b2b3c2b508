"""Type definitions out of decoded wireTypes."""

import pytest

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.gob.limits import MAX_FIELDS, MAX_NAME
from rollouts_router.wire.gob.records import Value
from rollouts_router.wire.gob.types import (
    ArrayDefinition,
    Definition,
    MapDefinition,
    OpaqueDefinition,
    SliceDefinition,
    StructDefinition,
    definition_from,
)

COMMON: Value = {"Name": "T", "Id": 64}


@pytest.mark.parametrize(
    ("wire_type", "definition"),
    [
        ({"ArrayT": {"CommonType": COMMON, "Elem": 2, "Len": 3}}, ArrayDefinition(2, 3)),
        ({"SliceT": {"CommonType": COMMON, "Elem": 65}}, SliceDefinition(65)),
        (
            {"StructT": {"CommonType": COMMON, "Field": [{"Name": "A", "Id": 6}]}},
            StructDefinition((("A", 6),)),
        ),
        ({"MapT": {"CommonType": COMMON, "Key": 6, "Elem": 5}}, MapDefinition(6, 5)),
        ({"GobEncoderT": {"CommonType": COMMON}}, OpaqueDefinition()),
        ({"BinaryMarshalerT": {"CommonType": COMMON}}, OpaqueDefinition()),
        ({"TextMarshalerT": {"CommonType": COMMON}}, OpaqueDefinition()),
    ],
)
def test_each_kind_of_definition(wire_type: Value, definition: Definition) -> None:
    """The seven fields of wireType; names are decoration."""
    assert definition_from(wire_type) == definition


@pytest.mark.parametrize(
    ("wire_type", "definition"),
    [
        ({"ArrayT": {}}, ArrayDefinition(0, 0)),
        ({"SliceT": {}}, SliceDefinition(0)),
        ({"StructT": {}}, StructDefinition(())),
        ({"StructT": {"Field": [{}]}}, StructDefinition((("", 0),))),
        ({"MapT": {}}, MapDefinition(0, 0)),
        ({"GobEncoderT": {}}, OpaqueDefinition()),
    ],
)
def test_what_was_left_out_is_zero(wire_type: Value, definition: Definition) -> None:
    """Type 0 does not exist, but only a value of it is an error."""
    assert definition_from(wire_type) == definition


@pytest.mark.parametrize("wire_type", [{}, {"SliceT": {}, "MapT": {}}])
def test_a_definition_defines_exactly_one_type(wire_type: Value) -> None:
    """None and two are refused."""
    with pytest.raises(RemoteProtocolError, match="exactly one"):
        definition_from(wire_type)


def test_fields_and_their_names_are_limited() -> None:
    """The limits themselves are accepted."""
    largest = definition_from({"StructT": {"Field": [{"Name": "x" * MAX_NAME}] * MAX_FIELDS}})
    assert isinstance(largest, StructDefinition)
    assert len(largest.fields) == MAX_FIELDS
    with pytest.raises(RemoteProtocolError, match="at most 1024"):
        definition_from({"StructT": {"Field": [{}] * (MAX_FIELDS + 1)}})
    with pytest.raises(RemoteProtocolError, match="more than 1024 characters"):
        definition_from({"StructT": {"Field": [{"Name": "x" * (MAX_NAME + 1)}]}})
