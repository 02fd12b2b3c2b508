"""Answers that hold for some seconds: remembered briefly, in a bounded number, and asked for once at a time.

What the questions are is their owners' business. An error is never remembered: it is no answer.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from rollouts_router.kube.throttle import Clock

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class Decisions(Generic[_K, _V]):
    """Remembers the answer to each question for `seconds` after it was asked, and at most `most` answers."""

    def __init__(self, *, seconds: float, most: int, clock: Clock) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._known: OrderedDict[_K, tuple[float, _V]] = OrderedDict()
        self._turns: WeakValueDictionary[_K, asyncio.Lock] = WeakValueDictionary()

    async def get(self, question: _K, ask: Callable[[], Awaitable[_V]]) -> _V:
        """The answer: a remembered one, or what `ask` returns. Raises what `ask` raises."""
        turn = self._turns.setdefault(question, asyncio.Lock())  # lives while somebody holds or awaits it
        async with turn:  # who comes meanwhile waits for the first one's answer
            known = self._known.get(question)
            now = self._clock()
            if known is not None and now < known[0]:
                return known[1]
            answer = await ask()
            self._remember(question, now + self._seconds, answer)
            return answer

    def _remember(self, question: _K, until: float, answer: _V) -> None:
        self._known[question] = (until, answer)
        self._known.move_to_end(question)  # the order is that of expiry
        while len(self._known) > self._most:
            self._known.popitem(last=False)
