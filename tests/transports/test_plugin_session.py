"""go-plugin's conventions without a socket: bytes in, calls out, answers in, bytes out."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.transports.fake_host import FIN, REQUEST, RST, SYN, WINDOW_UPDATE, data, frame

from rollouts_router.transports import plugin_session
from rollouts_router.transports.control import PLUGIN_NAME
from rollouts_router.transports.plugin_session import MAX_PLUGIN_STREAMS, Ending, PluginCall, PluginSession
from rollouts_router.wire.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from rollouts_router.wire.gob.records import Kind, Typed
from rollouts_router.wire.gob.writer import Encoder

TRUE = Typed(Kind.BOOL, value=True)
ARGUMENT = Typed(Kind.STRING, "x")
OPENING = b"".join(frame(WINDOW_UPDATE, SYN, stream, 0) for stream in (1, 3, 5))


class Sender:
    """The host's net/rpc client on one stream, as bytes."""

    def __init__(self, stream: int) -> None:
        self.stream = stream
        self._encoder = Encoder(64)
        self._seq = 0

    def call(self, method: str, argument: Typed) -> bytes:
        """The next call."""
        request = Typed(REQUEST, {"ServiceMethod": method, "Seq": self._seq})
        self._seq += 1
        return data(self.stream, self._encoder.encode(request, argument))


def claim(stream: int, offer: int) -> bytes:
    """A broker stream for an id."""
    return frame(WINDOW_UPDATE, SYN, stream, 0) + data(stream, struct.pack("<I", offer))


class Conversation:
    """A session with an open control stream."""

    def __init__(self, *methods: str) -> None:
        self.session = PluginSession(methods)
        self.control = Sender(1)
        self.session.receive(OPENING)
        self._streams = iter(range(7, 1000, 2))

    def dispense(self) -> Sender:
        """Ask for the plugin and open a stream to it."""
        stream = next(self._streams)
        offer = (stream - 5) // 2
        self.session.receive(
            self.control.call("Dispenser.Dispense", Typed(Kind.STRING, PLUGIN_NAME)) + claim(stream, offer)
        )
        return Sender(stream)

    def call(self, sender: Sender, method: str, argument: Typed = ARGUMENT) -> list[PluginCall]:
        """Send a call and take what is to be done."""
        self.session.receive(sender.call(method, argument))
        return self.session.calls()

    def written(self) -> bytes:
        """What there is to write."""
        return self.session.data_to_send()


def test_a_call_carries_its_method_and_argument_and_is_handed_out_once() -> None:
    talk = Conversation("Type")
    plugin = talk.dispense()

    (call,) = talk.call(plugin, "Plugin.Type")

    assert (call.stream_id, call.method, call.call.argument) == (7, "Type", "x")
    assert talk.session.calls() == []


def test_an_id_may_come_in_pieces_and_with_the_first_call_behind_it() -> None:
    talk = Conversation("Type")
    talk.session.receive(talk.control.call("Dispenser.Dispense", Typed(Kind.STRING, PLUGIN_NAME)))
    first = Sender(7).call("Plugin.Type", ARGUMENT)[12:]

    talk.session.receive(frame(WINDOW_UPDATE, SYN, 7, 0) + data(7, b"\x01") + data(7, b"\x00\x00"))
    before = talk.session.calls()
    talk.session.receive(data(7, b"\x00" + first))

    assert before == []
    assert [call.method for call in talk.session.calls()] == ["Type"]


def test_a_stream_that_ends_before_it_has_said_what_it_is_for_is_closed() -> None:
    talk = Conversation()
    talk.written()

    talk.session.receive(frame(WINDOW_UPDATE, SYN, 7, 0) + data(7, b"\x01", FIN))

    assert frame(WINDOW_UPDATE, FIN, 7, 0) in talk.written()


def test_a_stream_dropped_before_it_has_said_what_it_is_for_is_forgotten() -> None:
    talk = Conversation()

    talk.session.receive(frame(WINDOW_UPDATE, SYN, 7, 0) + frame(WINDOW_UPDATE, RST, 7, 0))

    assert talk.session.ending is None


def test_there_are_only_so_many_plugin_streams_at_a_time() -> None:
    talk = Conversation("Type")
    plugins = [talk.dispense() for _ in range(MAX_PLUGIN_STREAMS)]
    talk.written()

    talk.dispense()
    refused = talk.written()
    talk.session.receive(frame(WINDOW_UPDATE, FIN, plugins[0].stream, 0))
    again = talk.dispense()

    assert frame(WINDOW_UPDATE, RST, 7 + 2 * MAX_PLUGIN_STREAMS, 0) in refused
    assert len(talk.call(again, "Plugin.Type")) == 1


def test_ids_nobody_used_are_forgotten_oldest_first() -> None:
    talk = Conversation("Type")
    dispense = [talk.control.call("Dispenser.Dispense", Typed(Kind.STRING, PLUGIN_NAME)) for _ in range(65)]
    talk.session.receive(b"".join(dispense))
    talk.written()

    talk.session.receive(claim(7, 1) + claim(9, 2))

    written = talk.written()
    assert frame(WINDOW_UPDATE, RST, 7, 0) in written
    assert data(9, struct.pack("<I", 2)) in written


def test_arguments_that_would_take_too_much_memory_are_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin_session, "MAX_HELD", 1000)
    talk = Conversation("SetWeight")
    plugin = talk.dispense()
    large = Typed(Kind.STRING, "x" * 600)

    (first,) = talk.call(plugin, "Plugin.SetWeight", large)
    second = talk.call(plugin, "Plugin.SetWeight", large)
    talk.session.reply(first, ARGUMENT)
    (third,) = talk.call(plugin, "Plugin.SetWeight", large)

    assert second == []
    assert b"the plugin is busy with 1 other calls" in talk.written()
    assert third.size > 600


def test_an_answer_to_a_stream_that_is_gone_is_dropped() -> None:
    talk = Conversation("Type")
    plugin = talk.dispense()
    calls = talk.call(plugin, "Plugin.Type") + talk.call(plugin, "Plugin.Type")
    talk.session.receive_eof()
    talk.written()

    talk.session.reply(calls[0], ARGUMENT)
    talk.session.fail(calls[1], "too late")

    assert talk.session.ending is Ending.CLOSED
    assert talk.written() == b""


def test_a_result_that_cannot_be_sent_leaves_the_call_to_be_failed() -> None:
    talk = Conversation("Type")
    (call,) = talk.call(talk.dispense(), "Plugin.Type")
    talk.written()

    with pytest.raises(LocalProtocolError):
        talk.session.reply(call, Typed(Kind.INT, "three"))
    nothing = talk.written()
    talk.session.fail(call, "no such weight")

    assert nothing == b""
    assert b"no such weight" in talk.written()


def test_quit_is_answered_and_what_follows_is_not() -> None:
    talk = Conversation("Type")
    plugin = talk.dispense()
    talk.written()

    talk.session.receive(talk.control.call("Control.Quit", TRUE) + plugin.call("Plugin.Type", ARGUMENT))

    assert talk.session.ending is Ending.QUIT
    assert talk.session.calls() == []
    assert b"Control.Quit" in talk.written()


def test_a_normal_go_away_changes_nothing() -> None:
    talk = Conversation("Type")
    plugin = talk.dispense()

    talk.session.receive(frame(3, 0, 0, 0))

    assert len(talk.call(plugin, "Plugin.Type")) == 1


def test_a_go_away_with_an_error_ends_the_conversation() -> None:
    with pytest.raises(RemoteProtocolError, match="go-away code 2"):
        Conversation().session.receive(frame(3, 0, 0, 2))


frames = st.builds(
    frame,
    st.integers(0, 4),
    st.integers(0, 15),
    st.sampled_from([0, 1, 3, 5, 7, 9, 11]),
    st.integers(0, 300_000),
)
payloads = st.builds(data, st.sampled_from([1, 3, 7, 9]), st.binary(max_size=60), st.integers(0, 15))


@settings(max_examples=300)
@given(st.lists(frames | payloads | st.binary(max_size=40), max_size=12))
def test_a_hostile_peer_can_only_end_the_conversation(pieces: list[bytes]) -> None:
    """Whatever comes, nothing but a ProtocolError goes out, and nothing grows beyond what came in."""
    talk = Conversation("Type")
    talk.dispense()
    talk.written()

    try:
        for piece in pieces:
            talk.session.receive(piece)
        talk.session.receive_eof()
        ended = talk.session.ending is not None
    except ProtocolError as error:
        ended = bool(str(error))

    assert ended
    assert len(talk.written()) <= 2 * sum(map(len, pieces)) + 1000
