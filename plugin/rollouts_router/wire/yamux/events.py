"""What a yamux session reports, as values. No behaviour lives here."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class StreamOpened:
    """The peer opened a stream; it is accepted already. The ids come in the order of arrival."""

    stream_id: int


@dataclass(frozen=True, slots=True)
class DataReceived:
    """Bytes of a stream, in order. Call `Session.acknowledge_read` once they have been dealt with."""

    stream_id: int
    data: bytes


@dataclass(frozen=True, slots=True)
class StreamFinished:
    """The peer will send no more on this stream. It still reads, until `Session.finish`."""

    stream_id: int


@dataclass(frozen=True, slots=True)
class StreamReset:
    """The peer dropped the stream, both ways; it is gone, with whatever was queued for it."""

    stream_id: int


@dataclass(frozen=True, slots=True)
class GoAwayReceived:
    """The peer takes no new streams. Code 0 is no error, and the streams there are go on."""

    code: int


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """Nothing more will be received or sent; all streams are gone. `clean`: between two frames, no error."""

    reason: str
    clean: bool


Event: TypeAlias = StreamOpened | DataReceived | StreamFinished | StreamReset | GoAwayReceived | SessionEnded
