"""What fuzzing starts from: inputs made of the golden bytes, and decoders that already know Go's types.

An input's first byte says how it is delivered and what the decoder knows, so that mutations reach deep
values without having to invent 250 type definitions first.
"""

from collections.abc import Iterator
from pathlib import Path

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.gob.reader import NEED_DATA, Decoder, Waiting
from rollouts_router.wire.gob.scalars import read_uint
from rollouts_router.wire.yamux.frames import HEADER_SIZE, Flag, FrameType, Header, encode_header

_GOLDEN = Path(__file__).parents[1] / "golden"
_CALLS = (_GOLDEN / "calls-captured.gob").read_bytes()
_VECTORS = [bytes.fromhex(line.split()[1]) for line in (_GOLDEN / "vectors.txt").read_text().splitlines()]

KNOWS_TYPES = 1
"""Bit of the first byte: the decoder knows the types of the captured calls."""

IN_PIECES = 2
"""Bit of the first byte: the bytes arrive 61 at a time, so that pieces and messages never keep step."""

_PIECE = 61
_INTERFACE = bytes.fromhex("10 00")
"""How the value of an interface begins, behind its length."""


def _learned() -> Decoder:
    decoder = Decoder()
    decoder.receive(_CALLS)
    while decoder.next_value() is not NEED_DATA:
        pass
    return decoder


_TYPES = dict(_learned()._table._definitions)


def teach(decoder: Decoder) -> None:
    """Make the decoder know the types of the captured calls, as if it had read their definitions."""
    decoder._table._definitions.update(_TYPES)


def pieces(mode: int, data: bytes) -> list[bytes]:
    """Cut the bytes as the first byte of the input says."""
    if mode & IN_PIECES:
        return [data[i : i + _PIECE] for i in range(0, len(data), _PIECE)]
    return [data]


def gob() -> list[bytes]:
    """Return every golden stream as it is, and the values of the captured calls one by one."""
    known = [bytes([KNOWS_TYPES]) + message for message in _values()]
    return known + [bytes([mode]) + stream for stream in _VECTORS for mode in (0, IN_PIECES)]


def netrpc() -> list[bytes]:
    """Return headers with arguments, one call and two."""
    values = list(_values())
    arguments = [value for value in values if _INTERFACE in value[:6]]
    header = next(value for value in values if value not in arguments)
    calls = [header + argument for argument in arguments]
    return [
        bytes([KNOWS_TYPES | mode]) + call for call in (*calls, b"".join(calls)) for mode in (0, IN_PIECES)
    ]


def yamux() -> list[bytes]:
    """Return scripts of `yamux_target`: a small conversation, whole and with our own acts in between."""
    frames = [
        Header(type=FrameType.WINDOW_UPDATE, flags=Flag.SYN, stream_id=1),
        Header(type=FrameType.WINDOW_UPDATE, flags=Flag.SYN, stream_id=3, length=9),
        Header(type=FrameType.PING, flags=Flag.SYN, length=5),
        Header(type=FrameType.WINDOW_UPDATE, stream_id=3, length=1 << 17),
        Header(type=FrameType.WINDOW_UPDATE, flags=Flag.FIN, stream_id=1),
        Header(type=FrameType.WINDOW_UPDATE, flags=Flag.RST, stream_id=3),
        Header(type=FrameType.GO_AWAY),
    ]
    script = [b"\x00" + bytes([HEADER_SIZE]) + encode_header(frame) for frame in frames]
    data = Header(type=FrameType.DATA, stream_id=1, length=5)
    script.insert(2, b"\x00" + bytes([HEADER_SIZE + 5]) + encode_header(data) + b"hello")
    ours = [bytes([act, stream_id, 100]) for act in (1, 2, 3, 4) for stream_id in (1, 3)]
    mixed = script[:4] + ours + script[4:]
    return [
        b"".join(script),
        b"".join(mixed),
        *[b"".join(script[:2]) + act for act in (*ours, b"\x05", b"\x06")],
    ]


def _values() -> Iterator[bytes]:
    """Yield the captured messages that are values by themselves once all types are known."""
    position = 0
    while position < len(_CALLS):
        length, start = read_uint(_CALLS, position)
        message, position = _CALLS[position : start + length], start + length
        if _is_value(message):
            yield message


def _is_value(message: bytes) -> bool:
    decoder = Decoder()
    teach(decoder)
    decoder.receive(message)
    try:
        return not isinstance(decoder.next_value(), Waiting)
    except RemoteProtocolError:
        return False
