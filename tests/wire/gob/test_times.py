"""The bytes of Go's time.Time; the hex strings are Go's (the "times" of vectors.txt)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.gob.times import Time, decode_time

NOON = "010000000edd78ad8c00000000ffff"


def decode(text: str) -> Time:
    """Decode hex."""
    return decode_time(bytes.fromhex(text))


def test_a_time_in_utc() -> None:
    """Offset minus one stands for UTC."""
    assert decode(NOON) == Time(unix_seconds=1709618828, nanoseconds=0, offset_seconds=0)
    assert decode(NOON).to_datetime() == datetime(2024, 3, 5, 6, 7, 8, tzinfo=UTC)


def test_a_time_in_a_zone_is_the_same_instant_elsewhere() -> None:
    """05:30 east; nanoseconds are cut to microseconds only for datetime."""
    time = decode("010000000edd786034075bcd15014a")

    assert (time.nanoseconds, time.offset_seconds) == (123456789, 5 * 3600 + 1800)
    assert time.to_datetime() == datetime(2024, 3, 5, 0, 37, 8, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("020000000edd789f6b00000000003c11", 3617),
        ("020000000dd595e6a200000005fed8fe", -(4 * 3600 + 56 * 60 + 2)),
    ],
)
def test_version_two_has_the_seconds_of_the_offset(text: str, offset: int) -> None:
    """East and west of Greenwich."""
    assert decode(text).offset_seconds == offset


def test_gos_zero_time_is_no_date() -> None:
    """It means "not set"."""
    assert decode("01000000000000000000000000ffff").to_datetime() is None


@pytest.mark.parametrize(
    "text",
    [
        "01ffffffffabbc584000000000ffff",
        "0100000058568cc31000000000ffc4",
        "017fffffffffffffff00000000ffff",
        "01800000000000000000000000ffff",
    ],
)
def test_years_that_python_does_not_have_are_no_date(text: str) -> None:
    """44 before Christ, 12024 after, and the ends of 64 bits; the instant itself is still told."""
    assert decode(text).unix_seconds != 0
    assert decode(text).to_datetime() is None


@pytest.mark.parametrize(
    "text",
    ["", "01", NOON[:-2], NOON + "00", "02" + NOON[2:], "03" + NOON[2:], "01" + "00" * 15, "02" + "00" * 14],
)
def test_other_lengths_and_versions_are_refused(text: str) -> None:
    """Version 1 has 15 bytes, version 2 has 16."""
    with pytest.raises(RemoteProtocolError, match="a time of"):
        decode(text)


@pytest.mark.parametrize("nanoseconds", ["3b9aca00", "ffffffff"])
def test_nanoseconds_are_less_than_a_second(nanoseconds: str) -> None:
    """A thousand million, and minus one."""
    with pytest.raises(RemoteProtocolError, match="nanoseconds"):
        decode(NOON[:18] + nanoseconds + "ffff")


@given(st.binary(min_size=14, max_size=16))
def test_any_bytes_are_a_time_or_an_error(data: bytes) -> None:
    """Nothing else may come out, from the conversion to a date neither."""
    try:
        time = decode_time(data)
    except RemoteProtocolError:
        return
    assert time.to_datetime() is None or time.to_datetime() is not None
