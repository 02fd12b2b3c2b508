"""Time for tests: a loop whose time passes only while everybody waits, and a clock that a test puts forward.

Nothing here sleeps, and a deadlock is an error.
"""

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

_T = TypeVar("_T")


class _Jumping(selectors.SelectSelector):
    """Instead of waiting it puts the clock forward."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("everybody waits for somebody else")
        self.now += timeout
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def call_exception_handler(self, context: Mapping[str, Any]) -> None:
        raise AssertionError(context["message"])


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Run to the end, however long its pauses are, in no time."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


@dataclass
class HandClock:
    """A clock that goes on when somebody puts it forward or waits by it; it outlives a loop.

    Attributes:
        now: What it shows.
        pauses: How long somebody waited, each time.
        early: Seconds by which every wait ends too early.
        tick: Seconds that pass with every look at it.
    """

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)
    early: float = 0.0
    tick: float = 0.0

    def __call__(self) -> float:
        self.now += self.tick
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Wait by it."""
        self.pauses.append(seconds)
        self.now += seconds - self.early
        await asyncio.sleep(0)
