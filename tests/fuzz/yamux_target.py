"""Any bytes as the script of a session: what the peer sends, and what we do in between.

A script is a run of steps: a byte that says what, then its parts. 0: receive the next n bytes (n is one
byte). 1, 2, 3, 4: send, finish, reset, acknowledge on a stream (one byte) in some amount (one byte).
5: go away. 6: end of file. Anything else: receive all the rest.
"""

from tests.wire.yamux.peer import frames_in

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.yamux.events import DataReceived
from rollouts_router.wire.yamux.frames import GoAwayCode
from rollouts_router.wire.yamux.session import INITIAL_WINDOW, Session

_RECEIVE, _SEND, _FINISH, _RESET, _ACKNOWLEDGE, _GO_AWAY, _EOF = range(7)
_UNIT = 2048
"""An amount of 255 passes the first window."""


def run_one(data: bytes) -> None:
    """Play the script; only the peer's own errors may come out, and we never send beyond the first windows."""
    play = _Play()
    try:
        while data:
            data = play.step(data[0], data[1:])
    except RemoteProtocolError:
        play.look()
    play.check()


class _Play:
    def __init__(self) -> None:
        self._session = Session()
        self._unread: dict[int, int] = {}
        self._sent = bytearray()

    def step(self, act: int, rest: bytes) -> bytes:
        """Do one step and return the rest of the script."""
        if act in {_SEND, _FINISH, _RESET, _ACKNOWLEDGE} and len(rest) >= 2:
            self._do(act, rest[0], rest[1] * _UNIT)
            rest = rest[2:]
        elif act == _RECEIVE and rest:
            count = 1 + rest[0]
            self._session.receive(rest[1:count])
            rest = rest[count:]
        elif act == _GO_AWAY:
            self._session.go_away(GoAwayCode.NORMAL)
        elif act == _EOF:
            self._session.receive_eof()
        else:
            self._session.receive(rest)
            rest = b""
        self.look()
        return rest

    def look(self) -> None:
        """Take events and output."""
        for event in self._session.events():
            if isinstance(event, DataReceived):
                self._unread[event.stream_id] = self._unread.get(event.stream_id, 0) + len(event.data)
                assert self._unread[event.stream_id] <= INITIAL_WINDOW
        self._sent += self._session.data_to_send()

    def check(self) -> None:
        """All that was sent is whole frames."""
        frames_in(bytes(self._sent))

    def _do(self, act: int, stream_id: int, amount: int) -> None:
        if act == _SEND and self._session.is_open(stream_id) and amount:
            self._session.send(stream_id, bytes(amount))
        elif act == _FINISH:
            self._session.finish(stream_id)
        elif act == _RESET:
            self._session.reset(stream_id)
            self._unread.pop(stream_id, None)
        elif act == _ACKNOWLEDGE:
            count = min(amount, self._unread.get(stream_id, 0)) if self._session.is_open(stream_id) else 0
            self._session.acknowledge_read(stream_id, count)
            self._unread[stream_id] = self._unread.get(stream_id, 0) - count
