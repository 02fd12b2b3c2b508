"""One direction of a gob stream: bytes into values, by the definitions the peer sends along.

The only place that knows messages. The rule is Go's own (encoding/gob, decoder.go): types may be defined
in front of a value, and again inside every interface value, where the next message continues the value.
Decode functions work on one piece of bytes and cannot wait; so when a value turns out to go on in the
next message, what it defined is taken back and it is read again with that message behind it. Messages
that hold a lone definition, which is nearly all of them, are never read twice.
"""

from enum import Enum
from typing import Final, Literal, TypeAlias

from rollouts_router.wire.buffer import Buffer
from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.gob.decoders import TypeTable
from rollouts_router.wire.gob.limits import (
    MAX_DEPTH,
    MAX_MESSAGE,
    MAX_NAME,
    MAX_VALUE_MESSAGES,
    MAX_VALUES,
    MAX_WAITING,
)
from rollouts_router.wire.gob.records import Interface, Value
from rollouts_router.wire.gob.scalars import read_int, read_string, read_uint
from rollouts_router.wire.gob.types import WIRE_TYPE_ID, definition_from

_MAX_PREFIX: Final = 9
"""Bytes of the longest message length: one for its size and eight."""


class Waiting(Enum):
    """Why there is no next value."""

    NEED_DATA = "more bytes are needed"
    STREAM_ENDED = "the stream has ended between two values"


NEED_DATA: Final = Waiting.NEED_DATA
STREAM_ENDED: Final = Waiting.STREAM_ENDED
Next: TypeAlias = Value | Literal[Waiting.NEED_DATA, Waiting.STREAM_ENDED]


class _NextMessageError(Exception):
    """The value goes on in the next message, which is not here."""


class Decoder:
    """Decodes the values of one stream, in order. After a RemoteProtocolError it only repeats the error."""

    def __init__(self) -> None:
        self._buffer = Buffer(MAX_WAITING)
        self._table = TypeTable(self._read_interface)
        self._messages: list[bytes] = []  # of the value that is being read
        self._ends: list[int] = []  # where each of them ends, when laid end to end
        self._current = 0  # the one being read
        self._taken_on_trust: list[int] = []  # ids defined inside those messages
        self._ended = False
        self._failure = ""

    def receive(self, data: bytes) -> None:
        """Take bytes from the peer; ask `next_value` next, until it needs more.

        Raises RemoteProtocolError when too many bytes wait; `next_value` then says so as well.
        """
        try:
            self._buffer.append(data)
        except RemoteProtocolError as error:
            self._failure = str(error)
            raise

    def receive_eof(self) -> None:
        """Learn that no more bytes will come; `next_value` then ends with STREAM_ENDED or an error."""
        self._ended = True

    def next_value(self) -> Next:
        """Return the next value, NEED_DATA, or STREAM_ENDED.

        Raises RemoteProtocolError for bytes that are no gob, pass a limit, or end inside a value.
        """
        if self._failure:
            raise RemoteProtocolError(self._failure)
        try:
            return self._next_value()
        except IndexError as error:
            self._failure = "a value runs past the end of its message"
            raise RemoteProtocolError(self._failure) from error
        except RemoteProtocolError as error:
            self._failure = str(error)
            raise

    def _next_value(self) -> Next:
        while (message := self._next_message()) is not None:
            if self._is_lone_definition(message):
                continue
            self._add(message)
            try:
                value = self._read_value(b"".join(self._messages))
            except _NextMessageError:
                self._table.forget(self._taken_on_trust)
                self._taken_on_trust.clear()
                continue
            self._start_over()
            return value
        if self._ended and (self._buffer or self._messages):
            raise RemoteProtocolError("the stream ends inside a value")
        return STREAM_ENDED if self._ended else NEED_DATA

    def _next_message(self) -> bytes | None:
        """Take one whole message off the buffer. The length is judged before anything waits for it."""
        prefix = self._buffer.peek(_MAX_PREFIX)
        if not prefix or (prefix[0] > 127 and len(prefix) < min(257 - prefix[0], _MAX_PREFIX)):
            return None
        length, start = read_uint(prefix, 0)
        if not 0 < length <= MAX_MESSAGE:
            raise RemoteProtocolError(f"a message of {length} bytes; 1 to {MAX_MESSAGE} are accepted")
        if len(self._buffer) < start + length:
            return None
        return self._buffer.take(start + length)[start:]

    def _is_lone_definition(self, message: bytes) -> bool:
        """Define the type and return True if the message holds a definition and nothing else."""
        type_id, position = read_int(message, 0)
        if type_id >= 0:
            return False
        value, position = self._table.decoder(WIRE_TYPE_ID)(message, position, 0)
        if position < len(message):
            return False
        self._table.define(-type_id, definition_from(value))
        return True

    def _add(self, message: bytes) -> None:
        if len(self._messages) == MAX_VALUE_MESSAGES:
            raise RemoteProtocolError(f"a value spread over more than {MAX_VALUE_MESSAGES} messages")
        end = (self._ends[-1] if self._ends else 0) + len(message)
        if end > MAX_MESSAGE:
            raise RemoteProtocolError(f"a value of more than {MAX_MESSAGE} bytes")
        self._messages.append(message)
        self._ends.append(end)

    def _start_over(self) -> None:
        self._messages.clear()
        self._ends.clear()
        self._taken_on_trust.clear()
        self._table.budget = MAX_VALUES  # what was read twice was counted twice

    def _read_value(self, data: bytes) -> Value:
        self._current = 0
        type_id, position = self._read_types(data, 0, in_interface=False)
        value, position = self._read_top(type_id, data, position, 0)
        if position != self._ends[self._current]:
            raise RemoteProtocolError("a value does not end where its message ends")
        return value

    def _read_types(self, data: bytes, position: int, *, in_interface: bool) -> tuple[int, int]:
        """Read definitions up to the id of a value that follows; only here may one message end."""
        while True:
            self._at_message(position)
            type_id, position = read_int(data, position)
            if type_id >= 0:
                return type_id, position
            position = self._read_definition(-type_id, data, position)
            if position < self._ends[self._current]:
                if not in_interface:
                    raise RemoteProtocolError("bytes behind a type definition")
                _, position = read_uint(data, position)  # length of what follows; Go ignores it too

    def _at_message(self, position: int) -> None:
        """Step into the next message if this one is used up.

        None can have been overrun: the next one is laid behind it only after a reading that ended here.
        """
        if position == self._ends[self._current]:
            self._current += 1
            if self._current == len(self._ends):
                raise _NextMessageError

    def _read_definition(self, type_id: int, data: bytes, position: int) -> int:
        value, position = self._table.decoder(WIRE_TYPE_ID)(data, position, 0)
        self._table.define(type_id, definition_from(value))
        self._taken_on_trust.append(type_id)
        return position

    def _read_top(self, type_id: int, data: bytes, position: int, depth: int) -> tuple[Value, int]:
        """Read a value that stands alone: all but structs have a zero byte in front."""
        decode = self._table.decoder(type_id)
        if not self._table.is_struct(type_id):
            if data[position] != 0:
                raise RemoteProtocolError(f"a value of type {type_id} without the zero byte in front")
            position += 1
        return decode(data, position, depth)

    def _read_interface(self, data: bytes, position: int, depth: int) -> tuple[Value, int]:
        if data[position] == 0:
            return None, position + 1
        if depth > MAX_DEPTH:
            raise RemoteProtocolError(f"values nested more than {MAX_DEPTH} deep")
        length, _ = read_uint(data, position)
        if length > MAX_NAME:
            raise RemoteProtocolError(f"an interface name of {length} bytes; at most {MAX_NAME} are accepted")
        name, position = read_string(data, position)
        type_id, position = self._read_types(data, position, in_interface=True)
        _, position = read_uint(data, position)  # no bound: it covers only the first piece of the value
        value, position = self._read_top(type_id, data, position, depth + 1)
        return Interface(name, value), position
