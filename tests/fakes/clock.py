"""An event loop whose time passes only while everybody waits. Nothing here sleeps, and a deadlock is an error."""

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
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
