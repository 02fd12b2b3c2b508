"""Any bytes as a gob stream: values or RemoteProtocolError, nothing else, and the same in any pieces."""

from contextlib import suppress

from tests.fuzz.seeds import KNOWS_TYPES, pieces, teach

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.gob.reader import Decoder, Waiting


def run_one(data: bytes) -> None:
    """Decode everything after the first byte, which says how."""
    if not data:
        return
    decoder = Decoder()
    if data[0] & KNOWS_TYPES:
        teach(decoder)
    with suppress(RemoteProtocolError):
        for piece in pieces(data[0], data[1:]):
            decoder.receive(piece)
            _drain(decoder)
        decoder.receive_eof()
        _drain(decoder)


def _drain(decoder: Decoder) -> None:
    while not isinstance(decoder.next_value(), Waiting):
        pass
