"""Bytes that wait to be complete."""

import pytest
from tests.wire.bounds import allocates_at_most

from rollouts_router.wire.buffer import Buffer
from rollouts_router.wire.errors import RemoteProtocolError


def test_bytes_come_out_in_the_order_they_went_in() -> None:
    """Pieces are joined, whatever their borders."""
    buffer = Buffer(10)
    buffer.append(b"abc")
    buffer.append(b"de")

    assert (buffer.take(2), buffer.take(3), len(buffer)) == (b"ab", b"cde", 0)


def test_peeking_leaves_everything_and_returns_what_is_there() -> None:
    """Asking for more than there is gives less, without an error."""
    buffer = Buffer(10)
    buffer.append(b"abc")

    assert (buffer.peek(2), buffer.peek(9), len(buffer)) == (b"ab", b"abc", 3)


def test_the_limit_is_exact_and_a_refused_piece_leaves_nothing_behind() -> None:
    """Ten bytes fit ten; an eleventh is refused before it is copied."""
    buffer = Buffer(10)
    buffer.append(b"0123456789")

    with pytest.raises(RemoteProtocolError, match="more than the limit of 10"):
        buffer.append(b"x")
    assert buffer.peek(99) == b"0123456789"


def test_a_huge_piece_is_refused_without_a_copy() -> None:
    """Refusing costs a sentence."""
    buffer = Buffer(1_000)
    piece = bytes(10_000_000)

    with allocates_at_most(20_000), pytest.raises(RemoteProtocolError):
        buffer.append(piece)
