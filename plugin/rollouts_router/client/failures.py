"""A failed call as lines for people: the status, the sentence, what it is about, and whether to try again."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

_DETAILS: Final = "grpc-status-details-bin"
"""Where gRPC servers put a google.rpc.Status."""


def failure_text(error: grpc.aio.AioRpcError, address: str) -> str:
    """The lines of a failure; `address` is where the call went, empty for this process."""
    return "\n".join(_lines(error, address))


def _lines(error: grpc.aio.AioRpcError, address: str) -> Iterator[str]:
    yield f"error: {error.code().name}: {error.details()}"
    status = _status(error)
    if status is None:
        if error.code() is grpc.StatusCode.UNAVAILABLE and address:
            yield f"  no router answered at {address}; does `rollouts-router serve` listen there, with TLS or without?"
        return
    for packed in status.details:
        info, retry = ErrorInfo(), RetryInfo()
        if packed.Unpack(info):
            yield from (
                f"  {name}: {value}"
                for name, value in (("reason", info.reason), *sorted(info.metadata.items()))
            )
        elif packed.Unpack(retry):
            yield f"  the same call may succeed in {retry.retry_delay.ToMilliseconds() / 1000:g} s"


def _status(error: grpc.aio.AioRpcError) -> Status | None:
    for key, value in error.trailing_metadata():
        if key == _DETAILS and isinstance(value, bytes):
            with suppress(DecodeError):  # whoever answers at an address need not be the router
                return Status.FromString(value)
    return None
