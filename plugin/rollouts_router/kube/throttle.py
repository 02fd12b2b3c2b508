"""How fast we may send: client-go's token bucket. It counts; it knows no requests.

Source: client-go `rest.Config` QPS and Burst, `util/flowcontrol` (a bucket of `burst` tokens, refilled with `qps`
tokens a second, one token for each request).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

DEFAULT_BURST: Final = 10
"""What client-go takes when a rate but no burst is given."""

Clock = Callable[[], float]
"""Seconds that only grow, like time.monotonic."""

Sleep = Callable[[float], Awaitable[None]]
"""Waits for so many seconds, like asyncio.sleep."""


@dataclass(slots=True)
class Bucket:
    """Tokens over time; `qps` is greater than 0 and `burst` at least 1. It starts full."""

    qps: float
    burst: int
    tokens: float = field(init=False)
    at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.tokens = float(self.burst)

    def missing(self, now: float) -> float:
        """Seconds until a token is there; 0 when one is there already."""
        self._refill(now)
        return max(0.0, (1.0 - self.tokens) / self.qps)

    def take(self, now: float) -> None:
        """Take one token; the caller has waited for what was missing."""
        self._refill(now)
        self.tokens = max(0.0, self.tokens - 1.0)

    def _refill(self, now: float) -> None:
        if now > self.at:
            self.tokens = min(float(self.burst), self.tokens + (now - self.at) * self.qps)
            self.at = now


class Throttle:
    """Lets callers pass one after the other, at the agreed rate.

    `qps` of 0 or less sets no limit. (client-go reads 0 as its default of 5; whether a rate was given at all is
    the caller's question.) A `burst` of 0 or less means DEFAULT_BURST.
    """

    def __init__(self, *, qps: float, burst: int, clock: Clock, sleep: Sleep) -> None:
        self._bucket = Bucket(qps, burst if burst > 0 else DEFAULT_BURST) if qps > 0 else None
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()  # wakes in order of arrival; a cancelled waiter takes no token

    async def acquire(self) -> None:
        """Wait for the caller's turn and for a token; at most (callers before it + 1) / qps seconds."""
        if self._bucket is None:
            return
        async with self._turn:
            missing = self._bucket.missing(self._clock())
            if missing > 0:
                await self._sleep(missing)
            self._bucket.take(self._clock())
