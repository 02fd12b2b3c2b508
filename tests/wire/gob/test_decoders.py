"""Values of defined types, as far as a hostile peer can bend them. Good values are in test_golden."""

from collections.abc import Callable

import pytest
from tests.wire.bounds import allocates_at_most

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.gob import limits
from rollouts_router.wire.gob.decoders import TypeTable
from rollouts_router.wire.gob.records import Value
from rollouts_router.wire.gob.scalars import write_uint
from rollouts_router.wire.gob.types import (
    ArrayDefinition,
    Definition,
    MapDefinition,
    OpaqueDefinition,
    SliceDefinition,
    StructDefinition,
)

INT, STRING = 2, 6
EMPTY = StructDefinition(())


def table(**definitions: Definition) -> TypeTable:
    """Make a table with the types t64, t65 and so on."""

    def no_interfaces(data: bytes, position: int, depth: int) -> tuple[Value, int]:
        raise AssertionError((data, position, depth))

    types = TypeTable(no_interfaces)
    for name, definition in definitions.items():
        types.define(int(name[1:]), definition)
    return types


def decode(data: bytes, **definitions: Definition) -> Value:
    """Decode a value of type 64."""
    value, end = table(**definitions).decoder(64)(data, 0, 0)
    assert end == len(data)
    return value


def test_fields_that_are_not_there_are_not_in_the_value() -> None:
    """The reader gives what was sent; zeros are the consumer's to assume."""
    fields = StructDefinition((("A", INT), ("B", STRING), ("C", INT)))

    assert decode(bytes.fromhex("02 01 62 01 04 00"), t64=fields) == {"B": "b", "C": 2}
    assert decode(b"\x00", t64=fields) == {}


def test_a_field_far_down_is_reached_by_a_long_delta() -> None:
    """Deltas of 128 and more take two bytes or more."""
    fields = StructDefinition(tuple([(f"F{i}", INT) for i in range(300)]))

    assert decode(bytes.fromhex("01 02 fe012b 04 00"), t64=fields) == {"F0": 1, "F299": 2}


def test_a_type_may_be_used_before_the_types_of_its_unused_fields_are_known() -> None:
    """Definitions may come later; a value of an undefined type is the error."""
    fields = StructDefinition((("A", 99), ("B", INT)))

    assert decode(bytes.fromhex("02 02 00"), t64=fields) == {"B": 1}
    with pytest.raises(RemoteProtocolError, match="type 99, which is not defined"):
        decode(bytes.fromhex("01 02 00"), t64=fields)


@pytest.mark.parametrize(
    ("data", "definition", "complaint"),
    [
        ("03 02 00", StructDefinition((("A", INT), ("B", INT))), "field 2 of a struct that has 2 fields"),
        ("f8ffffffffffffffff 00", StructDefinition((("A", INT),)), "of a struct that has 1 fields"),
        ("ff00 00", StructDefinition((("A", INT),)), "not one zero byte"),
        ("f8ffffffffffffffff 02", SliceDefinition(INT), "more than 1000000 values"),
        ("fc80000000 02", MapDefinition(INT, INT), "more than 1000000 values"),
        ("fc7fffffff 02", ArrayDefinition(INT, (1 << 31) - 1), "more than 1000000 values"),
        ("02 02 04", ArrayDefinition(INT, 3), "2 elements for an array of 3"),
        ("01 61", ArrayDefinition(INT, -1), "1 elements for an array of -1"),
        ("01 00 02", MapDefinition(64, INT), "only basic types can be keys"),
        ("01 00 02", MapDefinition(8, INT), "only basic types can be keys"),
        ("01 00", SliceDefinition(0), "type 0, which is not defined"),
        ("01 00", MapDefinition(INT, 77), "type 77, which is not defined"),
        ("05 61", OpaqueDefinition(), "5 bytes runs past"),
    ],
)
def test_values_that_do_not_fit_their_type_are_refused(
    data: str, definition: Definition, complaint: str
) -> None:
    """With a sentence, and before anything of the announced size is made."""
    with allocates_at_most(30_000), pytest.raises(RemoteProtocolError, match=complaint):
        decode(bytes.fromhex(data), t64=definition)


@pytest.mark.parametrize(
    ("definition", "step"),
    [
        (SliceDefinition(64), b"\x01"),
        (ArrayDefinition(64, 1), b"\x01"),
        (MapDefinition(INT, 64), b"\x01\x02"),
        (StructDefinition((("Next", 64),)), b"\x01"),
    ],
)
def test_values_may_nest_64_deep_and_no_deeper(definition: Definition, step: bytes) -> None:
    """Types that contain themselves are legal; ten thousand levels of them do not reach Python's limit."""
    if not isinstance(definition, ArrayDefinition):  # an array of itself has no innermost value
        end = b"\x00" * (limits.MAX_DEPTH + 1 if isinstance(definition, StructDefinition) else 1)
        assert decode(step * limits.MAX_DEPTH + end, t64=definition)
    for levels in (limits.MAX_DEPTH + 1, 10_000):
        with pytest.raises(RemoteProtocolError, match="more than 64 deep"):
            decode(step * levels + b"\x00", t64=definition)


@pytest.mark.parametrize(
    "definition", [SliceDefinition(INT), MapDefinition(INT, INT), ArrayDefinition(INT, 400_000)]
)
def test_announced_elements_that_do_not_come_are_not_made(definition: Definition) -> None:
    """A count within the budget, and one element: the end of the bytes ends it."""
    with allocates_at_most(30_000), pytest.raises(IndexError):
        decode(write_uint(400_000) + b"\x02", t64=definition)


def test_a_bomb_of_empty_structs_is_refused_before_it_is_made() -> None:
    """One byte on the wire would become a dict; eight million bytes half a gigabyte."""
    data = write_uint(7_000_000) + bytes(7_000_000)

    with allocates_at_most(30_000), pytest.raises(RemoteProtocolError, match="more than 1000000 values"):
        decode(data, t64=SliceDefinition(65), t65=EMPTY)


def test_the_budget_counts_the_fields_of_structs_too() -> None:
    """A table whose budget is nearly used up, so that the test need not build a million values."""
    types = table(t64=StructDefinition((("A", INT), ("B", INT))))
    types.budget = 3
    types.decoder(64)(bytes.fromhex("01 02 01 02 00"), 0, 0)

    assert types.budget == 0
    with pytest.raises(RemoteProtocolError, match="values"):
        types.decoder(64)(b"\x00", 0, 0)


@pytest.mark.parametrize("type_id", [0, 1, 8, 16, 63])
def test_the_ids_of_gobs_own_types_cannot_be_defined(type_id: int) -> None:
    """Ids below 64 are reserved."""
    with pytest.raises(RemoteProtocolError, match="reserved"):
        table().define(type_id, EMPTY)


def test_a_type_is_defined_once() -> None:
    """Also when it is the same again."""
    with pytest.raises(RemoteProtocolError, match="type 64 is defined twice"):
        table(t64=EMPTY).define(64, EMPTY)


def _many(definition: Definition) -> Callable[[], None]:
    types = table()
    ids = iter(range(64, 10_000))
    return lambda: types.define(next(ids), definition)


def test_definitions_on_one_stream_are_limited() -> None:
    """4096, and not one more."""
    define = _many(EMPTY)
    for _ in range(limits.MAX_DEFINITIONS):
        define()

    with pytest.raises(RemoteProtocolError, match="more than 4096"):
        define()


def test_fields_on_one_stream_are_limited() -> None:
    """Sixty-four structs of the largest size, and not one field more."""
    define = _many(StructDefinition((("F", INT),) * limits.MAX_FIELDS))
    for _ in range(limits.MAX_FIELDS_ON_STREAM // limits.MAX_FIELDS):
        define()

    with pytest.raises(RemoteProtocolError, match="more than 65536"):
        define()


def test_what_is_forgotten_can_be_defined_again() -> None:
    """Definitions and fields go back to their limits."""
    types = table(t64=StructDefinition((("A", INT),)))
    types.decoder(64)
    types.forget([64])

    types.define(64, EMPTY)
    assert types.decoder(64)(b"\x00", 0, 0) == ({}, 1)
