"""Whatever controllers, users and accidents do in whatever order, the invariants of a hold stand (docs/keda.md)."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.histories.world import EVENTS, Event, play

HISTORIES = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 255)), max_size=25)


@settings(deadline=None)
@given(HISTORIES, st.integers(0, 255))
def test_no_history_breaks_an_invariant(history: list[Event], end: int) -> None:
    asyncio.run(play(history, end))
