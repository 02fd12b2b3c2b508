"""The client side of a yamux session, frame by frame, as a test wants it; it checks what the server may do."""

from dataclasses import dataclass, field

from rollouts_router.wire.yamux.events import Event
from rollouts_router.wire.yamux.frames import (
    HEADER_SIZE,
    Flag,
    FrameType,
    Header,
    decode_header,
    encode_header,
)
from rollouts_router.wire.yamux.session import INITIAL_WINDOW, Session


def frame(
    kind: FrameType, stream_id: int = 0, flags: Flag = Flag.NONE, *, length: int = 0, data: bytes = b""
) -> bytes:
    """Write any frame; the length is that of the data unless it is given."""
    header = Header(type=kind, flags=flags, stream_id=stream_id, length=length or len(data))
    return encode_header(header) + data


def data_frame(stream_id: int, data: bytes, flags: Flag = Flag.NONE) -> bytes:
    """Write a DATA frame."""
    return frame(FrameType.DATA, stream_id, flags, data=data)


def update(stream_id: int, flags: Flag = Flag.NONE, delta: int = 0) -> bytes:
    """Write a WINDOW_UPDATE frame."""
    return frame(FrameType.WINDOW_UPDATE, stream_id, flags, length=delta)


def frames_in(data: bytes) -> list[tuple[Header, bytes]]:
    """Split whole frames."""
    frames = []
    while data:
        header = decode_header(data[:HEADER_SIZE])
        end = HEADER_SIZE + header.payload_length
        frames.append((header, data[HEADER_SIZE:end]))
        data = data[end:]
    return frames


@dataclass
class Peer:
    """Talks to a session and keeps its own books of windows and flags."""

    session: Session = field(default_factory=Session)
    credit: dict[int, int] = field(default_factory=dict)  # what the server may still send
    grants: dict[int, int] = field(default_factory=dict)  # what it granted us beyond the first window
    received: dict[int, bytearray] = field(default_factory=dict)
    flags: dict[int, list[Flag]] = field(default_factory=dict)
    others: list[Header] = field(default_factory=list)

    def open(self, *stream_ids: int) -> None:
        """Open streams and let the server answer."""
        for stream_id in stream_ids:
            self.tell(update(stream_id, Flag.SYN))
        self.session.events()

    def tell(self, data: bytes) -> list[Event]:
        """Deliver bytes, take the server's answer, and return the events."""
        self.session.receive(data)
        self.take()
        return self.session.events()

    def take(self) -> None:
        """Take what the server wants to send, and hold it to its windows."""
        for header, payload in frames_in(self.session.data_to_send()):
            if header.type not in {FrameType.DATA, FrameType.WINDOW_UPDATE}:
                self.others.append(header)
                continue
            stream_id = header.stream_id
            self.credit[stream_id] = self.credit.get(stream_id, INITIAL_WINDOW) - len(payload)
            assert self.credit[stream_id] >= 0, "more than the window was sent"
            self.received.setdefault(stream_id, bytearray()).extend(payload)
            if header.flags:
                self.flags.setdefault(stream_id, []).append(header.flags)
            if header.type is FrameType.WINDOW_UPDATE:
                self.grants[stream_id] = self.grants.get(stream_id, 0) + header.length

    def grant(self, stream_id: int, delta: int) -> None:
        """Widen the server's window."""
        self.credit[stream_id] = self.credit.get(stream_id, INITIAL_WINDOW) + delta
        self.tell(update(stream_id, delta=delta))
