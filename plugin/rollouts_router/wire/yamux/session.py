"""The server side of one yamux session: frames in, events out; intentions in, frames out.

Streams, windows, pings and go-aways live here; what a stream may do in which state is `states`, how a
header looks is `frames`. No sockets and no clocks: the caller reads, writes and times out.

The caller's round: `receive` what came, write `data_to_send`, look at `events`. Both of the latter are
worth asking for after every other call too, also after one that raised.
"""

from dataclasses import dataclass, field
from typing import Final

from rollouts_router.wire.buffer import Buffer
from rollouts_router.wire.errors import LocalProtocolError, RemoteProtocolError
from rollouts_router.wire.yamux.events import (
    DataReceived,
    Event,
    GoAwayReceived,
    SessionEnded,
    StreamFinished,
    StreamOpened,
    StreamReset,
)
from rollouts_router.wire.yamux.frames import (
    HEADER_SIZE,
    Flag,
    FrameType,
    GoAwayCode,
    Header,
    decode_header,
    encode_header,
)
from rollouts_router.wire.yamux.states import Act, State, advance, may

INITIAL_WINDOW: Final = 256 * 1024
"""Bytes that either side may send on a new stream (spec.md); we never grant more at a time."""

MAX_WINDOW: Final = (1 << 32) - 1
"""The widest window a peer may grant: what its own counter can hold."""

MAX_STREAMS: Final = 64
"""Streams open at a time. The host opens three and one for each time it asks for the plugin."""

MAX_UNSENT: Final = 8 * 1024 * 1024
"""Bytes that wait for the peer's window, a stream: one message of the largest size."""

MAX_UNREAD: Final = 4 * 1024 * 1024
"""Bytes handed to `receive` at once: the largest frame has 256 KiB, a socket read about as much."""


@dataclass(slots=True)
class _Stream:
    state: State
    granted: int = INITIAL_WINDOW  # what the peer may still send
    unread: int = 0  # what it sent and we have not acknowledged
    window: int = INITIAL_WINDOW  # what we may still send
    unsent: bytearray = field(default_factory=bytearray)
    finishing: bool = False  # our FIN goes out behind what is unsent


class Session:
    """One connection, seen from the accepting side."""

    def __init__(self) -> None:
        self._buffer = Buffer(MAX_UNREAD)
        self._streams: dict[int, _Stream] = {}
        self._events: list[Event] = []
        self._output = bytearray()
        self._going_away = False
        self._ended = False

    def receive(self, data: bytes) -> None:
        """Take bytes from the socket, at most 4 MiB; next come `data_to_send` and `events`.

        Raises RemoteProtocolError when the peer breaks the rules. The session has then ended: what is in
        `data_to_send`, a go-away among it, should still be written. After the end bytes are ignored.
        """
        if self._ended:
            return
        try:
            self._buffer.append(data)
            while self._receive_frame():
                pass
        except RemoteProtocolError as error:
            self._write(Header(type=FrameType.GO_AWAY, length=GoAwayCode.PROTOCOL_ERROR))
            self._end(str(error), clean=False)
            raise

    def receive_eof(self) -> None:
        """Learn that the peer closed the connection; `events` then ends with SessionEnded."""
        if not self._ended:
            clean = not self._buffer
            self._end("the connection was closed" + ("" if clean else " inside a frame"), clean=clean)

    def events(self) -> list[Event]:
        """Return what has happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> bytes:
        """Return the bytes to write to the socket now, in one piece; they are handed out once."""
        data = bytes(self._output)
        self._output.clear()
        return data

    def is_open(self, stream_id: int) -> bool:
        """Tell whether `send` is still possible on the stream: it exists and we have not finished it."""
        stream = self._streams.get(stream_id)
        return stream is not None and not stream.finishing

    def send(self, stream_id: int, data: bytes) -> None:
        """Send bytes on a stream, as far as the peer's window goes now and the rest when it widens.

        Raises LocalProtocolError on a stream that is gone or finished, and when more than 8 MiB would
        wait; nothing is sent then.
        """
        stream = self._streams.get(stream_id)
        if stream is None or stream.finishing:
            raise LocalProtocolError(f"data for stream {stream_id}, which is gone or finished by us")
        if len(stream.unsent) + len(data) > MAX_UNSENT:
            raise LocalProtocolError(f"more than {MAX_UNSENT} bytes unsent on stream {stream_id}")
        self._apply(stream_id, Act.OUR_DATA)
        stream.unsent += data
        self._flush(stream_id, stream)

    def finish(self, stream_id: int) -> None:
        """Say that we will send no more, behind what still waits. Nothing happens a second time."""
        stream = self._streams.get(stream_id)
        if stream is not None and not stream.finishing:
            stream.finishing = True
            self._flush(stream_id, stream)

    def reset(self, stream_id: int) -> None:
        """Drop a stream, both ways, with whatever is queued for it. Nothing happens if it is gone."""
        if self._apply(stream_id, Act.OUR_RST) is not State.ABSENT:
            self._update(stream_id, Flag.RST)

    def acknowledge_read(self, stream_id: int, count: int) -> None:
        """Say that `count` bytes of DataReceived have been dealt with, so that as many may follow.

        Goes unsaid until it adds up to half a window, as in Go. Nothing happens if the stream is gone.
        Raises LocalProtocolError for more bytes than were received.
        """
        stream = self._streams.get(stream_id)
        if stream is None:
            return
        if not 0 <= count <= stream.unread:
            raise LocalProtocolError(
                f"{count} bytes acknowledged on stream {stream_id} of {stream.unread} unread"
            )
        stream.unread -= count
        delta = INITIAL_WINDOW - stream.unread - stream.granted
        if delta >= INITIAL_WINDOW // 2 and may(stream.state, Act.PEER_DATA):
            stream.granted += delta
            self._update(stream_id, delta=delta)

    def go_away(self, code: GoAwayCode) -> None:
        """Tell the peer that new streams will be refused; those that are open go on."""
        self._going_away = True
        self._write(Header(type=FrameType.GO_AWAY, length=code))

    def _receive_frame(self) -> bool:
        """Handle the frame at the front of the buffer; False if it is not all there, or was the last."""
        if len(self._buffer) < HEADER_SIZE:
            return False
        header = decode_header(self._buffer.peek(HEADER_SIZE))
        self._check_window(header)
        size = HEADER_SIZE + header.payload_length
        if len(self._buffer) < size:
            return False
        payload = self._buffer.take(size)[HEADER_SIZE:]
        match header.type:
            case FrameType.DATA | FrameType.WINDOW_UPDATE:
                self._receive_on_stream(header, payload)
            case FrameType.PING:
                self._receive_ping(header)
            case FrameType.GO_AWAY:
                self._receive_go_away(header)
        return not self._ended

    def _check_window(self, header: Header) -> None:
        """Refuse data beyond what was granted before waiting for it. A stream that is gone had a window too."""
        stream = self._streams.get(header.stream_id)
        granted = INITIAL_WINDOW if stream is None else stream.granted
        if header.payload_length > granted:
            raise RemoteProtocolError(
                f"{header.payload_length} bytes on stream {header.stream_id}, where {granted} are allowed"
            )

    def _receive_on_stream(self, header: Header, payload: bytes) -> None:
        if Flag.SYN in header.flags and not self._accept(header.stream_id):
            return
        if payload:
            self._receive_data(header.stream_id, payload)
        if header.type is FrameType.WINDOW_UPDATE:
            self._widen(header.stream_id, header.length)
        if Flag.FIN in header.flags and self._apply(header.stream_id, Act.PEER_FIN) is not State.ABSENT:
            self._events.append(StreamFinished(header.stream_id))
        if Flag.RST in header.flags and self._apply(header.stream_id, Act.PEER_RST) is not State.ABSENT:
            self._events.append(StreamReset(header.stream_id))

    def _accept(self, stream_id: int) -> bool:
        """Open the peer's stream and acknowledge it, once and at once; or refuse it."""
        if stream_id % 2 == 0:
            raise RemoteProtocolError(f"the peer opens stream {stream_id}; it may open odd ones only")
        if self._going_away or (len(self._streams) >= MAX_STREAMS and stream_id not in self._streams):
            self._update(stream_id, Flag.RST)
            return False
        self._apply(stream_id, Act.PEER_SYN)
        self._update(stream_id, Flag.ACK)
        self._events.append(StreamOpened(stream_id))
        return True

    def _receive_data(self, stream_id: int, payload: bytes) -> None:
        if self._apply(stream_id, Act.PEER_DATA) is State.ABSENT:
            return
        stream = self._streams[stream_id]
        stream.granted -= len(payload)
        stream.unread += len(payload)
        self._events.append(DataReceived(stream_id, payload))

    def _widen(self, stream_id: int, delta: int) -> None:
        stream = self._streams.get(stream_id)
        if stream is None:
            return
        stream.window += delta
        if stream.window > MAX_WINDOW:
            raise RemoteProtocolError(f"a window of {stream.window} bytes on stream {stream_id}")
        if stream.unsent:
            self._flush(stream_id, stream)

    def _receive_ping(self, header: Header) -> None:
        if Flag.SYN in header.flags:  # an answer is to nothing we asked, and is no error (spec.md)
            self._write(Header(type=FrameType.PING, flags=Flag.ACK, length=header.length))

    def _receive_go_away(self, header: Header) -> None:
        self._events.append(GoAwayReceived(header.length))
        if header.length != GoAwayCode.NORMAL:
            self._end(f"the peer ended the session with code {header.length}", clean=False)

    def _flush(self, stream_id: int, stream: _Stream) -> None:
        """Write what the window takes; and our FIN, once, behind the last of it."""
        ready = bytes(stream.unsent[: stream.window])
        if ready:
            del stream.unsent[: len(ready)]
            stream.window -= len(ready)
            self._write(Header(type=FrameType.DATA, stream_id=stream_id, length=len(ready)), ready)
        if stream.finishing and not stream.unsent:
            self._apply(stream_id, Act.OUR_FIN)
            self._update(stream_id, Flag.FIN)

    def _apply(self, stream_id: int, act: Act) -> State:
        """Move the stream as the table says and return the state it was in."""
        stream = self._streams.get(stream_id)
        before = State.ABSENT if stream is None else stream.state
        after = advance(before, act, stream_id)
        if after is State.ABSENT:
            self._streams.pop(stream_id, None)
        elif stream is None:
            self._streams[stream_id] = _Stream(after)
        else:
            stream.state = after
        return before

    def _update(self, stream_id: int, flags: Flag = Flag.NONE, *, delta: int = 0) -> None:
        self._write(Header(type=FrameType.WINDOW_UPDATE, flags=flags, stream_id=stream_id, length=delta))

    def _write(self, header: Header, payload: bytes = b"") -> None:
        self._output += encode_header(header) + payload

    def _end(self, reason: str, *, clean: bool) -> None:
        self._ended = True
        self._streams.clear()
        self._events.append(SessionEnded(reason, clean))
