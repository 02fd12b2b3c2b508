"""A session against a client that is written out frame by frame."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wire.bounds import allocates_at_most
from tests.wire.dice import dice
from tests.wire.yamux.peer import Peer, data_frame, frame, frames_in, update

from rollouts_router.wire.errors import LocalProtocolError, RemoteProtocolError
from rollouts_router.wire.yamux import session as limits
from rollouts_router.wire.yamux.events import (
    DataReceived,
    Event,
    GoAwayReceived,
    SessionEnded,
    StreamFinished,
    StreamOpened,
    StreamReset,
)
from rollouts_router.wire.yamux.frames import Flag, FrameType, GoAwayCode, Header
from rollouts_router.wire.yamux.session import INITIAL_WINDOW, MAX_STREAMS, Session

MIB = 1024 * 1024


@pytest.fixture
def peer() -> Peer:
    """A session with streams 1 and 3 open."""
    peer = Peer()
    peer.open(1, 3)
    return peer


def breaks(peer: Peer, data: bytes, complaint: str) -> None:
    """The bytes end the session, with a go-away that says whose fault it was."""
    with pytest.raises(RemoteProtocolError, match=complaint):
        peer.session.receive(data)
    peer.take()
    assert peer.others[-1] == Header(type=FrameType.GO_AWAY, length=GoAwayCode.PROTOCOL_ERROR)
    ended = peer.session.events()[-1]
    assert isinstance(ended, SessionEnded)
    assert not ended.clean
    peer.session.receive(data)
    assert (peer.session.data_to_send(), peer.session.events()) == (b"", [])


@pytest.mark.parametrize("opening", [update(1, Flag.SYN), data_frame(1, b"", Flag.SYN)])
def test_a_stream_opens_with_either_frame_and_is_acknowledged_once(opening: bytes) -> None:
    """The stock client sends a window update; the specification allows both."""
    peer = Peer()

    assert peer.tell(opening) == [StreamOpened(1)]
    peer.session.send(1, b"answer")
    peer.take()
    assert peer.flags == {1: [Flag.ACK]}
    assert peer.received[1] == b"answer"


def test_data_may_come_before_the_acknowledgement_and_with_the_opening() -> None:
    """The client does not wait."""
    peer = Peer()

    assert peer.tell(data_frame(1, b"a", Flag.SYN) + data_frame(1, b"b") + data_frame(1, b"")) == [
        StreamOpened(1),
        DataReceived(1, b"a"),
        DataReceived(1, b"b"),
    ]


def test_a_window_granted_with_the_opening_counts() -> None:
    """Delta on the SYN is beyond the first window."""
    peer = Peer()
    peer.credit[1] = INITIAL_WINDOW + 1000
    peer.tell(update(1, Flag.SYN, delta=1000))

    peer.session.send(1, bytes(INITIAL_WINDOW + 5000))
    peer.take()
    assert peer.credit[1] == 0


def test_streams_may_open_out_of_order(peer: Peer) -> None:
    """Two threads of the client may overtake each other."""
    assert peer.tell(update(9, Flag.SYN) + update(7, Flag.SYN)) == [StreamOpened(9), StreamOpened(7)]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (update(1, Flag.SYN), "the peer's SYN on stream 1, which is open"),
        (update(2, Flag.SYN), "may open odd ones only"),
        (update(0, Flag.SYN), "may open odd ones only"),
        (update(1, Flag.FIN) * 2, "the peer's FIN on stream 1, which is finished by the peer"),
        (update(1, Flag.FIN) + data_frame(1, b"x"), "the peer's data on stream 1, which is finished"),
        (update(1, delta=(1 << 32) - 1), "a window of"),
        (b"\x01" + bytes(11), "yamux version 1"),
        (b"\x00\x07" + bytes(10), "type 7"),
    ],
)
def test_breaking_the_rules_ends_the_session(peer: Peer, data: bytes, complaint: str) -> None:
    """With a sentence, a go-away and an event; later bytes are ignored."""
    breaks(peer, data, complaint)


@pytest.mark.parametrize("length", [INITIAL_WINDOW + 1, 1 << 31, (1 << 32) - 1])
@pytest.mark.parametrize("stream_id", [1, 99])
def test_a_frame_beyond_the_window_ends_the_session_before_its_payload(length: int, stream_id: int) -> None:
    """Nothing waits for it, on a stream that is gone neither."""
    peer = Peer()
    peer.open(1)

    with allocates_at_most(30_000):
        breaks(peer, frame(FrameType.DATA, stream_id, length=length), f"{length} bytes on stream")


def test_the_window_shrinks_with_what_was_received(peer: Peer) -> None:
    """256 KiB in two frames fit; one byte more does not."""
    peer.tell(data_frame(1, bytes(INITIAL_WINDOW - 1)) + data_frame(1, b"x"))

    breaks(peer, data_frame(1, b"x"), "1 bytes on stream 1, where 0 are allowed")


def test_too_much_at_once_is_refused_before_it_is_copied() -> None:
    """The socket is read in bounded pieces."""
    data = bytes(limits.MAX_UNREAD + 1)

    with allocates_at_most(30_000):
        breaks(Peer(), data, "bytes wait to be read")


def test_frames_for_streams_that_are_gone_are_dropped(peer: Peer) -> None:
    """They may have been under way; their payload does not confuse what follows."""
    late = data_frame(77, b"late") + update(77, delta=9) + update(77, Flag.FIN) + update(77, Flag.RST)

    assert peer.tell(late + data_frame(1, b"x")) == [DataReceived(1, b"x")]


def test_a_window_is_renewed_once_half_of_it_was_read(peer: Peer) -> None:
    """Go's rule: not for every byte, and never more than one window in all."""
    half = INITIAL_WINDOW // 2
    peer.tell(data_frame(1, bytes(half)))
    peer.session.acknowledge_read(1, half - 1)
    peer.take()
    assert peer.grants == {1: 0, 3: 0}

    peer.session.acknowledge_read(1, 1)
    peer.take()
    assert peer.grants == {1: half, 3: 0}


def test_what_is_not_acknowledged_keeps_the_window_closed(peer: Peer) -> None:
    """The application's backlog is bounded by the window."""
    peer.tell(data_frame(1, bytes(INITIAL_WINDOW)))
    peer.take()

    assert peer.grants == {1: 0, 3: 0}
    with pytest.raises(LocalProtocolError, match="acknowledged on stream 1 of 262144 unread"):
        peer.session.acknowledge_read(1, INITIAL_WINDOW + 1)
    with pytest.raises(LocalProtocolError, match="acknowledged"):
        peer.session.acknowledge_read(1, -1)


def test_nothing_is_granted_to_a_peer_that_has_finished_or_gone(peer: Peer) -> None:
    """It will send no more; acknowledging late is no error."""
    peer.tell(data_frame(1, bytes(INITIAL_WINDOW), Flag.FIN))
    peer.session.acknowledge_read(1, INITIAL_WINDOW)
    peer.session.acknowledge_read(99, 5)

    assert peer.session.data_to_send() == b""


def test_a_mebibyte_towards_us_never_passes_the_window(peer: Peer) -> None:
    """The client sends what it is allowed and waits; all of it arrives."""
    message, sent, received = dice(1).randbytes(MIB), 0, bytearray()
    while sent < MIB:
        allowed = INITIAL_WINDOW + peer.grants.get(1, 0) - sent
        assert 0 < allowed <= INITIAL_WINDOW
        piece = message[sent : sent + min(allowed, 40_000)]
        sent += len(piece)
        for event in peer.tell(data_frame(1, piece)):
            assert isinstance(event, DataReceived)
            received += event.data
            peer.session.acknowledge_read(1, len(event.data))
        peer.take()
    assert received == message


def test_a_mebibyte_from_us_never_passes_the_window(peer: Peer) -> None:
    """What does not fit waits, and goes on with every update; `Peer.take` checks each frame."""
    message = dice(2).randbytes(MIB)
    peer.session.send(1, message)
    peer.session.finish(1)
    peer.take()
    assert len(peer.received[1]) == INITIAL_WINDOW

    while peer.flags[1] == [Flag.ACK]:
        peer.grant(1, 100_000)
    assert peer.received[1] == message
    assert peer.flags[1] == [Flag.ACK, Flag.FIN]


def test_one_stream_that_is_not_read_does_not_stop_another(peer: Peer) -> None:
    """Windows are the streams' own; pings are answered all the while."""
    peer.session.send(1, bytes(MIB))
    peer.session.send(3, b"through")
    peer.tell(frame(FrameType.PING, flags=Flag.SYN, length=0xCAFE))

    assert peer.received[3] == b"through"
    assert peer.others == [Header(type=FrameType.PING, flags=Flag.ACK, length=0xCAFE)]


def test_an_answer_to_no_ping_is_ignored(peer: Peer) -> None:
    """Unknown values are not an error."""
    assert peer.tell(frame(FrameType.PING, flags=Flag.ACK, length=5)) == []
    assert peer.others == []


def test_what_waits_for_a_window_is_limited(peer: Peer) -> None:
    """A refused piece leaves the stream as it was."""
    peer.session.send(1, bytes(limits.MAX_UNSENT))
    peer.session.send(1, bytes(INITIAL_WINDOW))

    with pytest.raises(LocalProtocolError, match="more than 8388608 bytes unsent"):
        peer.session.send(1, b"x")


@pytest.mark.parametrize("ours_first", [True, False])
def test_a_stream_is_gone_when_both_sides_have_finished(peer: Peer, *, ours_first: bool) -> None:
    """Half closed either way, the other direction goes on; then the id is free."""
    if ours_first:
        peer.session.finish(1)
        assert peer.tell(data_frame(1, b"last", Flag.FIN)) == [DataReceived(1, b"last"), StreamFinished(1)]
    else:
        assert peer.tell(data_frame(1, b"last", Flag.FIN)) == [DataReceived(1, b"last"), StreamFinished(1)]
        assert peer.session.is_open(1)
        peer.session.send(1, b"reply")
        peer.session.finish(1)
    peer.take()

    assert peer.flags[1] == [Flag.ACK, Flag.FIN]
    assert not peer.session.is_open(1)
    assert peer.tell(update(1, Flag.SYN)) == [StreamOpened(1)]


def test_our_fin_goes_out_once_and_behind_the_data(peer: Peer) -> None:
    """Finishing twice says it once; sending after it is our error."""
    peer.session.send(1, b"last")
    peer.session.finish(1)
    peer.session.finish(1)
    peer.session.finish(99)

    assert [(header.type, header.flags) for header, _ in frames_in(peer.session.data_to_send())] == [
        (FrameType.DATA, Flag.NONE),
        (FrameType.WINDOW_UPDATE, Flag.FIN),
    ]
    with pytest.raises(LocalProtocolError, match="stream 1, which is gone or finished"):
        peer.session.send(1, b"more")


def test_window_updates_after_our_fin_are_tolerated(peer: Peer) -> None:
    """They say nothing any more."""
    peer.session.finish(1)
    peer.grant(1, 1000)

    assert peer.flags[1] == [Flag.ACK, Flag.FIN]


def test_a_stream_that_is_finishing_outlives_the_peers_fin(peer: Peer) -> None:
    """Data and FIN of ours still wait for a window."""
    peer.session.send(1, bytes(INITIAL_WINDOW + 10))
    peer.session.finish(1)
    peer.tell(update(1, Flag.FIN))
    peer.grant(1, 10)

    assert len(peer.received[1]) == INITIAL_WINDOW + 10
    assert peer.flags[1] == [Flag.ACK, Flag.FIN]


def test_the_peers_reset_drops_what_is_queued(peer: Peer) -> None:
    """The stream is gone, both ways."""
    peer.session.send(1, bytes(MIB))
    peer.take()

    assert peer.tell(update(1, Flag.RST)) == [StreamReset(1)]
    assert not peer.session.is_open(1)
    with pytest.raises(LocalProtocolError, match="stream 1"):
        peer.session.send(1, b"x")


def test_our_reset_is_said_once(peer: Peer) -> None:
    """Late frames of the peer are dropped."""
    peer.session.reset(1)
    peer.session.reset(1)
    peer.take()

    assert peer.flags[1] == [Flag.ACK, Flag.RST]
    assert peer.tell(data_frame(1, b"late")) == []


def test_the_number_of_streams_is_limited() -> None:
    """One more is reset, and the others go on."""
    peer = Peer()
    peer.open(*range(1, 2 * MAX_STREAMS, 2))
    one_more = 2 * MAX_STREAMS + 1

    assert peer.tell(data_frame(one_more, b"x", Flag.SYN) + data_frame(1, b"y")) == [DataReceived(1, b"y")]
    assert peer.flags[one_more] == [Flag.RST]


def test_after_our_go_away_new_streams_are_refused(peer: Peer) -> None:
    """Those that are open go on."""
    peer.session.go_away(GoAwayCode.NORMAL)

    assert peer.tell(update(5, Flag.SYN) + data_frame(1, b"x")) == [DataReceived(1, b"x")]
    assert (peer.flags[5], peer.others) == ([Flag.RST], [Header(type=FrameType.GO_AWAY)])


def test_a_friendly_go_away_changes_nothing_for_open_streams(peer: Peer) -> None:
    """Code 0: the peer takes no new streams, of which we open none."""
    assert peer.tell(frame(FrameType.GO_AWAY) + data_frame(1, b"x")) == [
        GoAwayReceived(0),
        DataReceived(1, b"x"),
    ]


@pytest.mark.parametrize("code", [1, 2, 77])
def test_any_other_go_away_ends_the_session(peer: Peer, code: int) -> None:
    """What follows it is ignored."""
    events = peer.tell(frame(FrameType.GO_AWAY, length=code) + data_frame(1, b"x"))

    assert events == [
        GoAwayReceived(code),
        SessionEnded(f"the peer ended the session with code {code}", clean=False),
    ]
    assert not peer.session.is_open(1)


@pytest.mark.parametrize(("rest", "clean"), [(b"", True), (data_frame(1, b"xyz")[:-1], False)])
def test_the_end_of_the_connection_ends_the_session(peer: Peer, *, rest: bytes, clean: bool) -> None:
    """Between frames it is how hosts leave; inside one it is not."""
    peer.tell(rest)
    peer.session.receive_eof()
    peer.session.receive_eof()

    (ended,) = peer.session.events()
    assert isinstance(ended, SessionEnded)
    assert (ended.clean, peer.session.is_open(1)) == (clean, False)


def _conversation() -> bytes:
    stream = update(1, Flag.SYN) + data_frame(3, b"hello", Flag.SYN) + data_frame(1, bytes(5000))
    stream += frame(FrameType.PING, flags=Flag.SYN, length=1) + update(3, delta=10) + data_frame(99, b"lost")
    return stream + data_frame(3, b"bye", Flag.FIN) + update(1, Flag.RST) + frame(FrameType.GO_AWAY)


def _heard(pieces: list[bytes]) -> tuple[list[Event], bytes]:
    session = Session()
    events: list[Event] = []
    for piece in pieces:
        session.receive(piece)
        events += session.events()
    return events, session.data_to_send()


def test_bytes_one_at_a_time_are_heard_as_well() -> None:
    """Frame borders and read borders have nothing to do with each other."""
    whole = _conversation()

    assert _heard([whole[i : i + 1] for i in range(len(whole))]) == _heard([whole])


@given(st.lists(st.integers(0, len(_conversation())), max_size=12))
def test_any_pieces_give_the_same_events_and_answers(cuts: list[int]) -> None:
    """Random borders."""
    whole = _conversation()
    borders = [0, *sorted(cuts), len(whole)]

    assert _heard([whole[start:end] for start, end in pairwise(borders)]) == _heard([whole])
