"""The one way in which a codec case is tried: written, read whole, byte by byte, and with a tail."""

from collections.abc import Iterable, Sequence

from rollouts_router.wire.gob.reader import NEED_DATA, STREAM_ENDED, Decoder, Waiting
from rollouts_router.wire.gob.records import Value

TAIL = bytes.fromhex("0c 0c")
"""The start of a message that never becomes whole."""


def check(stream: bytes, values: Sequence[Value], *written: bytes) -> None:
    """Assert that everybody who writes these values writes `stream`, and that every delivery reads them.

    Compares by repr, which tells 1 from True and 1.0 and knows the order of fields.
    """
    for own in written:
        assert own.hex() == stream.hex()
    for delivery in ([stream], [stream[i : i + 1] for i in range(len(stream))], [stream + TAIL]):
        found, end = read(delivery)
        assert repr(found) == repr(list(values))
        assert end is NEED_DATA
    found, end = read([stream], eof=True)
    assert (len(found), end) == (len(values), STREAM_ENDED)


def read(pieces: Iterable[bytes], *, eof: bool = False) -> tuple[list[Value], Waiting]:
    """Feed the pieces one after the other; return the values and why there are no more."""
    decoder = Decoder()
    found: list[Value] = []
    for piece in pieces:
        decoder.receive(piece)
        found += drain(decoder)[0]
    if eof:
        decoder.receive_eof()
    rest, end = drain(decoder)
    return found + rest, end


def drain(decoder: Decoder) -> tuple[list[Value], Waiting]:
    """Take what is complete."""
    found: list[Value] = []
    while not isinstance(value := decoder.next_value(), Waiting):
        found.append(value)
    return found, value
