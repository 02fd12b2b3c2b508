"""`rollouts-router call` from its command line to its exit status. Replies go to stdout, everything else to stderr."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import grpc
import yaml
from google.protobuf.message import Message

from rollouts_router.client.commands import WATCH
from rollouts_router.client.documents import document
from rollouts_router.client.failures import failure_text
from rollouts_router.client.options import Options, Output, parse
from rollouts_router.client.place import PlaceError, channel_to, metadata_of
from rollouts_router.client.tables import text_of, watch_head
from rollouts_router.log import Logger, configure, route_everything
from rollouts_router.v1 import traffic_router_pb2 as v1
from rollouts_router.v1.traffic_router_pb2_grpc import TrafficRouterStub

FAILED: Final = 1
NOT_LIVE: Final = 3
INTERRUPTED: Final = 130
"""As a shell has it for SIGINT: 128 and its number."""


def call(arguments: Sequence[str]) -> int:
    """Make one call and return the exit status.

    Raises:
        SystemExit: The arguments cannot be used, or help was asked for.
    """
    options = parse(arguments)
    log = configure(text=True, least="info" if options.verbose else "warn", now=lambda: datetime.now(UTC))
    route_everything(log)
    try:
        return asyncio.run(_run(options, log))
    except grpc.aio.AioRpcError as error:
        sys.stderr.write(f"{failure_text(error, options.place.address)}\n")
    except PlaceError as error:
        sys.stderr.write(f"error: {error}\n")
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read it has seen enough. The interpreter would try to flush the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


async def _run(options: Options, log: Logger) -> int:
    async with channel_to(options.place, log) as channel:
        method = getattr(TrafficRouterStub(channel), options.method)
        calling = method(options.request, timeout=options.seconds, metadata=metadata_of(options.place))
        if options.method == WATCH:
            if options.output is Output.TEXT:
                _tell(watch_head())
            async for message in calling:
                _tell(_written(message, options.output, one_line=True))
            return 0
        reply = await calling
        _tell(_written(reply, options.output, one_line=False))
        note = _note(options.request)
        if note and options.output is Output.TEXT:
            _tell(note)
        return _status(reply)


def _status(reply: Message) -> int:
    is_late = isinstance(reply, v1.VerifyWeightResponse) and reply.verdict == v1.VERDICT_NOT_VERIFIED
    return NOT_LIVE if is_late else 0


def _note(request: Message) -> str:
    """What the words of an outcome leave open: that it was only tried."""
    if isinstance(request, v1.PlanRequest):
        return "a plan: nothing was sent"
    return "a dry run: nothing was kept" if getattr(request, "dry_run", False) else ""


def _written(message: Message, output: Output, *, one_line: bool) -> str:
    """A message as it is shown; one of several as a line of JSON, or as a document of YAML."""
    if output is Output.TEXT:
        return text_of(message)
    told = document(message)
    if output is Output.JSON:
        return json.dumps(told, ensure_ascii=False, indent=None if one_line else 2)
    text: str = yaml.safe_dump(told, sort_keys=False, allow_unicode=True)
    return f"---\n{text}".rstrip() if one_line else text.rstrip()


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
