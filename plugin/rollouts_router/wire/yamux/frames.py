"""The 12-byte header of a yamux frame: numbers to names and back. Knows no stream and no session.

From the specification (hashicorp/yamux, spec.md): version, type, flags, stream id, length, big-endian.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag, unique
from typing import Final

from rollouts_router.wire.errors import RemoteProtocolError

_HEADER = struct.Struct(">BBHII")
_VERSION: Final = 0

HEADER_SIZE: Final = _HEADER.size
"""Bytes of a header: 12."""


@unique
class FrameType(IntEnum):
    """What a frame is, and what its length field means."""

    DATA = 0  # length: bytes of payload behind the header
    WINDOW_UPDATE = 1  # length: bytes added to what the receiver of the frame may send
    PING = 2  # length: a value that the answer repeats
    GO_AWAY = 3  # length: a GoAwayCode


class Flag(IntFlag):
    """What a frame says besides; unknown bits are kept and ignored, as in the Go code."""

    NONE = 0
    SYN = 1  # opens a stream; a ping's question
    ACK = 2  # accepts a stream; a ping's answer
    FIN = 4  # no more data from the sender
    RST = 8  # the stream is gone, both ways


@unique
class GoAwayCode(IntEnum):
    """Why a side takes no more streams."""

    NORMAL = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One frame header. `stream_id` and `length` are 0 .. 2**32 - 1; stream 0 is the session."""

    type: FrameType
    flags: Flag = Flag.NONE
    stream_id: int = 0
    length: int = 0

    @property
    def payload_length(self) -> int:
        """Bytes that follow the header."""
        return self.length if self.type is FrameType.DATA else 0


def encode_header(header: Header) -> bytes:
    """Return the 12 bytes of a header."""
    return _HEADER.pack(_VERSION, header.type, header.flags, header.stream_id, header.length)


def decode_header(data: bytes) -> Header:
    """Read a header of exactly 12 bytes; raise RemoteProtocolError for another version or type."""
    version, kind, flags, stream_id, length = _HEADER.unpack(data)
    if version != _VERSION:
        raise RemoteProtocolError(f"a frame of yamux version {version}; only {_VERSION} exists")
    if kind > FrameType.GO_AWAY:
        raise RemoteProtocolError(f"a frame of type {kind}, which yamux does not have")
    return Header(type=FrameType(kind), flags=Flag(flags), stream_id=stream_id, length=length)
