"""Metrics of the plugin, where somebody asked for them: what is counted, and the page it stands on.

The library and the page are imported only then: the controller's plugin does without. A page that cannot be opened
is a warning and never the end, for the controller may run one plugin while it starts the next.
"""

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

from rollouts_router.log import Logger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from rollouts_router.app.assembly import Meter
    from rollouts_router.app.metrics import Metrics
    from rollouts_router.transports.standalone.page import Pages

    Publish: TypeAlias = Callable[[Pages, str], AbstractAsyncContextManager[int]]


@asynccontextmanager
async def exporting(where: str, log: Logger) -> "AsyncIterator[Meter | None]":
    """Publish `/metrics` at `host:port` until the block ends, and give what counts; nothing when `where` is empty."""
    if not where:
        yield None
        return
    metrics, publish = await asyncio.to_thread(_heavy)
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(publish({"/metrics": metrics.page}, where))
        except OSError as error:
            log.warning("metrics are not published", address=where, error=error)
        yield metrics


def _heavy() -> "tuple[Metrics, Publish]":
    from rollouts_router.app.metrics import Metrics  # noqa: PLC0415 - the plugin does without
    from rollouts_router.transports.standalone.endpoint import endpoint  # noqa: PLC0415 - as above
    from rollouts_router.transports.standalone.page import published  # noqa: PLC0415 - as above

    return Metrics(time.monotonic), lambda pages, where: published(pages, endpoint(where))
