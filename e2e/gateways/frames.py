"""As much of HTTP/2 (RFC 9113) as short gRPC calls in cleartext need: frames, and what both ends do with them.

Header blocks are written, as literals, and never read: who gets the message of a call knows that the call went
well. What is answered, or asked, does not live here.
"""

from __future__ import annotations

import asyncio
import struct
from abc import ABC, abstractmethod
from enum import IntEnum
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"  # section 3.4
HEAD: Final = 9  # bytes of a frame's head, section 4.1
MESSAGE_HEAD: Final = 5  # bytes before a gRPC message: whether it is compressed, and its length
LONGEST: Final = 16_384  # bytes of a frame, as long as nobody raises SETTINGS_MAX_FRAME_SIZE
LONGEST_WORD: Final = 126  # octets that a length of one byte can tell, RFC 7541 section 5.1
END_STREAM, ACK, END_HEADERS = 0x1, 0x1, 0x4  # flags


class Type(IntEnum):
    """The frames that matter here."""

    DATA = 0
    HEADERS = 1
    RST_STREAM = 3
    SETTINGS = 4
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8


def frame(kind: Type, stream: int, payload: bytes = b"", flags: int = 0) -> bytes:
    """One frame."""
    return len(payload).to_bytes(3) + struct.pack(">BBI", kind, flags, stream) + payload


def block(headers: Mapping[str, str]) -> bytes:
    """Header fields as literals without indexing (RFC 7541 section 6.2.2); names in lower case."""
    return b"".join(b"\0" + _word(name.lower()) + _word(value) for name, value in headers.items())


def message(text: str) -> bytes:
    """A gRPC message: not compressed, its length, its bytes."""
    content = text.encode()
    return message_head(len(content)) + content


def message_head(length: int) -> bytes:
    """What stands before the bytes of a message."""
    return struct.pack(">BI", 0, length)


def is_message(content: bytes) -> bool:
    """Whether this is one gRPC message, not compressed; a gateway's own answer may be anything."""
    return len(content) >= MESSAGE_HEAD and content[:MESSAGE_HEAD] == message_head(
        len(content) - MESSAGE_HEAD
    )


def text_of(content: bytes) -> str:
    """The text of one gRPC message; empty where there is none."""
    return content[MESSAGE_HEAD:].decode()


class Peer(asyncio.Protocol, ABC):
    """What server and client have in common: reading frames, and the duties of a connection."""

    def __init__(self) -> None:
        """Not connected yet."""
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Settings come first, on both sides; a client's preface before them."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(frame(Type.SETTINGS, 0))

    def data_received(self, data: bytes) -> None:
        """Bytes, in whatever pieces."""
        self._buffer += data
        for kind, flags, stream, payload in self._frames():
            self._handle(kind, flags, stream, payload)

    @abstractmethod
    def received(self, kind: int, stream: int, payload: bytes, *, last: bool) -> None:
        """A frame of a call; `last` when the other side says no more on its stream."""

    def _handle(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind in {Type.SETTINGS, Type.PING}:
            if not flags & ACK:
                answer = payload if kind == Type.PING else b""
                self.transport.write(frame(Type(kind), 0, answer, ACK))
            return
        if (
            kind == Type.DATA and payload
        ):  # both windows are as they were: calls are too short to fill a stream's
            self.transport.write(frame(Type.WINDOW_UPDATE, 0, struct.pack(">I", len(payload))))
        ends = kind in {Type.DATA, Type.HEADERS} and bool(flags & END_STREAM)
        self.received(kind, stream, payload, last=ends)

    def _frames(self) -> Iterator[tuple[int, int, int, bytes]]:
        while len(self._buffer) >= HEAD:
            length = int.from_bytes(self._buffer[:3])
            kind, flags, stream = struct.unpack_from(">BBI", self._buffer, 3)
            if length > LONGEST:
                self.transport.abort()
                return
            if len(self._buffer) < HEAD + length:
                return
            payload, self._buffer = self._buffer[HEAD : HEAD + length], self._buffer[HEAD + length :]
            yield kind, flags, stream, payload


def _word(text: str) -> bytes:
    content = text.encode()
    if len(content) > LONGEST_WORD:
        raise ValueError(f"a header's name or value is over {LONGEST_WORD} bytes: {text!r}")
    return bytes((len(content),)) + content
