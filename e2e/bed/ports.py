"""Free loopback ports, picked where the kernel does not pick for outgoing connections."""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING, TypeVar

from e2e.bed.errors import BedError, ProcessDiedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Value = TypeVar("Value")

LOWEST, HIGHEST = 20_000, 32_000  # below Linux' default range for outgoing connections
ATTEMPTS = 200
STARTS = 5
TAKEN = "address already in use"  # what every program of the bed says then, at the end of its log


def free_port() -> int:
    """A port that nobody listens on now. Somebody else may still be quicker: whoever uses it retries."""
    for _ in range(ATTEMPTS):
        port = random.randint(LOWEST, HIGHEST)  # noqa: S311
        if _is_free(port):
            return port
    raise BedError(f"no free port between {LOWEST} and {HIGHEST} in {ATTEMPTS} attempts")


async def with_free_port(start: Callable[[int], Awaitable[Value]]) -> Value:
    """Starts something on a free port, and on another one when somebody else was quicker to listen there."""
    for _ in range(STARTS):
        try:
            return await start(free_port())
        except ProcessDiedError as error:
            if TAKEN not in str(error):
                raise
    raise BedError(f"{STARTS} ports in a row were taken by others")


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        # As the servers do: a port whose last connections are still closing down is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
