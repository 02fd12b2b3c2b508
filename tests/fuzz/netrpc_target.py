"""Any bytes as a stream of calls, each answered as soon as it is there."""

from tests.fuzz.seeds import KNOWS_TYPES, pieces, teach

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.gob.reader import Decoder, Waiting
from rollouts_router.wire.gob.records import Field, Kind, StructType, Typed
from rollouts_router.wire.netrpc.calls import ServerStream

_RESULT = Typed(StructType("RpcError", (Field("ErrorString", Kind.STRING),)), {"ErrorString": "no"})


def run_one(data: bytes) -> None:
    """Take everything after the first byte, which says how; what is answered must be readable."""
    if not data:
        return
    stream = ServerStream()
    if data[0] & KNOWS_TYPES:
        teach(stream._decoder)
    answered = 0
    try:
        for piece in pieces(data[0], data[1:]):
            stream.receive(piece)
            answered += _answer(stream)
        stream.receive_eof()
    except RemoteProtocolError:
        answered += _answer(stream)
    _check(stream.data_to_send(), answered)


def _answer(stream: ServerStream) -> int:
    calls = stream.calls()
    for call in calls:
        if call.seq % 2:
            stream.fail(call, "rpc: can't find service")
        else:
            stream.reply(call, _RESULT)
    return len(calls)


def _check(sent: bytes, answered: int) -> None:
    reader = Decoder()
    reader.receive(sent)
    count = 0
    while not isinstance(reader.next_value(), Waiting):
        count += 1
    assert count == 2 * answered
