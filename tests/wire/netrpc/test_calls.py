"""One net/rpc stream: calls of a real host in, replies as a real plugin writes them out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wire.gob.deliveries import read
from tests.wire.gob.sender import Sender
from tests.wire.gob.test_golden import GOLDEN
from tests.wire.gob.vectors import REQUEST, RPC_ERROR, VERIFY_WEIGHT

from rollouts_router.wire.errors import LocalProtocolError, RemoteProtocolError
from rollouts_router.wire.gob.records import Kind, Typed
from rollouts_router.wire.netrpc.calls import MAX_CALLS, Call, ServerStream

CALLS = (GOLDEN / "calls-captured.gob").read_bytes()
REPLIES = (GOLDEN / "replies-captured.gob").read_bytes()
SUCCESS = Typed(RPC_ERROR, {})


class Host:
    """Writes calls as the host does."""

    def __init__(self) -> None:
        self._sender = Sender()

    def call(self, seq: int, method: str = "A.B") -> bytes:
        """Return the bytes of one call with a bool."""
        header = {"ServiceMethod": method, "Seq": seq}
        return self._sender.encode(REQUEST, header) + self._sender.encode(Kind.BOOL, value=True)


def answered(stream: ServerStream) -> list[tuple[object, object]]:
    """Read what the stream wants to send: Seq and Error, or reply, of each answer."""
    values, _ = read([stream.data_to_send()])
    headers = [value for value in values[::2] if isinstance(value, dict)]
    return [
        (header.get("Seq", 0), header.get("Error", reply))
        for header, reply in zip(headers, values[1::2], strict=True)
    ]


def test_replies_to_a_captured_session_equal_the_captured_replies() -> None:
    """Byte for byte, but for one number: there the third type was 67, as 66 was used on another stream."""
    stream = ServerStream(first_id=64)
    stream.receive(CALLS)
    for call in stream.calls():
        match call:
            case Call(service_method="Plugin.Type"):
                stream.reply(call, Typed(Kind.STRING, "Ref"))
            case Call(service_method="Plugin.VerifyWeight"):
                stream.reply(call, Typed(VERIFY_WEIGHT, {"Verified": 1}))
            case Call(seq=3):
                stream.reply(call, Typed(RPC_ERROR, {"ErrorString": "boom demo"}))
            case _:
                stream.reply(call, SUCCESS)

    renumbered = REPLIES.replace(b"\xff\x85\x03", b"\xff\x83\x03").replace(b"\xff\x86", b"\xff\x84")
    assert stream.data_to_send().hex() == renumbered.hex()
    assert stream.data_to_send() == b""


def test_calls_are_complete_whatever_the_pieces() -> None:
    """Byte by byte; a call appears with its last byte."""
    stream, found = ServerStream(), []
    for i in range(len(CALLS)):
        stream.receive(CALLS[i : i + 1])
        found += stream.calls()
    whole = ServerStream()
    whole.receive(CALLS)

    assert found == whole.calls()
    assert [call.seq for call in found] == list(range(9))


def test_two_streams_know_nothing_of_each_other() -> None:
    """Each defines its types for itself, both ways."""
    outputs = []
    for stream in (ServerStream(), ServerStream()):
        stream.receive(Host().call(0))
        (call,) = stream.calls()
        stream.reply(call, SUCCESS)
        outputs.append(stream.data_to_send())

    assert outputs[0] == outputs[1]


@given(st.permutations(range(20)))
def test_twenty_calls_are_answered_once_each_in_any_order(order: list[int]) -> None:
    """Header and reply stay together, and types are defined once."""
    host, stream = Host(), ServerStream()
    stream.receive(b"".join([host.call(seq) for seq in range(20)]))
    calls = stream.calls()
    for seq in order:
        stream.reply(calls[seq], Typed(RPC_ERROR, {"ErrorString": f"of {seq}"}))

    assert answered(stream) == [(seq, {"ErrorString": f"of {seq}"}) for seq in order]


def test_a_failure_is_an_error_and_an_empty_struct() -> None:
    """The caller ignores the second value, but it has to be there."""
    stream = ServerStream()
    stream.receive(Host().call(7, "No.Such"))
    stream.fail(stream.calls()[0], "rpc: can't find service No.Such")

    assert answered(stream) == [(7, "rpc: can't find service No.Such")]


def test_a_failure_needs_a_text() -> None:
    """Without one it would be a success."""
    stream = ServerStream()
    stream.receive(Host().call(0))
    with pytest.raises(LocalProtocolError, match="without a text"):
        stream.fail(stream.calls()[0], "")
    assert stream.data_to_send() == b""


def test_a_second_reply_is_our_error_and_sends_nothing() -> None:
    """Every call is answered once; so is a call that was never made."""
    stream = ServerStream()
    stream.receive(Host().call(0))
    (call,) = stream.calls()
    stream.reply(call, SUCCESS)
    stream.data_to_send()

    for late in (call, Call(5, "A.B", None)):
        with pytest.raises(LocalProtocolError, match="second reply to call"):
            stream.reply(late, SUCCESS)
    assert stream.data_to_send() == b""


def test_a_reply_that_cannot_be_written_leaves_the_call_unanswered_and_nothing_sent() -> None:
    """The header is not out, nor are its types marked as sent; a failure can still be told."""
    stream = ServerStream()
    stream.receive(Host().call(4))
    (call,) = stream.calls()
    with pytest.raises(LocalProtocolError, match="a str where gob wants INT"):
        stream.reply(call, Typed(VERIFY_WEIGHT, {"Verified": "yes"}))
    assert stream.data_to_send() == b""

    stream.fail(call, "sorry")
    assert answered(stream) == [(4, "sorry")]


def test_a_seq_in_use_cannot_be_used_again() -> None:
    """After its answer it can."""
    host, stream = Host(), ServerStream()
    stream.receive(host.call(0))
    stream.reply(stream.calls()[0], SUCCESS)
    stream.receive(host.call(0))

    with pytest.raises(RemoteProtocolError, match="call 0 is made again"):
        stream.receive(host.call(0))


def test_calls_in_flight_are_limited() -> None:
    """1024, and not one more."""
    host, stream = Host(), ServerStream()
    stream.receive(b"".join([host.call(seq) for seq in range(MAX_CALLS)]))

    with pytest.raises(RemoteProtocolError, match="more than 1024 calls"):
        stream.receive(host.call(MAX_CALLS))


def test_calls_before_an_error_are_there_and_the_error_is_for_ever() -> None:
    """The stream is dead afterwards."""
    stream = ServerStream()
    for data in (Host().call(0) + b"\x01\x04", Host().call(1)):
        with pytest.raises(RemoteProtocolError, match="runs past the end"):
            stream.receive(data)

    assert [call.seq for call in stream.calls()] == [0]


def test_an_argument_where_a_header_should_be_is_an_error() -> None:
    """Values take turns; a good call behind it does not bring the stream back."""
    stream = ServerStream()
    for data in (bytes.fromhex("03 02 00 01"), Host().call(0)):
        with pytest.raises(RemoteProtocolError, match="does not begin with a request header"):
            stream.receive(data)
    with pytest.raises(RemoteProtocolError, match="does not begin with a request header"):
        stream.receive_eof()
    assert stream.calls() == []


def test_the_end_of_a_stream_between_calls_is_the_normal_end() -> None:
    """Replies are still possible."""
    stream = ServerStream()
    stream.receive(Host().call(0))
    stream.receive_eof()
    stream.reply(stream.calls()[0], SUCCESS)

    assert answered(stream) == [(0, {})]


def test_the_end_of_a_stream_inside_a_call_is_an_error() -> None:
    """Anywhere: in a message, and between header and argument."""
    whole = Host().call(3)
    only_types = 1 + whole[0]  # a cut here leaves a definition, which is not yet a call
    for end in set(range(1, len(whole))) - {only_types}:
        stream = ServerStream()
        stream.receive(whole[:end])
        with pytest.raises(RemoteProtocolError, match="ends inside"):
            stream.receive_eof()
