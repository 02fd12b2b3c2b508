"""The header of a frame."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.yamux.frames import Flag, FrameType, Header, decode_header, encode_header

U32 = st.integers(0, (1 << 32) - 1)


@pytest.mark.parametrize(
    ("header", "data"),
    [
        (Header(type=FrameType.WINDOW_UPDATE, flags=Flag.SYN, stream_id=1), "000100010000000100000000"),
        (Header(type=FrameType.WINDOW_UPDATE, flags=Flag.FIN, stream_id=3), "000100040000000300000000"),
        (Header(type=FrameType.DATA, stream_id=7, length=97), "000000000000000700000061"),
        (Header(type=FrameType.PING, flags=Flag.ACK, length=0x01020304), "000200020000000001020304"),
        (Header(type=FrameType.GO_AWAY, length=2), "000300000000000000000002"),
    ],
)
def test_each_type_of_frame(header: Header, data: str) -> None:
    """The first one as a host's session was seen to begin."""
    assert encode_header(header).hex() == data
    assert decode_header(bytes.fromhex(data)) == header


@given(st.sampled_from(FrameType), st.integers(0, 0xFFFF), U32, U32)
def test_headers_round_trip(kind: FrameType, flags: int, stream_id: int, length: int) -> None:
    """Unknown flags are kept."""
    header = Header(type=kind, flags=Flag(flags), stream_id=stream_id, length=length)

    assert decode_header(encode_header(header)) == header


@pytest.mark.parametrize("start", ["0100", "ff00", "0004", "00ff"])
def test_other_versions_and_types_are_refused(start: str) -> None:
    """Only version 0 with four types exists."""
    with pytest.raises(RemoteProtocolError, match="a frame of"):
        decode_header(bytes.fromhex(start + "0000" + "00000001" + "00000000"))


def test_only_data_has_a_payload() -> None:
    """Elsewhere the length field is a number."""
    assert Header(type=FrameType.DATA, length=5).payload_length == 5
    assert Header(type=FrameType.PING, length=5).payload_length == 0
