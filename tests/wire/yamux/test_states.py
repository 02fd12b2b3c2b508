"""The table of stream states: every state times every act."""

from itertools import product

import pytest

from rollouts_router.wire.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from rollouts_router.wire.yamux.states import Act, State, advance, may

ROWS = """
              PEER_SYN  PEER_DATA     PEER_FIN       PEER_RST  OUR_DATA       OUR_FIN       OUR_RST
ABSENT        OPEN      ABSENT        ABSENT         ABSENT    -              -             ABSENT
OPEN          -         OPEN          REMOTE_CLOSED  ABSENT    OPEN           LOCAL_CLOSED  ABSENT
LOCAL_CLOSED  -         LOCAL_CLOSED  ABSENT         ABSENT    -              -             ABSENT
REMOTE_CLOSED -         -             -              ABSENT    REMOTE_CLOSED  ABSENT        ABSENT
"""
ACTS, *LINES = [line.split() for line in ROWS.strip().splitlines()]
WANTED = {(line[0], act): after for line in LINES for act, after in zip(ACTS, line[1:], strict=True)}


@pytest.mark.parametrize(("state", "act"), list(product(State, Act)))
def test_every_act_in_every_state(state: State, act: Act) -> None:
    """As drawn above; a dash is an error of whoever did it."""
    after = WANTED[state.name, act.name]
    if after != "-":
        assert (advance(state, act, 1), may(state, act)) == (State[after], True)
        return
    blame: type[ProtocolError] = LocalProtocolError if act.name.startswith("OUR") else RemoteProtocolError
    with pytest.raises(blame, match="on stream 1, which is"):
        advance(state, act, 1)
    assert not may(state, act)
