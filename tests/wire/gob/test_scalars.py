"""Basic values by themselves; their place in messages is proved with Go's bytes in test_golden."""

import math
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.wire.bounds import allocates_at_most

from rollouts_router.wire.errors import LocalProtocolError, RemoteProtocolError
from rollouts_router.wire.gob import scalars

Read = Callable[[bytes, int], tuple[object, int]]


def reads_back(written: bytes, read: Read, value: object) -> None:
    """Read from the middle of other bytes; nothing before or behind matters, every cut is noticed."""
    assert read(b"\xff" + written + b"\xff", 1) == (value, 1 + len(written))
    for end in range(len(written)):
        with pytest.raises((IndexError, RemoteProtocolError)):
            read(written[:end], 0)


@given(st.integers(0, (1 << 64) - 1))
@example(127)
@example(128)
def test_unsigned_integers_round_trip_in_their_shortest_form(value: int) -> None:
    """One byte below 128, else one more than the number needs."""
    written = scalars.write_uint(value)

    assert len(written) == (1 if value < 128 else 1 + (value.bit_length() + 7) // 8)
    reads_back(written, scalars.read_uint, value)


@given(st.integers(-(1 << 63), (1 << 63) - 1))
@example(-(1 << 63))
@example((1 << 63) - 1)
def test_signed_integers_round_trip(value: int) -> None:
    """The whole range of 64 bits."""
    reads_back(scalars.write_int(value), scalars.read_int, value)


@given(st.floats(allow_nan=False))
def test_floats_round_trip(value: float) -> None:
    """Bit by bit, signed zeros and infinities too."""
    written = scalars.write_float(value)

    reads_back(written, scalars.read_float, value)
    assert math.copysign(1, scalars.read_float(written, 0)[0]) == math.copysign(1, value)


def test_a_nan_stays_one() -> None:
    """It equals nothing, so it needs a test of its own."""
    assert math.isnan(scalars.read_float(scalars.write_float(math.nan), 0)[0])


@given(st.complex_numbers(allow_nan=False))
def test_complex_numbers_round_trip(value: complex) -> None:
    """The real part comes first."""
    reads_back(scalars.write_complex(value), scalars.read_complex, value)


@given(value=st.booleans())
def test_bools_round_trip(*, value: bool) -> None:
    """One byte."""
    reads_back(scalars.write_bool(value), scalars.read_bool, value)


@given(st.binary(max_size=300))
def test_bytes_and_any_bytes_as_text_round_trip(value: bytes) -> None:
    """A Go string need not be UTF-8; what is not becomes surrogate escapes and comes back."""
    reads_back(scalars.write_bytes(value), scalars.read_bytes, value)
    text, _ = scalars.read_string(scalars.write_bytes(value), 0)
    assert scalars.write_string(text) == scalars.write_bytes(value)


@given(st.text(max_size=100))
def test_text_round_trips(value: str) -> None:
    """As UTF-8."""
    reads_back(scalars.write_string(value), scalars.read_string, value)


@pytest.mark.parametrize("longer", ["ff07", "fe0007", "f80000000000000007"])
def test_forms_longer_than_needed_are_read_as_go_reads_them(longer: str) -> None:
    """Go never writes them and always takes them."""
    assert scalars.read_uint(bytes.fromhex(longer), 0)[0] == 7


@pytest.mark.parametrize("first", [0x80, 0xF0, 0xF7])
def test_integers_of_more_than_eight_bytes_are_refused(first: int) -> None:
    """The first byte tells."""
    with pytest.raises(RemoteProtocolError, match="at most 8"):
        scalars.read_uint(bytes([first]) + bytes(200), 0)


@pytest.mark.parametrize("count", [301, 1 << 31, 1 << 63, (1 << 64) - 1])
def test_a_text_longer_than_what_is_there_allocates_nothing(count: int) -> None:
    """The count is compared before anything is cut."""
    data = scalars.write_uint(count) + bytes(300)

    with allocates_at_most(5_000), pytest.raises(RemoteProtocolError, match="runs past"):
        scalars.read_bytes(data, 0)


@pytest.mark.parametrize(
    ("write", "value"),
    [
        (scalars.write_uint, -1),
        (scalars.write_uint, 1 << 64),
        (scalars.write_int, 1 << 63),
        (scalars.write_int, -(1 << 63) - 1),
        (scalars.write_string, "\ud800"),
    ],
)
def test_what_gob_cannot_say_is_our_error(write: Callable[[object], bytes], value: object) -> None:
    """Numbers of more than 64 bits, and half of a character."""
    with pytest.raises(LocalProtocolError):
        write(value)
