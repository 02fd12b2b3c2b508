"""The other direction of a gob stream: typed values into bytes, definitions in front of first uses.

Writes what we have to say, basic values and structs of them (`records`); slices, maps and interfaces
travel only towards us. Order and zero rules are those of encoding/gob, so the bytes equal Go's.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from rollouts_router.wire.errors import LocalProtocolError
from rollouts_router.wire.gob import scalars
from rollouts_router.wire.gob.limits import MAX_MESSAGE
from rollouts_router.wire.gob.records import Field, Kind, Record, Scalar, StructType, Typed
from rollouts_router.wire.gob.scalars import write_int, write_string, write_uint

_NEXT: Final = b"\x01"
"""A field's delta when no field was left out."""

_END: Final = b"\x00"
"""Ends a struct; also stands in front of a top-level value that is no struct."""

_STRUCT_KIND: Final = b"\x03"
"""The delta that picks StructT among the kinds of a type definition."""


class Encoder:
    """Encodes the values of one stream, in order; each type is defined once, at its first use.

    Ids of our types count up from `first_id`. 65 is taken by every release of Go; 64 is what a current
    one would use itself.
    """

    def __init__(self, first_id: int = 65) -> None:
        self._first_id = first_id
        self._ids: dict[StructType, int] = {}

    def encode(self, *values: Typed) -> bytes:
        """Return the messages for these values, to be sent whole and in the order of the calls.

        Raises LocalProtocolError when a value does not fit its type or is too long; the encoder then is
        as it was before.
        """
        ids = dict(self._ids)
        messages = b"".join([message for typed in values for message in self._messages(typed, ids)])
        self._ids = ids
        return messages

    def _messages(self, typed: Typed, ids: dict[StructType, int]) -> Iterator[bytes]:
        new = [struct for struct in _structs_in(typed.type) if struct not in ids]
        for struct in dict.fromkeys(new):
            ids[struct] = self._first_id + len(ids)
        for struct in dict.fromkeys(new):
            yield _message(write_int(-ids[struct]) + _definition(struct, ids))
        if isinstance(typed.type, StructType):
            yield _message(write_int(ids[typed.type]) + _struct(typed.type, typed.value))
        else:
            yield _message(write_int(typed.type.value) + _END + _scalar(typed.type, typed.value))


def _structs_in(kind: Kind | StructType) -> Iterator[StructType]:
    """Walk the struct types in the order in which gob defines them: parents first, in field order."""
    if isinstance(kind, StructType):
        yield kind
        for field in kind.fields:
            yield from _structs_in(field.type)


def _message(body: bytes) -> bytes:
    if len(body) > MAX_MESSAGE:
        raise LocalProtocolError(f"a message of {len(body)} bytes; at most {MAX_MESSAGE} are sent")
    return write_uint(len(body)) + body


def _definition(struct: StructType, ids: Mapping[StructType, int]) -> bytes:
    """Write a wireType with its StructT set (encoding/gob, type.go), empty parts left out as everywhere."""
    named = _NEXT + write_string(struct.name) + _NEXT if struct.name else write_uint(2)
    common = _NEXT + named + write_int(ids[struct]) + _END
    listed = _NEXT + write_uint(len(struct.fields)) if struct.fields else b""
    fields = b"".join([_field_definition(field, ids) for field in struct.fields])
    return _STRUCT_KIND + common + listed + fields + _END + _END


def _field_definition(field: Field, ids: Mapping[StructType, int]) -> bytes:
    type_id = ids[field.type] if isinstance(field.type, StructType) else field.type.value
    return _NEXT + write_string(field.name) + _NEXT + write_int(type_id) + _END


def _struct(struct: StructType, record: Scalar | Record) -> bytes:
    if not isinstance(record, Mapping):
        raise LocalProtocolError(f"a {type(record).__name__} for the struct {struct.name}")
    if unknown := record.keys() - {field.name for field in struct.fields}:
        raise LocalProtocolError(f"struct {struct.name} has no field {', '.join(sorted(unknown))}")
    written = b""
    last = -1
    for number, field in enumerate(struct.fields):
        if value := _field(field, record.get(field.name)):
            written += write_uint(number - last) + value
            last = number
    return written + _END


def _field(field: Field, value: Scalar | Record | None) -> bytes:
    """Write a field's value; nothing for zero ones, which gob leaves out. Structs are never left out."""
    if isinstance(field.type, StructType):
        return _struct(field.type, {} if value is None else value)
    if value is None:
        return b""
    written = _scalar(field.type, value)
    return written if value else b""


def _scalar(kind: Kind, value: Scalar | Record) -> bytes:
    match kind, value:
        case Kind.BOOL, bool(truth):
            return scalars.write_bool(truth)
        case Kind.STRING, str(text):
            return write_string(text)
        case Kind.BYTES, bytes(data):
            return scalars.write_bytes(data)
        case Kind.FLOAT, float(number):
            return scalars.write_float(number)
        case Kind.COMPLEX, complex() as number:
            return scalars.write_complex(number)
        case ((Kind.INT | Kind.UINT), int(integer)) if not isinstance(value, bool):
            return write_int(integer) if kind is Kind.INT else write_uint(integer)
        case _:
            raise LocalProtocolError(f"a {type(value).__name__} where gob wants {kind.name}")
