"""One stream of net/rpc, seen from the server: bytes into calls, replies into bytes.

A call is two values, header and argument; a reply is two as well, and both are written in one piece, for
they share an encoder. Who answers which method, and when, is the caller's business; replies may come in
any order, one for each call.
"""

from dataclasses import dataclass
from typing import Final

from rollouts_router.wire.errors import LocalProtocolError, RemoteProtocolError
from rollouts_router.wire.gob.reader import NEED_DATA, STREAM_ENDED, Decoder
from rollouts_router.wire.gob.records import Typed, Value
from rollouts_router.wire.gob.writer import Encoder
from rollouts_router.wire.netrpc.messages import NOTHING, Request, request_from, response

MAX_CALLS: Final = 1024
"""Calls waiting for their reply on one stream. A host has one for each of its workers, by default ten."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to answer. `service_method` is "Service.Method" as the peer wrote it."""

    seq: int
    service_method: str
    argument: Value


class ServerStream:
    """Both directions of one net/rpc stream, with their own types and ids."""

    def __init__(self, first_id: int = 65) -> None:
        self._decoder = Decoder()
        self._encoder = Encoder(first_id)
        self._request: Request | None = None
        self._calls: list[Call] = []
        self._unanswered: set[int] = set()
        self._output = bytearray()
        self._failure = ""

    def receive(self, data: bytes) -> None:
        """Take bytes from the peer; `calls` has what they completed.

        Raises RemoteProtocolError when they are no calls. The stream is dead then and says so to every
        `receive`; calls that were complete before are still in `calls`.
        """
        self._check_alive()
        try:
            self._decoder.receive(data)
            self._collect()
        except RemoteProtocolError as error:
            self._failure = str(error)
            raise

    def receive_eof(self) -> None:
        """Learn that no more calls will come; replies are still possible.

        Raises RemoteProtocolError when the bytes ended inside a call.
        """
        self._check_alive()
        self._decoder.receive_eof()
        self._collect()

    def calls(self) -> list[Call]:
        """Return the calls completed since the last time, in order; answer each one once."""
        calls, self._calls = self._calls, []
        return calls

    def reply(self, call: Call, result: Typed) -> None:
        """Answer a call with its result; `data_to_send` has the bytes.

        Raises LocalProtocolError, and sends nothing, if the call has been answered already or the result
        does not fit its type; in the latter case the call can still be answered.
        """
        self._answer(call, "", result)

    def fail(self, call: Call, text: str) -> None:
        """Answer a call with an error of the transport, `text` (not empty) being all the caller sees.

        Raises LocalProtocolError as `reply` does.
        """
        if not text:
            raise LocalProtocolError(f"an error without a text for call {call.seq}; it would mean success")
        self._answer(call, text, NOTHING)

    def data_to_send(self) -> bytes:
        """Return the bytes to send on the stream now, in one piece; they are handed out once."""
        data = bytes(self._output)
        self._output.clear()
        return data

    def _answer(self, call: Call, error: str, result: Typed) -> None:
        if call.seq not in self._unanswered:
            raise LocalProtocolError(f"a second reply to call {call.seq}, {call.service_method}")
        self._output += self._encoder.encode(response(call.seq, call.service_method, error), result)
        self._unanswered.remove(call.seq)

    def _check_alive(self) -> None:
        """Repeat the error that ended the stream: what would follow it is out of step."""
        if self._failure:
            raise RemoteProtocolError(self._failure)

    def _collect(self) -> None:
        while (value := self._decoder.next_value()) is not NEED_DATA:
            if value is STREAM_ENDED:
                self._end()
                return
            if self._request is None:
                self._request = self._begin(value)
            else:
                self._calls.append(Call(self._request.seq, self._request.service_method, value))
                self._request = None

    def _begin(self, header: Value) -> Request:
        request = request_from(header)
        if request.seq in self._unanswered:
            raise RemoteProtocolError(f"call {request.seq} is made again before it was answered")
        if len(self._unanswered) >= MAX_CALLS:
            raise RemoteProtocolError(f"more than {MAX_CALLS} calls wait for their replies")
        self._unanswered.add(request.seq)
        return request

    def _end(self) -> None:
        if self._request is not None:
            raise RemoteProtocolError(f"the stream ends inside call {self._request.seq}")
