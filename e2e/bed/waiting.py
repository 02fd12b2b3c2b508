"""Bounded waiting by asking again, at a small interval. What is waited for is the caller's business."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

import aiohttp

from e2e.bed.errors import NotInTimeError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Value = TypeVar("Value")

INTERVAL = 0.05  # seconds; a question costs a loopback round trip of a few milliseconds
ANSWER = 5.0  # seconds for one such question


async def until(
    ask: Callable[[], Awaitable[Value | None]],
    *,
    within: float,
    what: str | Callable[[], str],
    interval: float = INTERVAL,
) -> Value:
    """The first answer that is not None, at most `within` seconds from now; asked for every `interval` seconds."""
    end = time.monotonic() + within
    while (answer := await ask()) is None:
        if time.monotonic() >= end:
            raise NotInTimeError(f"not within {within:g} s: {what if isinstance(what, str) else what()}")
        await asyncio.sleep(interval)
    return answer


async def answers(url: str) -> bool | None:
    """Whether the URL answers well; None, so that one asks again, if not."""
    limit = aiohttp.ClientTimeout(total=ANSWER)
    try:
        async with aiohttp.ClientSession(timeout=limit) as session, session.get(url) as answer:
            return True if answer.ok else None
    except (aiohttp.ClientError, TimeoutError):
        return None
