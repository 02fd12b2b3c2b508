"""Messages and what can be wrong with them. Good streams are in test_golden."""

import pytest
from tests.wire.bounds import allocates_at_most
from tests.wire.dice import dice
from tests.wire.gob.deliveries import drain, read
from tests.wire.gob.sender import ANY, Boxed, Sender, Slice, message, struct
from tests.wire.gob.test_golden import STREAMS

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.gob import limits
from rollouts_router.wire.gob.reader import NEED_DATA, STREAM_ENDED, Decoder
from rollouts_router.wire.gob.records import Interface, Kind
from rollouts_router.wire.gob.scalars import write_int, write_uint

LEAF = struct("Leaf", X=Kind.INT)


def refused(stream: bytes, complaint: str | None = None) -> None:
    """The stream ends with this error, at its last byte or before."""
    with pytest.raises(RemoteProtocolError, match=complaint):
        read([stream], eof=True)


def test_an_empty_stream_ends_between_two_values() -> None:
    """No bytes at all are not an error to the reader; there is just no value."""
    assert read([], eof=True) == ([], STREAM_ENDED)
    assert read([]) == ([], NEED_DATA)


@pytest.mark.parametrize("length", [limits.MAX_MESSAGE + 1, 1 << 31, 1 << 63, (1 << 64) - 1])
def test_a_message_that_is_too_long_is_refused_by_its_length_alone(length: int) -> None:
    """Nothing waits for the body."""
    decoder = Decoder()
    decoder.receive(write_uint(length))

    with allocates_at_most(10_000), pytest.raises(RemoteProtocolError, match="1 to 8388608 are accepted"):
        decoder.next_value()


def test_a_message_of_the_largest_size_is_waited_for() -> None:
    """The limit itself is accepted."""
    assert read([write_uint(limits.MAX_MESSAGE)]) == ([], NEED_DATA)


def test_bytes_that_nobody_asks_for_are_limited() -> None:
    """Two messages of the largest size; the piece that was refused is missed for ever."""
    decoder = Decoder()
    with pytest.raises(RemoteProtocolError, match="bytes wait"):
        decoder.receive(bytes(limits.MAX_WAITING + 1))

    decoder.receive(bytes.fromhex("03 04 00 02"))
    with pytest.raises(RemoteProtocolError, match="bytes wait to be read"):
        decoder.next_value()


@pytest.mark.parametrize(
    ("stream", "complaint"),
    [
        ("00", "a message of 0 bytes"),
        ("f7 0000000000000000", "at most 8"),
        ("03 04 00", "ends inside a value"),
        ("ff", "ends inside a value"),
        ("02 04 00", "runs past the end"),
        ("01 04", "runs past the end"),
        ("03 04 01 02", "without the zero byte in front"),
        ("04 04 00 02 02", "does not end where its message ends"),
        ("03 ff80 00", "type 64, which is not defined"),
        ("02 00 00", "type 0, which is not defined"),
        ("03 12 00 00", "type 9, which is not defined"),
        ("03 7f 05 00", "runs past the end"),
        ("05 7f 05 00 00 01", "bytes behind a type definition"),
        ("04 7f 05 00 00 04 7f 05 00 00", "type 64 is defined twice"),
        ("03 01 05 01", "runs past the end"),
        ("04 01 05 00 00", "definition of type 1; ids below 64"),
        ("02 7f 00", "0 kinds at once"),
        ("06 7f 05 00 01 00 00", "2 kinds at once"),
        ("06 10 00 fe0401 61", "at most 1024"),
        ("04 10 00 05 61", "5 bytes runs past"),
    ],
)
def test_malformed_messages_are_refused_with_a_sentence(stream: str, complaint: str) -> None:
    """Each in its own words, where it helps."""
    refused(bytes.fromhex(stream), complaint)


@pytest.mark.parametrize(
    "stream",
    [
        "7f6869",
        "036e6f77206973207468652074696d6520666f7220616c6c20676f6f64206d656e",
        "0424666f6f",
        "05100028557b02027f8302",
        "130a00fb5dad0bf8ff020263e70002fa28020202a89859",
        "0f1000fb285d003316020735ff023a65c5",
        "03fffb0616fffc00f902ff02ff03bf005d02885802a311a8120228022c028ee7",
        "10fe010f020102fe01100001fe010e000016fe010d030102fe010e00010101015801fe01100000000bfe011000f85555555555555555",
    ],
)
def test_the_bad_streams_of_gos_own_tests_are_refused(stream: str) -> None:
    """From encoding/gob's decoder tests (bad data), read to the end."""
    with allocates_at_most(100_000):
        refused(bytes.fromhex(stream))


def test_an_error_is_for_ever() -> None:
    """Gob cannot find its way back; the same sentence comes again, whatever arrives."""
    decoder = Decoder()
    decoder.receive(bytes.fromhex("02 00 00"))
    for _ in range(3):
        with pytest.raises(RemoteProtocolError, match="type 0, which is not defined"):
            decoder.next_value()
        decoder.receive(bytes.fromhex("03 04 00 02"))


def test_values_before_an_error_are_delivered() -> None:
    """What was complete stays complete."""
    decoder = Decoder()
    decoder.receive(bytes.fromhex("03 04 00 02 01 04"))

    assert decoder.next_value() == 1
    with pytest.raises(RemoteProtocolError):
        decoder.next_value()


@pytest.mark.parametrize("name", sorted(STREAMS))
def test_a_stream_cut_anywhere_ends_in_an_error_or_between_two_values(name: str) -> None:
    """Every cut of every golden stream: never a value that was not sent."""
    whole, _ = read([STREAMS[name]])
    for end in range(len(STREAMS[name])):
        decoder = Decoder()
        decoder.receive(STREAMS[name][:end])
        decoder.receive_eof()
        try:
            found, _ = drain(decoder)
        except RemoteProtocolError:
            continue
        assert repr(found) == repr(whole[: len(found)])


def test_twenty_thousand_damaged_streams_are_read_or_refused() -> None:
    """One to four bytes changed at random; nothing but our own error may come out."""
    rolls = dice(20_000)
    streams = sorted(STREAMS.values())
    refusals = 0
    for _ in range(20_000):
        stream = bytearray(rolls.choice(streams))
        for _ in range(rolls.randint(1, 4)):
            stream[rolls.randrange(len(stream))] = rolls.randrange(256)
        try:
            read([bytes(stream)], eof=True)
        except RemoteProtocolError:
            refusals += 1
    assert 10_000 < refusals < 20_000


@pytest.mark.parametrize(("levels", "fits"), [(31, True), (33, False), (10_000, False)])
def test_interfaces_may_nest_as_deep_as_other_values_and_no_deeper(*, levels: int, fits: bool) -> None:
    """Each interface and the struct in it are a level; thousands do not reach Python's limit."""
    opening = b"\x01\x01A" + write_int(64) + b"\x01"  # field 1: an interface named A, of type 64
    body = write_int(64) + opening * levels + b"\x00" * (levels + 1)
    stream = Sender().encode(struct("Box", A=ANY), {}) + message(body)

    if fits:
        assert len(read([stream], eof=True)[0]) == 2
    else:
        refused(stream, "more than 64 deep")


def test_a_value_may_be_spread_over_64_messages_and_no_more() -> None:
    """Every interface whose type is new makes one more message."""

    def stream(count: int) -> bytes:
        boxes = [Boxed(f"L{i}", struct(f"Leaf{i}", X=Kind.INT), {"X": i}) for i in range(count)]
        return Sender().encode(Slice(ANY), boxes)

    values, _ = read([stream(limits.MAX_VALUE_MESSAGES - 1)])
    assert values[0] == [Interface(f"L{i}", {"X": i} if i else {}) for i in range(63)]
    refused(stream(limits.MAX_VALUE_MESSAGES), "more than 64 messages")


def test_the_messages_of_one_value_together_have_the_size_of_one() -> None:
    """Each fits by itself; both together do not."""
    half = "x" * (limits.MAX_MESSAGE * 3 // 4)
    pair = struct("Pair", Text=Kind.STRING, Leaf=ANY, More=Kind.STRING)

    refused(
        Sender().encode(pair, {"Text": half, "Leaf": Boxed("Leaf", LEAF, {"X": 1}), "More": half}),
        "a value of more than 8388608 bytes",
    )


def test_waiting_for_the_rest_of_a_value_does_not_renew_its_budget() -> None:
    """What is read again is counted again, so that the work for one value is bounded."""
    many = struct("Many", Numbers=Slice(Kind.INT), A=ANY, B=ANY)
    boxes = {name: Boxed(name, struct(f"Leaf{name}", X=Kind.INT), {}) for name in "AB"}

    refused(
        Sender().encode(many, {"Numbers": [1] * 400_000, **boxes}),
        "more than 1000000 values",
    )


def test_a_definition_inside_an_unfinished_value_counts_once() -> None:
    """It is taken back while the rest is awaited, and a second definition of it is still an error."""
    stream = Sender().encode(ANY, Boxed("Leaf", LEAF, {"X": 1}))
    first = stream[: stream[0] + 1]
    definition = message(first[first.index(b"Leaf") + 4 :])

    assert read([first, stream[len(first) :]])[0] == [Interface("Leaf", {"X": 1})]
    refused(first + definition + stream[len(first) :], "type 64 is defined twice")
