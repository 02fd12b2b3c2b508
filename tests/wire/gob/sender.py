"""A whole gob encoder for tests: everything Go can send to us, which our own writer cannot.

It follows encoding/gob's encoder.go step by step, numbers its types in Go's order, and is itself proved
by `test_golden`: its bytes equal Go's. Types are `Kind`, `StructType` and the classes below.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rollouts_router.wire.gob import scalars
from rollouts_router.wire.gob.records import Kind, StructType


@dataclass(frozen=True, slots=True)
class Struct:
    """A struct that may have any types inside."""

    name: str
    fields: tuple[tuple[str, "Type"], ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice; unnamed, as all of them are in what we receive, unless Go has named it."""

    element: "Type"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Array:
    """An array."""

    element: "Type"
    length: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Map:
    """A map."""

    key: Kind
    element: "Type"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Opaque:
    """A type that encodes itself: field 4 of wireType is GobEncoder, 5 BinaryMarshaler, 6 TextMarshaler.

    `wrapped` is another type that Go defines along with it, though no value refers to it.
    """

    name: str
    kind: int = 4
    wrapped: "Opaque | None" = None


@dataclass(frozen=True, slots=True)
class AnyType:
    """An interface type."""


@dataclass(frozen=True, slots=True)
class Later:
    """A struct type by its name, for types that refer to themselves."""

    name: str


@dataclass(frozen=True, slots=True)
class Boxed:
    """A value inside an interface."""

    name: str
    type: "Type"
    value: object


ANY = AnyType()
Type: TypeAlias = Kind | StructType | Struct | Slice | Array | Map | Opaque | AnyType | Later
_Named: TypeAlias = StructType | Struct | Slice | Array | Map | Opaque


def struct(name: str, **fields: Type) -> Struct:
    """Make a struct type."""
    return Struct(name, tuple(fields.items()))


def fields_of(kind: StructType | Struct) -> list[tuple[str, Type]]:
    """Return a struct's fields as pairs."""
    return [field if isinstance(field, tuple) else (field.name, field.type) for field in kind.fields]


def message(body: bytes) -> bytes:
    """Put its length in front of a message."""
    return scalars.write_uint(len(body)) + body


class Sender:
    """The sending side of one stream."""

    def __init__(self, first_id: int = 64) -> None:
        self._next = first_id
        self._ids: dict[str, int] = {}
        self._sent: set[str] = set()

    def encode(self, kind: Type, value: object) -> bytes:
        """Return the messages for one value."""
        output, buffer = bytearray(), bytearray()
        self._define(kind, output, buffer)
        buffer += scalars.write_int(self.id_of(kind))
        self._top(kind, value, buffer, output)
        return bytes(output) + message(bytes(buffer))

    def id_of(self, kind: Type) -> int:
        """Return the type's id; a struct's comes before those of its parts, a container's after."""
        match kind:
            case Kind():
                return int(kind.value)
            case AnyType():
                return 8
            case Later(name):
                return self._ids[name]
        key = _key(kind)
        if key not in self._ids:
            self._assign(kind, key)
        return self._ids[key]

    def _assign(self, kind: _Named, key: str) -> None:
        late = isinstance(kind, Slice | Array | Map)
        if not late:
            self._take(key)
        for part in _parts(kind):
            self.id_of(part)
        if late:
            self._take(key)

    def _take(self, key: str) -> None:
        self._ids[key] = self._next
        self._next += 1

    def _define(self, kind: Type, output: bytearray, buffer: bytearray) -> None:
        """Send definitions: the first one takes along what the buffer holds so far (sendActualType)."""
        if isinstance(kind, Kind | AnyType | Later):
            return
        type_id = self.id_of(kind)
        if (key := _key(kind)) in self._sent:
            return
        self._sent.add(key)
        buffer += scalars.write_int(-type_id) + self._wire_type(kind, type_id)
        output += message(bytes(buffer))
        buffer.clear()
        for part in _parts(kind):
            self._define(part, output, buffer)
        if isinstance(kind, Opaque) and kind.wrapped is not None:
            self._define(kind.wrapped, output, buffer)

    def _wire_type(self, kind: _Named, type_id: int) -> bytes:
        common = _record({0: kind.name and scalars.write_string(kind.name), 1: scalars.write_int(type_id)})
        match kind:
            case Array(element, length):
                return _record({0: _record({0: common, 1: self._id(element), 2: scalars.write_int(length)})})
            case Slice(element):
                return _record({1: _record({0: common, 1: self._id(element)})})
            case StructType() | Struct():
                fields = [_record({0: scalars.write_string(n), 1: self._id(t)}) for n, t in fields_of(kind)]
                listed = scalars.write_uint(len(fields)) + b"".join(fields) if fields else b""
                return _record({2: _record({0: common, 1: listed})})
            case Map(key, element):
                return _record({3: _record({0: common, 1: self._id(key), 2: self._id(element)})})
            case Opaque(_, field):
                return _record({field: _record({0: common})})

    def _id(self, kind: Type) -> bytes:
        return scalars.write_int(self.id_of(kind))

    def _top(self, kind: Type, value: object, buffer: bytearray, output: bytearray) -> None:
        if not isinstance(kind, StructType | Struct | Later):
            buffer += b"\x00"
        self._write(kind, value, buffer, output)

    def _write(self, kind: Type, value: object, buffer: bytearray, output: bytearray) -> None:
        match kind:
            case StructType() | Struct():
                self._write_struct(kind, value, buffer, output)
            case Later(name):
                self._write_struct(_BY_NAME[name], value, buffer, output)
            case AnyType():
                self._write_interface(value, buffer, output)
            case Slice(element) | Array(element):
                self._write_elements(element, value, buffer, output)
            case Map(key, element):
                self._write_map(key, element, value, buffer, output)
            case _:
                buffer += basic(kind, value)

    def _write_elements(self, element: Type, value: object, buffer: bytearray, output: bytearray) -> None:
        assert isinstance(value, Sequence)
        buffer += scalars.write_uint(len(value))
        for item in value:
            self._write(element, item, buffer, output)

    def _write_map(
        self, key: Kind, element: Type, value: object, buffer: bytearray, output: bytearray
    ) -> None:
        assert isinstance(value, Mapping)
        buffer += scalars.write_uint(len(value))
        for name, item in value.items():
            buffer += basic(key, name)
            self._write(element, item, buffer, output)

    def _write_struct(
        self, kind: StructType | Struct, value: object, buffer: bytearray, output: bytearray
    ) -> None:
        assert isinstance(value, Mapping)
        last = -1
        for number, (name, field) in enumerate(fields_of(kind)):
            content = value.get(name, _absent(field))
            if content is None or left_out(field, content):
                continue
            buffer += scalars.write_uint(number - last)
            self._write(field, content, buffer, output)
            last = number
        buffer += b"\x00"

    def _write_interface(self, value: object, buffer: bytearray, output: bytearray) -> None:
        if value is None:
            buffer += b"\x00"
            return
        assert isinstance(value, Boxed)
        buffer += scalars.write_string(value.name)
        self._define(value.type, output, buffer)
        buffer += self._id(value.type)
        data = bytearray()
        self._top(value.type, value.value, data, buffer)
        buffer += message(bytes(data))


_BY_NAME: dict[str, Struct] = {}


def recursive(kind: Struct) -> Struct:
    """Register a struct type that refers to itself with `Later`."""
    _BY_NAME[kind.name] = kind
    return kind


def basic(kind: Type, value: object) -> bytes:
    """Write a value that has no parts."""
    match kind, value:
        case Kind.BOOL, bool():
            return scalars.write_bool(value)
        case ((Kind.INT | Kind.UINT), int()):
            return scalars.write_int(value) if kind is Kind.INT else scalars.write_uint(value)
        case Kind.FLOAT, float():
            return scalars.write_float(value)
        case Kind.COMPLEX, complex():
            return scalars.write_complex(value)
        case Kind.STRING, str():
            return scalars.write_string(value)
        case ((Kind.BYTES | Opaque()), bytes()):
            return scalars.write_bytes(value)
    raise AssertionError(f"{value!r} is no {kind}")


def left_out(kind: Type, value: object) -> bool:
    """Tell whether gob omits a field of this value; None stands for nil pointers and maps."""
    match kind:
        case StructType() | Struct() | Array() | Map() | Later():
            return False
        case AnyType():
            return value is None
        case _:
            return not value


def _absent(kind: Type) -> object:
    """Give the value of a field that the test does not mention."""
    match kind:
        case StructType() | Struct():
            return {}
        case Array(element, length):
            return [0 if isinstance(element, Kind) else {}] * length
        case _:
            return None


def _parts(kind: _Named) -> Iterator[Type]:
    match kind:
        case StructType() | Struct():
            yield from (field for _, field in fields_of(kind))
        case Slice(element) | Array(element):
            yield element
        case Map(key, element):
            yield key
            yield element


def _key(kind: _Named) -> str:
    return kind.name if isinstance(kind, Struct | StructType) and kind.name else repr(kind)


def _record(fields: dict[int, bytes | str]) -> bytes:
    """Write a struct by field numbers, leaving out empty ones."""
    written, last = b"", -1
    for number, value in fields.items():
        if value:
            assert isinstance(value, bytes)
            written += scalars.write_uint(number - last) + value
            last = number
    return written + b"\x00"
