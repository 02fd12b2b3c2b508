"""The life of a stream that the peer opened, as one table. Everything about stream states lives here.

The table is the whole rule: (state, what happens) to state. A missing key is a protocol error, the peer's
or ours, by who caused it. It does not know windows, frames or ids.
"""

from enum import Enum, unique
from typing import Final

from rollouts_router.wire.errors import LocalProtocolError, RemoteProtocolError


@unique
class State(Enum):
    """Where a stream is. ABSENT is both before and after its life: the wire cannot tell them apart."""

    ABSENT = "not open"
    OPEN = "open"
    LOCAL_CLOSED = "finished by us"
    REMOTE_CLOSED = "finished by the peer"


@unique
class Act(Enum):
    """What can happen to a stream. A window update without flags changes nothing and is not listed."""

    PEER_SYN = "the peer's SYN"
    PEER_DATA = "the peer's data"
    PEER_FIN = "the peer's FIN"
    PEER_RST = "the peer's RST"
    OUR_DATA = "our data"
    OUR_FIN = "our FIN"
    OUR_RST = "our RST"


_OURS: Final = frozenset({Act.OUR_DATA, Act.OUR_FIN, Act.OUR_RST})

TRANSITIONS: Final[dict[tuple[State, Act], State]] = {
    (State.ABSENT, Act.PEER_SYN): State.OPEN,
    # Frames still under way when a stream went are not an error (spec.md); they are dropped.
    (State.ABSENT, Act.PEER_DATA): State.ABSENT,
    (State.ABSENT, Act.PEER_FIN): State.ABSENT,
    (State.ABSENT, Act.PEER_RST): State.ABSENT,
    (State.ABSENT, Act.OUR_RST): State.ABSENT,
    (State.OPEN, Act.PEER_DATA): State.OPEN,
    (State.OPEN, Act.PEER_FIN): State.REMOTE_CLOSED,
    (State.OPEN, Act.PEER_RST): State.ABSENT,
    (State.OPEN, Act.OUR_DATA): State.OPEN,
    (State.OPEN, Act.OUR_FIN): State.LOCAL_CLOSED,
    (State.OPEN, Act.OUR_RST): State.ABSENT,
    (State.LOCAL_CLOSED, Act.PEER_DATA): State.LOCAL_CLOSED,
    (State.LOCAL_CLOSED, Act.PEER_FIN): State.ABSENT,
    (State.LOCAL_CLOSED, Act.PEER_RST): State.ABSENT,
    (State.LOCAL_CLOSED, Act.OUR_RST): State.ABSENT,
    # No second FIN and no data behind the first one: Go ends the session for it, so do we.
    (State.REMOTE_CLOSED, Act.PEER_RST): State.ABSENT,
    (State.REMOTE_CLOSED, Act.OUR_DATA): State.REMOTE_CLOSED,
    (State.REMOTE_CLOSED, Act.OUR_FIN): State.ABSENT,
    (State.REMOTE_CLOSED, Act.OUR_RST): State.ABSENT,
}


def advance(state: State, act: Act, stream_id: int) -> State:
    """Return the state after `act`.

    Raises RemoteProtocolError when the peer, LocalProtocolError when we may not do that in this state.
    """
    after = TRANSITIONS.get((state, act))
    if after is None:
        blame = LocalProtocolError if act in _OURS else RemoteProtocolError
        raise blame(f"{act.value} on stream {stream_id}, which is {state.value}")
    return after


def may(state: State, act: Act) -> bool:
    """Tell whether `act` is allowed in this state."""
    return (state, act) in TRANSITIONS
