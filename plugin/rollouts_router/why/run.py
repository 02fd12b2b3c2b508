"""`rollouts-router why` from its command line to its exit status. The answer goes to stdout, everything else to stderr."""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rollouts_router.app.connecting import make_client, make_throttle
from rollouts_router.kube.errors import ApiError
from rollouts_router.log import configure, route_everything
from rollouts_router.settings import Settings
from rollouts_router.why.answers import State
from rollouts_router.why.options import Options, Output, parse
from rollouts_router.why.reading import Reader, read
from rollouts_router.why.report import Report, as_json, as_text, report_of

STOPPED: Final = 1
NOT_SEEN: Final = 2
INTERRUPTED: Final = 130
"""As a shell has it for SIGINT: 128 and its number."""


def why(arguments: Sequence[str]) -> int:
    """Answer one question and return the exit status.

    Raises:
        SystemExit: The arguments cannot be used, or help was asked for.
    """
    options = parse(arguments, os.environ)
    route_everything(configure(text=True, least="error", now=lambda: datetime.now(UTC)))
    try:
        return asyncio.run(_run(options))
    except ApiError as error:
        sys.stderr.write(f"error: {error}\n")
    except TimeoutError:
        sys.stderr.write(f"error: it was not read in {options.seconds:g} s; a longer --timeout may help\n")
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read it has seen enough. The interpreter would try to flush the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return NOT_SEEN


async def _run(options: Options) -> int:
    client = make_client(make_throttle(Settings()), context=options.context)
    try:
        async with asyncio.timeout(options.seconds):
            report = await ask(client, options.namespace, options.name, datetime.now(UTC))
    finally:
        await client.aclose()
    write = as_json if options.output is Output.JSON else as_text
    sys.stdout.write(f"{write(report)}\n")
    sys.stdout.flush()
    return STOPPED if report.cause.state is State.STOPPED else 0


async def ask(reader: Reader, namespace: str, name: str, now: datetime) -> Report:
    """Read and judge. Raises ApiError when the Rollout cannot be read."""
    return report_of(await read(reader, namespace, name), now)
