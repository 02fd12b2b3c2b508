"""Bytes that Go wrote, against our reader, our writer and the tests' own sender."""

from pathlib import Path

import pytest
from tests.wire.gob.deliveries import check
from tests.wire.gob.sender import Sender
from tests.wire.gob.vectors import VECTORS, Sent

from rollouts_router.wire.gob.records import Kind, StructType, Typed
from rollouts_router.wire.gob.writer import Encoder

GOLDEN = Path(__file__).parents[2] / "golden"
STREAMS = {
    name: bytes.fromhex(data)
    for name, data in map(str.split, (GOLDEN / "vectors.txt").read_text().splitlines())
}


def test_every_stream_that_go_wrote_is_described_here() -> None:
    """No vector is left out on either side."""
    assert STREAMS.keys() == VECTORS.keys()


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_bytes_are_those_of_go_and_read_back_whatever_the_delivery(name: str) -> None:
    """Go's bytes are what we write, as far as we can, and read to the values that Go was given."""
    sender = Sender()
    written = [b"".join([sender.encode(sent.type, sent.value) for sent in VECTORS[name]])]
    if all(isinstance(sent.type, Kind | StructType) for sent in VECTORS[name]):
        written.append(_ours(VECTORS[name], 64))

    check(STREAMS[name], [sent.expected for sent in VECTORS[name]], *written)


@pytest.mark.parametrize("name", sorted(VECTORS))
@pytest.mark.parametrize("first_id", [65, 5000, 1 << 40])
def test_the_numbers_of_types_do_not_matter(name: str, first_id: int) -> None:
    """The same values under other type ids, as older releases of Go and other processes have them."""
    sender = Sender(first_id)
    stream = b"".join([sender.encode(sent.type, sent.value) for sent in VECTORS[name]])

    check(stream, [sent.expected for sent in VECTORS[name]])


def _ours(values: list[Sent], first_id: int) -> bytes:
    encoder = Encoder(first_id)
    return encoder.encode(*[Typed(sent.type, sent.value) for sent in values])  # type: ignore[arg-type] # see caller
