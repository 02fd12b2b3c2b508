"""The bytes that Go's `time.Time` (and `metav1.Time` around it) writes for itself (time, MarshalBinary)."""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from rollouts_router.wire.errors import RemoteProtocolError

_LAYOUT = struct.Struct(">Bqih")
_SECONDS_TO_1970: Final = 62_135_596_800
_UTC_MARK: Final = -1
"""An offset of minus one minute stands for UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """An instant: seconds since 1970 (negative before), nanoseconds in it, and its zone's offset in seconds."""

    unix_seconds: int
    nanoseconds: int
    offset_seconds: int

    def to_datetime(self) -> datetime | None:
        """Return it in UTC, cut to microseconds; None outside the years 1 to 9999 and for Go's zero time."""
        if self.unix_seconds == -_SECONDS_TO_1970 and self.nanoseconds == 0:
            return None
        try:
            elapsed = timedelta(seconds=self.unix_seconds, microseconds=self.nanoseconds // 1000)
            return datetime(1970, 1, 1, tzinfo=UTC) + elapsed
        except OverflowError:
            return None


def decode_time(data: bytes) -> Time:
    """Read the 15 bytes of version 1 or the 16 of version 2; raise RemoteProtocolError for anything else."""
    if len(data) not in {15, 16} or data[0] != len(data) - 14:
        raise RemoteProtocolError(
            f"a time of {len(data)} bytes that starts with {data[:1].hex() or 'nothing'}"
        )
    _, seconds, nanoseconds, minutes = _LAYOUT.unpack(data[:15])
    odd_seconds = int.from_bytes(data[15:], "big", signed=True)
    if not 0 <= nanoseconds < 1_000_000_000:
        raise RemoteProtocolError(f"a time with {nanoseconds} nanoseconds")
    return Time(
        unix_seconds=seconds - _SECONDS_TO_1970,
        nanoseconds=nanoseconds,
        offset_seconds=0 if minutes == _UTC_MARK else minutes * 60 + odd_seconds,
    )
