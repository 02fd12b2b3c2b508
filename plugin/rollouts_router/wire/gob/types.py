"""Type definitions as the peer sends them, and the bootstrap types that describe definitions themselves.

Only what a type is; how its values are decoded is `decoders`, how ours are described is `writer`.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.gob.limits import MAX_FIELDS, MAX_NAME
from rollouts_router.wire.gob.records import Kind, Scalar, Value

INTERFACE_ID: Final = 8
"""The id of every interface type."""

WIRE_TYPE_ID: Final = 16
"""The id of a type definition's own type."""

FIRST_USER_ID: Final = 64
"""Smaller ids belong to gob. Go up to 1.19 starts at 65, later ones at 64."""


@dataclass(frozen=True, slots=True)
class StructDefinition:
    """A struct: the name and the type id of each field, in order of their numbers."""

    fields: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SliceDefinition:
    """A slice, by the type id of its elements."""

    element: int


@dataclass(frozen=True, slots=True)
class ArrayDefinition:
    """An array, by the type id of its elements and their number."""

    element: int
    length: int


@dataclass(frozen=True, slots=True)
class MapDefinition:
    """A map, by the type ids of its keys and elements."""

    key: int
    element: int


@dataclass(frozen=True, slots=True)
class OpaqueDefinition:
    """A type that encodes itself (GobEncoder, BinaryMarshaler, TextMarshaler): bytes to us."""


Definition: TypeAlias = (
    StructDefinition | SliceDefinition | ArrayDefinition | MapDefinition | OpaqueDefinition
)

_INT: Final = Kind.INT.value
_STRING: Final = Kind.STRING.value

BOOTSTRAP: Final[dict[int, Definition]] = {
    WIRE_TYPE_ID: StructDefinition(
        (
            ("ArrayT", 17),
            ("SliceT", 19),
            ("StructT", 20),
            ("MapT", 23),
            ("GobEncoderT", 24),
            ("BinaryMarshalerT", 24),
            ("TextMarshalerT", 24),
        )
    ),
    17: StructDefinition((("CommonType", 18), ("Elem", _INT), ("Len", _INT))),
    18: StructDefinition((("Name", _STRING), ("Id", _INT))),
    19: StructDefinition((("CommonType", 18), ("Elem", _INT))),
    20: StructDefinition((("CommonType", 18), ("Field", 22))),
    21: StructDefinition((("Name", _STRING), ("Id", _INT))),
    22: SliceDefinition(21),
    23: StructDefinition((("CommonType", 18), ("Key", _INT), ("Elem", _INT))),
    24: StructDefinition((("CommonType", 18),)),
}
"""The types that definitions are written in (encoding/gob, type.go); both sides know them by heart."""

_Fields: TypeAlias = dict[Scalar, Value]


def definition_from(value: Value) -> Definition:
    """Make a definition of a decoded wireType; raise RemoteProtocolError when it defines nothing or too much.

    Names and ids inside CommonType are decoration and are dropped. A missing Elem, Key or Id is type 0,
    which is an error only once it is used.
    """
    wire_type = cast("_Fields", value)
    if len(wire_type) != 1:
        raise RemoteProtocolError(
            f"a type definition of {len(wire_type)} kinds at once; it must be exactly one"
        )
    ((kind, body),) = wire_type.items()
    fields = cast("_Fields", body)
    match kind:
        case "StructT":
            return _struct_from(cast("list[_Fields]", fields.get("Field", [])))
        case "SliceT":
            return SliceDefinition(_integer(fields, "Elem"))
        case "ArrayT":
            return ArrayDefinition(_integer(fields, "Elem"), _integer(fields, "Len"))
        case "MapT":
            return MapDefinition(_integer(fields, "Key"), _integer(fields, "Elem"))
        case _:
            return OpaqueDefinition()


def _struct_from(fields: list[_Fields]) -> StructDefinition:
    if len(fields) > MAX_FIELDS:
        raise RemoteProtocolError(f"a struct type of {len(fields)} fields; at most {MAX_FIELDS} are accepted")
    pairs = tuple([(cast("str", field.get("Name", "")), _integer(field, "Id")) for field in fields])
    if any(len(name) > MAX_NAME for name, _ in pairs):
        raise RemoteProtocolError(f"a field name of more than {MAX_NAME} characters")
    return StructDefinition(pairs)


def _integer(fields: _Fields, name: str) -> int:
    return cast("int", fields.get(name, 0))
