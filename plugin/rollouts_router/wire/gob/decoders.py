"""From type definitions to functions that decode values of them: one closure a type, made at first use.

A decode function takes (data, position, depth) and returns (value, next position). The data are whole
messages; where they end and what follows them is the business of `reader`. Nothing here recurses while
it builds: a struct's fields are linked when they first carry a value, so cyclic types cost nothing and
types that are never used are never built. Depth and number of values are bounded (`limits`).
"""

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.gob import scalars
from rollouts_router.wire.gob.limits import (
    MAX_DEFINITIONS,
    MAX_DEPTH,
    MAX_FIELDS_ON_STREAM,
    MAX_VALUES,
)
from rollouts_router.wire.gob.records import Kind, Scalar, Value
from rollouts_router.wire.gob.types import (
    BOOTSTRAP,
    FIRST_USER_ID,
    INTERFACE_ID,
    ArrayDefinition,
    Definition,
    MapDefinition,
    OpaqueDefinition,
    SliceDefinition,
    StructDefinition,
)

Decode: TypeAlias = Callable[[bytes, int, int], tuple[Value, int]]
_DecodeKey: TypeAlias = Callable[[bytes, int, int], tuple[Scalar, int]]

_SCALARS: Final[dict[int, _DecodeKey]] = {
    Kind.BOOL.value: scalars.read_bool,
    Kind.INT.value: scalars.read_int,
    Kind.UINT.value: scalars.read_uint,
    Kind.FLOAT.value: scalars.read_float,
    Kind.BYTES.value: scalars.read_bytes,
    Kind.STRING.value: scalars.read_string,
    Kind.COMPLEX.value: scalars.read_complex,
}


class TypeTable:
    """All types of one stream and direction, and a budget of values that the reader renews."""

    def __init__(self, read_interface: Decode) -> None:
        self._definitions: dict[int, Definition] = dict(BOOTSTRAP)
        self._decoders: dict[int, Decode] = {**_SCALARS, INTERFACE_ID: read_interface}
        self._field_count = 0
        self.budget = MAX_VALUES

    def define(self, type_id: int, definition: Definition) -> None:
        """Add a type; raise RemoteProtocolError for an id that is reserved or taken, or past a limit."""
        if type_id < FIRST_USER_ID:
            raise RemoteProtocolError(
                f"a definition of type {type_id}; ids below {FIRST_USER_ID} are reserved"
            )
        if type_id in self._definitions:
            raise RemoteProtocolError(f"type {type_id} is defined twice")
        if len(self._definitions) - len(BOOTSTRAP) >= MAX_DEFINITIONS:
            raise RemoteProtocolError(f"more than {MAX_DEFINITIONS} type definitions on one stream")
        self._field_count += _fields_of(definition)
        if self._field_count > MAX_FIELDS_ON_STREAM:
            raise RemoteProtocolError(f"more than {MAX_FIELDS_ON_STREAM} struct fields on one stream")
        self._definitions[type_id] = definition

    def forget(self, type_ids: Iterable[int]) -> None:
        """Take back definitions whose message will be read again."""
        for type_id in type_ids:
            self._field_count -= _fields_of(self._definitions.pop(type_id))
            self._decoders.pop(type_id, None)

    def is_struct(self, type_id: int) -> bool:
        """Tell whether values of the type start with their fields, without a leading zero byte."""
        return isinstance(self._definitions.get(type_id), StructDefinition)

    def decoder(self, type_id: int) -> Decode:
        """Return the decode function of a type; raise RemoteProtocolError for an undefined one."""
        decode = self._decoders.get(type_id)
        if decode is None:
            definition = self._definitions.get(type_id)
            if definition is None:
                raise RemoteProtocolError(f"a value of type {type_id}, which is not defined")
            decode = self._decoders[type_id] = self._build(definition)
        return decode

    def enter(self, count: int, depth: int) -> None:
        """Account for a container of `count` elements, `depth` levels down.

        The count is not held against the bytes that are left: as in Go, interfaces among the elements may
        go on in messages still to come. Nothing is made before its bytes are read, so none is needed.
        """
        if depth > MAX_DEPTH:
            raise RemoteProtocolError(f"values nested more than {MAX_DEPTH} deep")
        self.spend(count)

    def spend(self, count: int) -> None:
        """Take `count` values off the budget."""
        self.budget -= count
        if self.budget < 0:
            raise RemoteProtocolError(f"one value made of more than {MAX_VALUES} values")

    def _build(self, definition: Definition) -> Decode:
        match definition:
            case StructDefinition(fields):
                return self._struct(fields)
            case SliceDefinition(element):
                return self._slice(element)
            case ArrayDefinition(element, length):
                return self._array(element, length)
            case MapDefinition(key, element):
                return self._map(key, element)
            case OpaqueDefinition():
                return scalars.read_bytes

    def _struct(self, types: tuple[tuple[str, int], ...]) -> Decode:
        fields: list[tuple[str, Decode]] = []
        for number, (name, type_id) in enumerate(types):
            fields.append((name, _SCALARS.get(type_id) or self._link(fields, number, type_id)))
        count = len(fields)
        spend = self.spend

        def decode_struct(data: bytes, position: int, depth: int) -> tuple[Value, int]:
            if depth > MAX_DEPTH:
                raise RemoteProtocolError(f"values nested more than {MAX_DEPTH} deep")
            value: dict[Scalar, Value] = {}
            number = -1
            depth += 1
            while delta := data[position]:
                position += 1
                if delta > 127:
                    delta, position = _long_delta(data, position - 1)
                number += delta
                if number >= count:
                    raise RemoteProtocolError(f"field {number} of a struct that has {count} fields")
                name, decode = fields[number]
                value[name], position = decode(data, position, depth)
            spend(len(value) + 1)
            return value, position + 1

        return decode_struct

    def _link(self, fields: list[tuple[str, Decode]], number: int, type_id: int) -> Decode:
        def decode_first(data: bytes, position: int, depth: int) -> tuple[Value, int]:
            decode = self.decoder(type_id)
            fields[number] = (fields[number][0], decode)
            return decode(data, position, depth)

        return decode_first

    def _slice(self, element: int) -> Decode:
        def decode_slice(data: bytes, position: int, depth: int) -> tuple[Value, int]:
            count, position = scalars.read_uint(data, position)
            self.enter(count, depth)
            return self._elements(element, count, data, position, depth)

        return decode_slice

    def _array(self, element: int, length: int) -> Decode:
        def decode_array(data: bytes, position: int, depth: int) -> tuple[Value, int]:
            count, position = scalars.read_uint(data, position)
            self.enter(count, depth)
            if count != length:
                raise RemoteProtocolError(f"{count} elements for an array of {length}")
            return self._elements(element, count, data, position, depth)

        return decode_array

    def _elements(
        self, element: int, count: int, data: bytes, position: int, depth: int
    ) -> tuple[Value, int]:
        decode = self.decoder(element)
        depth += 1
        values: list[Value] = []
        for _ in range(count):
            value, position = decode(data, position, depth)
            values.append(value)
        return values, position

    def _map(self, key: int, element: int) -> Decode:
        def decode_map(data: bytes, position: int, depth: int) -> tuple[Value, int]:
            count, position = scalars.read_uint(data, position)
            self.enter(2 * count, depth)
            decode_key = _key_decoder(key)
            decode = self.decoder(element)
            values: dict[Scalar, Value] = {}
            for _ in range(count):
                name, position = decode_key(data, position, depth)
                values[name], position = decode(data, position, depth + 1)
            return values, position

        return decode_map


def _key_decoder(type_id: int) -> _DecodeKey:
    decode = _SCALARS.get(type_id)
    if decode is None:
        raise RemoteProtocolError(f"a map with keys of type {type_id}; only basic types can be keys here")
    return decode


def _fields_of(definition: Definition) -> int:
    return len(definition.fields) if isinstance(definition, StructDefinition) else 0


def _long_delta(data: bytes, position: int) -> tuple[int, int]:
    delta, position = scalars.read_uint(data, position)
    if delta == 0:
        raise RemoteProtocolError("a struct's end that is not one zero byte")
    return delta, position
