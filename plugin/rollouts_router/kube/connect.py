"""Joins credentials and transport, and imports their code off the event loop; decides nothing itself.

The HTTP library and the credential loaders take a third of a second to import, best spent after the process has
said that it is there. So importing this module, or the client, imports neither.
"""

import asyncio
from typing import TYPE_CHECKING, Protocol

from rollouts_router.kube.client import Connection
from rollouts_router.kube.sources import Sources
from rollouts_router.kube.throttle import Clock

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from rollouts_router.kube.credentials import Credentials
    from rollouts_router.kube.transport import HttpConnection


async def connect(sources: Sources, *, clock: Clock, user_agent: str) -> Connection:
    """Load credentials from the first source that has any and make a connection of them.

    `user_agent` is what the server's audit log calls us. Raises CredentialsError.
    """
    load, http_connection = await asyncio.to_thread(_heavy)
    return http_connection(await load(sources, clock=clock), user_agent=user_agent)


class _Load(Protocol):
    def __call__(self, sources: Sources, *, clock: Clock) -> "Awaitable[Credentials]": ...


def _heavy() -> "tuple[_Load, type[HttpConnection]]":
    from rollouts_router.kube.credentials import load  # noqa: PLC0415 - slow to import, so in a thread
    from rollouts_router.kube.transport import HttpConnection  # noqa: PLC0415 - slow to import, so in a thread

    return load, HttpConnection
