"""The bound of a call: so many seconds, and no error but RoutingError, with a text for the user."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from rollouts_router.core.errors import PassingError, RoutingError, TooSlowError
from rollouts_router.kube.errors import ApiError, TooManyRequests, Unavailable
from rollouts_router.router.writes import Progress

CALL_SECONDS: Final = 30.0
"""The controller sets no limit, and a call that hangs takes one of its workers."""


@asynccontextmanager
async def bounded(
    seconds: float, subject: str, doing: str, progress: Progress | None = None
) -> AsyncIterator[None]:
    """Give what is inside so many seconds; an error of the API becomes one of routing, with it as its cause.

    Args:
        seconds: How many.
        subject: The Rollout that it is about, for the text.
        doing: What is done, as in "… s were not enough to …".
        progress: How far it has come, when it writes.

    Raises:
        PassingError: What may pass by itself.
        RoutingError: What somebody has to change.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        state = f": {_so_far(progress)}" if progress and progress.total else ""
        raise TooSlowError(
            f"{subject}: {seconds:g} s were not enough to {doing}{state}."
            " The API server is slow, or -kubeClientQPS is low for so many routes;"
            " the next reconcile goes on with what is left"
        ) from error
    except (TooManyRequests, Unavailable) as error:
        raise PassingError(str(error)) from error
    except ApiError as error:
        raise RoutingError(str(error)) from error


def _so_far(progress: Progress) -> str:
    failed = f", one of them because of this: {progress.failed[0]}" if progress.failed else ""
    return f"{progress}{failed}"
