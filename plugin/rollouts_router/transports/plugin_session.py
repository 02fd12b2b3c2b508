"""go-plugin's conventions over one yamux session: what each stream is for, and who answers on it.

The first stream is the host's line to go-plugin itself: Control and Dispenser are answered here, at
once, whatever else is going on. The second and third are for copies of stdout and stderr and stay
silent. Every later one names, in its first four bytes, the id that a Dispense gave out, and is then
a connection of its own to the plugin (go-plugin: `rpc_server.go`, `mux_broker.go`).

No sockets, no tasks, no clocks: bytes in, calls of the plugin out; results in, bytes out.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias, assert_never

from rollouts_router.transports.control import Control, cannot_find
from rollouts_router.wire.errors import LocalProtocolError, RemoteProtocolError
from rollouts_router.wire.gob.records import Typed
from rollouts_router.wire.netrpc.calls import Call, ServerStream
from rollouts_router.wire.yamux.events import (
    DataReceived,
    Event,
    GoAwayReceived,
    SessionEnded,
    StreamFinished,
    StreamOpened,
    StreamReset,
)
from rollouts_router.wire.yamux.frames import GoAwayCode
from rollouts_router.wire.yamux.session import Session

MAX_PLUGIN_STREAMS: Final = 4
"""Plugin streams at a time. The host opens one; each may hold 16 MiB of half-received messages."""

MAX_CALLS: Final = 256
"""Calls of the plugin at a time. The host makes one for each of its workers, ten by default."""

MAX_HELD: Final = 64 * 1024 * 1024
"""Bytes on the wire of the arguments of those calls: forty Rollouts as big as Kubernetes allows."""

_SYNC_STREAMS: Final = 2  # stdout and stderr, right after the control stream
_OFFER_BYTES: Final = 4  # the id in front of a broker stream, little-endian


class Ending(Enum):
    """How a conversation ends when nothing is wrong."""

    QUIT = "the host said Quit"
    CLOSED = "the host closed the connection"


@dataclass(frozen=True, slots=True)
class PluginCall:
    """A call of one of the plugin's methods, to be answered once with `reply` or `fail`."""

    stream_id: int
    call: Call
    method: str  # without the service
    size: int  # bytes it took on the wire


@dataclass(slots=True)
class _Control:
    rpc: ServerStream = field(default_factory=ServerStream)


@dataclass(slots=True)
class _Plugin:
    rpc: ServerStream = field(default_factory=ServerStream)
    running: int = 0  # calls handed out and not answered yet
    received: int = 0  # bytes since the last call
    finished: bool = False  # the host sends no more


class _Silent:
    """A stdout or stderr stream: kept open, nothing is sent, nothing is read."""


@dataclass(slots=True)
class _Unclaimed:
    prefix: bytes = b""


_Role: TypeAlias = _Control | _Plugin | _Silent | _Unclaimed


class PluginSession:
    """One host's conversation with the plugin.

    The round is `receive` (or `receive_eof`), then `calls`, then write `data_to_send`; after `reply` and
    `fail` too there is something to write. Once `ending` is set, write that and close.
    """

    def __init__(self, methods: Collection[str]) -> None:
        self.ending: Ending | None = None
        self._plugin_methods = frozenset(f"Plugin.{method}" for method in methods)
        self._session = Session()
        self._roles: dict[int, _Role] = {}
        self._opened = 0
        self._control = Control()
        self._calls: list[PluginCall] = []
        self._running = 0
        self._held = 0

    def receive(self, data: bytes) -> None:
        """Take bytes from the socket; next come `calls` and `data_to_send`.

        Raises:
            ProtocolError: the session or one of its net/rpc streams is broken. A broken plugin stream
                is never repaired by the host, so the whole conversation is over; what is in
                `data_to_send` may still be written.
        """
        self._session.receive(data)
        self._take_events()

    def receive_eof(self) -> None:
        """Learn that the host closed the connection."""
        self._session.receive_eof()
        self._take_events()

    def calls(self) -> list[PluginCall]:
        """Return the calls that came in since the last time, in order."""
        calls, self._calls = self._calls, []
        return calls

    def data_to_send(self) -> bytes:
        """Return the bytes to write to the socket now; they are handed out once."""
        return self._session.data_to_send()

    def reply(self, call: PluginCall, result: Typed) -> None:
        """Answer a call; the answer is dropped if its stream is gone.

        Raises:
            LocalProtocolError: the result does not fit its type. Nothing was sent; call `fail`.
            RemoteProtocolError: the host takes no more answers. The conversation is over.
        """
        if (plugin := self._plugin(call.stream_id)) is not None:
            plugin.rpc.reply(call.call, result)
        self._answered(call, plugin)

    def fail(self, call: PluginCall, text: str) -> None:
        """Answer a call with an error, not empty; the answer is dropped if its stream is gone.

        Raises:
            RemoteProtocolError: the host takes no more answers. The conversation is over.
        """
        if (plugin := self._plugin(call.stream_id)) is not None:
            plugin.rpc.fail(call.call, text)
        self._answered(call, plugin)

    def _plugin(self, stream_id: int) -> _Plugin | None:
        role = self._roles.get(stream_id)
        return role if isinstance(role, _Plugin) else None

    def _answered(self, call: PluginCall, plugin: _Plugin | None) -> None:
        self._running -= 1
        self._held -= call.size
        if plugin is not None:
            plugin.running -= 1
            self._send(call.stream_id, plugin.rpc)
            self._finish_if_done(call.stream_id, plugin)

    def _take_events(self) -> None:
        for event in self._session.events():
            if self.ending is None:
                self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case StreamOpened(stream_id):
                self._roles[stream_id] = self._next_role()
            case DataReceived(stream_id, data):
                self._take_data(stream_id, data)
                self._session.acknowledge_read(stream_id, len(data))
            case StreamFinished(stream_id):
                self._take_finish(stream_id)
            case StreamReset(stream_id):
                self._take_reset(stream_id)
            case GoAwayReceived(code):
                if code != GoAwayCode.NORMAL:
                    raise RemoteProtocolError(f"the host ended the session with go-away code {code}")
            case SessionEnded():
                self._roles.clear()
                self.ending = Ending.CLOSED
            case _:
                assert_never(event)

    def _next_role(self) -> _Role:
        self._opened += 1
        if self._opened == 1:
            return _Control()
        return _Silent() if self._opened <= 1 + _SYNC_STREAMS else _Unclaimed()

    def _take_data(self, stream_id: int, data: bytes) -> None:
        match self._roles.get(stream_id):
            case _Control(rpc):
                self._take_control(stream_id, rpc, data)
            case _Plugin() as plugin:
                self._take_plugin(stream_id, plugin, data)
            case _Unclaimed() as unclaimed:
                self._take_prefix(stream_id, unclaimed, data)
            case _Silent() | None:
                pass

    def _take_control(self, stream_id: int, rpc: ServerStream, data: bytes) -> None:
        rpc.receive(data)
        for call in rpc.calls():
            self._control.answer(rpc, call)
        self._send(stream_id, rpc)
        if self._control.quit:
            self.ending = Ending.QUIT

    def _take_prefix(self, stream_id: int, unclaimed: _Unclaimed, data: bytes) -> None:
        """Collect the id in front of a new stream, and give it back as the sign of acceptance."""
        unclaimed.prefix += data
        prefix, rest = unclaimed.prefix[:_OFFER_BYTES], unclaimed.prefix[_OFFER_BYTES:]
        if len(prefix) < _OFFER_BYTES:
            return
        plugins = sum(isinstance(role, _Plugin) for role in self._roles.values())
        if plugins >= MAX_PLUGIN_STREAMS or not self._control.claim(int.from_bytes(prefix, "little")):
            del self._roles[stream_id]
            self._session.reset(stream_id)
            return
        self._session.send(stream_id, prefix)
        self._roles[stream_id] = plugin = _Plugin()
        self._take_plugin(stream_id, plugin, rest)

    def _take_plugin(self, stream_id: int, plugin: _Plugin, data: bytes) -> None:
        plugin.received += len(data)
        plugin.rpc.receive(data)
        for call in plugin.rpc.calls():
            self._admit(stream_id, plugin, call)
        self._send(stream_id, plugin.rpc)

    def _admit(self, stream_id: int, plugin: _Plugin, call: Call) -> None:
        """Hand a call out, unless there is no such method or there is no room for it."""
        size, plugin.received = plugin.received, 0
        if call.service_method not in self._plugin_methods:
            plugin.rpc.fail(call, cannot_find(call.service_method, self._plugin_methods))
        elif self._running >= MAX_CALLS or self._held + size > MAX_HELD:
            plugin.rpc.fail(call, f"the plugin is busy with {self._running} other calls; try again later")
        else:
            self._running += 1
            self._held += size
            plugin.running += 1
            method = call.service_method.rpartition(".")[2]
            self._calls.append(PluginCall(stream_id, call, method, size))

    def _send(self, stream_id: int, rpc: ServerStream) -> None:
        """Hand the stream's bytes to the session, which holds them back until the host has room."""
        try:
            self._session.send(stream_id, rpc.data_to_send())
        except LocalProtocolError as error:
            raise RemoteProtocolError(f"the host does not read its answers: {error}") from error

    def _take_finish(self, stream_id: int) -> None:
        """The host sends no more: end a plugin stream behind its answers, and an unclaimed one at once."""
        match self._roles.get(stream_id):
            case _Plugin() as plugin:
                plugin.rpc.receive_eof()
                plugin.finished = True
                self._finish_if_done(stream_id, plugin)
            case _Unclaimed():
                self._finish(stream_id)
            case _Control() | _Silent() | None:
                pass  # the host is about to close the connection

    def _finish_if_done(self, stream_id: int, plugin: _Plugin) -> None:
        if plugin.finished and plugin.running == 0:
            self._finish(stream_id)

    def _finish(self, stream_id: int) -> None:
        del self._roles[stream_id]
        self._session.finish(stream_id)

    def _take_reset(self, stream_id: int) -> None:
        role = self._roles.pop(stream_id, None)
        if isinstance(role, _Control | _Plugin):
            # The host never repairs such a stream and does not notice, as its pings go elsewhere.
            raise RemoteProtocolError(f"the host reset stream {stream_id}, which carried calls")
