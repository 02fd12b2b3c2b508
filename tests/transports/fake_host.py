"""The other side: a host in Python that talks as go-plugin's host does. No assertion lives here."""

import asyncio
import struct
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rollouts_router.transports.control import PLUGIN_NAME
from rollouts_router.wire.gob.reader import NEED_DATA, Decoder
from rollouts_router.wire.gob.records import Field, Kind, StructType, Typed, Value
from rollouts_router.wire.gob.writer import Encoder

DATA, WINDOW_UPDATE, PING, GO_AWAY = range(4)
SYN, ACK, FIN, RST = 1, 2, 4, 8
WINDOW = 256 * 1024
PATIENCE = 10.0  # seconds; only a broken plugin takes them

REQUEST = StructType("Request", (Field("ServiceMethod", Kind.STRING), Field("Seq", Kind.UINT)))
TRUE = Typed(Kind.BOOL, value=True)
NIL = bytes.fromhex("03100000")  # a nil interface, what Type and InitPlugin are called with


def frame(kind: int, flags: int, stream: int, length: int, payload: bytes = b"") -> bytes:
    """One yamux frame; `length` is the payload's for DATA."""
    return struct.pack(">BBHII", 0, kind, flags, stream, length) + payload


def data(stream: int, payload: bytes, flags: int = 0) -> bytes:
    """A DATA frame."""
    return frame(DATA, flags, stream, len(payload), payload)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply as the host's net/rpc client sees it."""

    seq: int
    method: str
    error: str
    value: Value


@dataclass(slots=True)
class Stream:
    """What came back on one stream, and the gob state of both directions."""

    acks: int = 0
    fins: int = 0
    reset: bool = False
    window: int = WINDOW
    received: bytearray = field(default_factory=bytearray)
    taken: int = 0  # bytes of `received` that are not net/rpc, or have been decoded
    answers: list[Answer] = field(default_factory=list)
    encoder: Encoder = field(default_factory=lambda: Encoder(64))
    decoder: Decoder = field(default_factory=Decoder)
    header: dict[str, object] | None = None

    def decode(self) -> None:
        """Turn new bytes into answers."""
        self.decoder.receive(bytes(self.received[self.taken :]))
        self.taken = len(self.received)
        while (value := self.decoder.next_value()) is not NEED_DATA:
            if self.header is None:
                self.header = dict(value)
                continue
            self.answers.append(
                Answer(
                    seq=self.header.get("Seq", 0),
                    method=self.header.get("ServiceMethod", ""),
                    error=self.header.get("Error", ""),
                    value=value,
                )
            )
            self.header = None


class FakeHost:
    """One connection to a plugin."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.streams: defaultdict[int, Stream] = defaultdict(Stream)
        self.pongs: list[int] = []
        self.go_aways: list[int] = []
        self.closed = False
        self.patience = PATIENCE
        self._next_stream = 1
        self._seqs: defaultdict[int, int] = defaultdict(int)
        self._buffer = bytearray()

    @classmethod
    @asynccontextmanager
    async def connected(cls, path: str | Path) -> AsyncIterator["FakeHost"]:
        """Connect, and close in the end."""
        reader, writer = await asyncio.open_unix_connection(str(path))
        try:
            yield cls(reader, writer)
        finally:
            writer.transport.abort()

    def open(self) -> int:
        """Open the next stream, as the stock host does: with a window update."""
        stream, self._next_stream = self._next_stream, self._next_stream + 2
        self.writer.write(frame(WINDOW_UPDATE, SYN, stream, 0))
        return stream

    def open_control(self) -> int:
        """Open the control stream and the two for stdout and stderr."""
        control, _stdout, _stderr = self.open(), self.open(), self.open()
        return control

    async def dispensed(self, control: int = 1) -> int:
        """Dispense the plugin and open a stream to it; return that."""
        answer = await self.call(control, "Dispenser.Dispense", Typed(Kind.STRING, PLUGIN_NAME))
        return await self.broker(int(str(answer.value)))

    async def greeted(self) -> int:
        """Do all that a host does before its first call; return the plugin's stream."""
        return await self.dispensed(self.open_control())

    async def broker(self, offer: int) -> int:
        """Open a broker stream for an id, and wait for the echo."""
        stream = self.open()
        self._data(stream, struct.pack("<I", offer))
        await self.until(lambda: len(self.streams[stream].received) >= 4)
        self.streams[stream].taken = 4
        return stream

    def ask(self, stream: int, method: str, argument: Typed | bytes) -> int:
        """Send a call without waiting for its answer; return its Seq."""
        seq, self._seqs[stream] = self._seqs[stream], self._seqs[stream] + 1
        encoder = self.streams[stream].encoder
        request = Typed(REQUEST, {"ServiceMethod": method, "Seq": seq})
        message = (
            encoder.encode(request, argument)
            if isinstance(argument, Typed)
            else encoder.encode(request) + argument
        )
        self._data(stream, message)
        return seq

    async def call(self, stream: int, method: str, argument: Typed | bytes) -> Answer:
        """Send a call and wait for its answer."""
        seq = self.ask(stream, method, argument)
        await self.until(lambda: any(answer.seq == seq for answer in self.answers(stream)))
        return next(answer for answer in self.answers(stream) if answer.seq == seq)

    def answers(self, stream: int) -> list[Answer]:
        """All answers on a stream so far."""
        self.streams[stream].decode()
        return self.streams[stream].answers

    async def send(self, stream: int, payload: bytes) -> None:
        """Send bytes on a stream as the plugin's windows allow."""
        sent = 0
        while sent < len(payload):
            await self.until(lambda: self.streams[stream].window > 0)
            piece = payload[sent : sent + self.streams[stream].window]
            self._data(stream, piece)
            sent += len(piece)

    def _data(self, stream: int, payload: bytes) -> None:
        self.streams[stream].window -= len(payload)
        self.writer.write(data(stream, payload))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Read from the plugin until something is the case. Raises EOFError if it never can be."""
        async with asyncio.timeout(self.patience):
            while not condition():
                if self.closed:
                    raise EOFError("the plugin closed the connection")
                await self._read()

    async def until_closed(self) -> None:
        """Read until the plugin closes the connection."""
        await self.until(lambda: self.closed)

    async def _read(self) -> None:
        try:
            chunk = await self.reader.read(65536)
        except ConnectionError:
            chunk = b""
        self.closed = not chunk
        self._buffer += chunk
        while len(self._buffer) >= 12:
            _version, kind, flags, stream, length = struct.unpack(">BBHII", self._buffer[:12])
            size = 12 + (length if kind == DATA else 0)
            if len(self._buffer) < size:
                return
            payload = bytes(self._buffer[12:size])
            del self._buffer[:size]
            self._take(kind, flags, stream, length, payload)

    def _take(self, kind: int, flags: int, stream_id: int, length: int, payload: bytes) -> None:
        if kind == PING:
            self.pongs.append(length)
        elif kind == GO_AWAY:
            self.go_aways.append(length)
        else:
            stream = self.streams[stream_id]
            stream.received += payload
            stream.window += length if kind == WINDOW_UPDATE else 0
            stream.acks += bool(flags & ACK)
            stream.fins += bool(flags & FIN)
            stream.reset = stream.reset or bool(flags & RST)
