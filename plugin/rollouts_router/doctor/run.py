"""`rollouts-router doctor` from its command line to its exit status. What was found goes to stdout, the rest to stderr."""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from rollouts_router.app.connecting import make_client, make_throttle
from rollouts_router.doctor.judging import Group, findings_of, without
from rollouts_router.doctor.looking import look
from rollouts_router.doctor.options import Options, Output, parse
from rollouts_router.doctor.report import render
from rollouts_router.findings import as_json, sarif
from rollouts_router.findings.model import Finding
from rollouts_router.findings.status import ExitStatus, exit_status
from rollouts_router.kube.errors import ApiError, CredentialsError
from rollouts_router.kube.namespaces import home
from rollouts_router.kube.sources import Sources
from rollouts_router.log import configure, route_everything
from rollouts_router.settings import Settings

INTERRUPTED: Final = 130
"""As a shell has it for SIGINT: 128 and its number."""


def doctor(arguments: Sequence[str]) -> int:
    """Look, tell, and return the exit status.

    Raises:
        SystemExit: The arguments cannot be used, or help was asked for.
    """
    options = parse(arguments)
    route_everything(configure(text=True, least="error", now=lambda: datetime.now(UTC)))
    try:
        groups = without(asyncio.run(_look(options)), options.skipped)
    except (ApiError, CredentialsError) as error:
        return _cannot(f"the cluster cannot be looked at: {error}")
    except TimeoutError:
        return _cannot(
            f"{options.seconds:g} s were not enough to look; give more with --timeout, or name less"
        )
    except KeyboardInterrupt:
        return INTERRUPTED
    found = findings_of(groups)
    try:
        _tell(_written(options, groups, found))
    except BrokenPipeError:
        # Whoever read it has seen enough. The interpreter would try to flush the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitStatus.CLEAN if options.fail_on is None else exit_status(found, options.fail_on)


async def _look(options: Options) -> tuple[Group, ...]:
    sources = _sources(options)
    client = make_client(make_throttle(Settings()), sources=sources)
    try:
        async with asyncio.timeout(options.seconds):
            return await look(client, options, await home(sources))
    finally:
        await client.aclose()


def _sources(options: Options) -> Sources:
    environment = dict(os.environ)
    if options.kubeconfig is not None:
        environment["KUBECONFIG"] = str(options.kubeconfig)
    return Sources(environment, context=options.context)


def _written(options: Options, groups: Sequence[Group], found: Sequence[Finding]) -> str:
    if options.output is Output.JSON:
        return as_json.render(found)
    if options.output is Output.SARIF:
        return sarif.render(found, version("rollouts-router"))
    return render(groups, quiet=options.quiet)


def _tell(words: str) -> None:
    """Marks that a terminal's encoding does not have become question marks."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(words.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def _cannot(why: str) -> int:
    sys.stderr.write(f"error: {why}\n")
    return ExitStatus.CANNOT_LOOK
