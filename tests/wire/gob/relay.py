"""Sends on what a stream held, under other type ids and with fields that nobody knows.

It reads with our reader and writes with the tests' `Sender`, so a stream that Go wrote becomes one that
another process, or a later release, would have written with the same content.
"""

from collections.abc import Iterator

from tests.wire.gob.sender import ANY, Array, Boxed, Map, Opaque, Sender, Slice, Struct, Type

from rollouts_router.wire.gob.reader import Decoder, Waiting
from rollouts_router.wire.gob.records import Interface, Kind, Value
from rollouts_router.wire.gob.types import (
    ArrayDefinition,
    MapDefinition,
    OpaqueDefinition,
    SliceDefinition,
    StructDefinition,
)

UNKNOWN = "Unheard"
"""Fields whose names begin like this are the inserted ones."""

_KIN = Struct("UnheardKin", (("Text", Kind.STRING), ("Parts", Slice(Kind.INT))))
_FIRST: tuple[tuple[str, Type], ...] = ((UNKNOWN + "Number", Kind.INT), (UNKNOWN + "Thing", ANY))
_LAST: tuple[tuple[str, Type], ...] = ((UNKNOWN + "Kin", _KIN),)
_NEWS = {
    UNKNOWN + "Number": 7,
    UNKNOWN + "Thing": Boxed("Kin", _KIN, {"Text": "t"}),
    UNKNOWN + "Kin": {"Parts": [1, 2]},
}


class _Spy(Decoder):
    """A decoder that remembers the types of top-level values, and of those in interfaces, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tops: list[int] = []
        self.boxed: list[int] = []

    def _read_top(self, type_id: int, data: bytes, position: int, depth: int) -> tuple[Value, int]:
        (self.tops if depth == 0 else self.boxed).append(type_id)
        return super()._read_top(type_id, data, position, depth)


class Relay:
    """Rewrites one stream."""

    def __init__(self, *, first_id: int, unknown_fields: bool) -> None:
        self._spy = _Spy()
        self._sender = Sender(first_id)
        self._unknown_fields = unknown_fields

    def rewrite(self, stream: bytes) -> bytes:
        """Return the stream with the same values and other bytes."""
        self._spy.receive(stream)
        return b"".join(self._messages())

    def _messages(self) -> Iterator[bytes]:
        while not isinstance(value := self._spy.next_value(), Waiting):
            top, boxed = self._spy.tops[-1], iter(self._spy.boxed)
            yield self._sender.encode(self._type(top), self._content(top, value, boxed))
            self._spy.boxed.clear()

    def _type(self, type_id: int) -> Type:
        match self._spy._table._definitions.get(type_id):
            case None:
                return ANY if type_id == 8 else Kind(type_id)
            case StructDefinition(fields):
                own = tuple([(name, self._type(field)) for name, field in fields])
                news = (*_FIRST, *own, *_LAST) if self._unknown_fields else own
                return Struct(f"T{type_id}", news)
            case SliceDefinition(element):
                return Slice(self._type(element))
            case ArrayDefinition(element, length):
                return Array(self._type(element), length)
            case MapDefinition(key, element):
                return Map(Kind(key), self._type(element))
            case OpaqueDefinition():
                return Opaque("Time")

    def _content(self, type_id: int, value: Value, boxed: Iterator[int]) -> object:
        match self._spy._table._definitions.get(type_id), value:
            case StructDefinition(fields), dict():
                own = {
                    name: self._content(dict(fields)[str(name)], part, boxed) for name, part in value.items()
                }
                nil = dict.fromkeys(dict(fields))  # else the sender would make zero structs of them
                return nil | own | (_NEWS if self._unknown_fields else {})
            case ((SliceDefinition(element) | ArrayDefinition(element, _)), list()):
                return [self._content(element, part, boxed) for part in value]
            case MapDefinition(_, element), dict():
                return {key: self._content(element, part, boxed) for key, part in value.items()}
            case None, Interface(name, content):
                inner = next(boxed)
                return Boxed(name, self._type(inner), self._content(inner, content, boxed))
            case _:
                return value


def without_unknown(value: Value) -> Value:
    """Drop the inserted fields from a value read back."""
    match value:
        case dict():
            return {
                key: without_unknown(part) for key, part in value.items() if not str(key).startswith(UNKNOWN)
            }
        case list():
            return [without_unknown(part) for part in value]
        case Interface(name, content):
            return Interface(name, without_unknown(content))
        case _:
            return value
