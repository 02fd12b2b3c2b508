"""Failures as gRPC statuses with details (google.rpc). The rules are those at the head of the contract."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import (
    BadRequest,
    ErrorInfo,
    PreconditionFailure,
    ResourceInfo,
    RetryInfo,
)
from google.rpc.status_pb2 import Status as RpcStatus
from grpc_status import rpc_status

from rollouts_router.core.errors import RoutingError
from rollouts_router.methods.asked import RequestError
from rollouts_router.router.failures import Failure, Fault, failure_of

DOMAIN: Final = "rollouts-router"
REQUEST_INVALID: Final = "REQUEST_INVALID"
INTERNAL: Final = "INTERNAL"

MAX_TEXT: Final = 1536
"""Bytes of a text as it travels. It goes out twice, and peers take 8 KiB of metadata unless they are told otherwise."""

MAX_FACT: Final = 256
"""Bytes of each value of an ErrorInfo: more than any name in Kubernetes has."""

_Code = grpc.StatusCode
_CODES: Final = {
    Fault.ROLLOUT_NOT_FOUND: _Code.NOT_FOUND,
    Fault.FIELD_INVALID: _Code.FAILED_PRECONDITION,
    Fault.ROUTE_NOT_FOUND: _Code.FAILED_PRECONDITION,
    Fault.NO_ROUTES: _Code.FAILED_PRECONDITION,
    Fault.KIND_NOT_SERVED: _Code.FAILED_PRECONDITION,
    Fault.NAMESPACE_NOT_ALLOWED: _Code.PERMISSION_DENIED,
    Fault.PERMISSION_MISSING: _Code.PERMISSION_DENIED,
    Fault.CONTENDED: _Code.ABORTED,
    Fault.TOO_SLOW: _Code.DEADLINE_EXCEEDED,
    Fault.API_OVERLOADED: _Code.UNAVAILABLE,
    Fault.API_UNAVAILABLE: _Code.UNAVAILABLE,
    Fault.CREDENTIALS_REFUSED: _Code.UNAVAILABLE,
    Fault.REJECTED_BY_API: _Code.FAILED_PRECONDITION,
    Fault.NOT_ROUTABLE: _Code.FAILED_PRECONDITION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a call is about, as far as it is known when it fails.

    Attributes:
        rollout: The Rollout as namespace/name; empty when the request names none.
        manifest: The path in the request of the manifest that came with it; empty for a Rollout that was referred to.
    """

    rollout: str = ""
    manifest: str = ""


def routing_status(error: RoutingError, about: About) -> grpc.Status:
    """The status of a call that the router could not do."""
    failure = failure_of(error)
    is_argument = bool(failure.field and about.manifest) and failure.fault is Fault.FIELD_INVALID
    code = _Code.INVALID_ARGUMENT if is_argument else _CODES[failure.fault]
    text = str(error) or failure.fault.name
    details = [_info(failure.fault.name, _facts(failure, about)), *_particulars(failure, about, text)]
    if is_argument:
        details.append(_bad_request(f"{about.manifest}.{failure.field}", text))
    return _status(code, text, details)


def request_status(error: RequestError, about: About) -> grpc.Status:
    """The status of a call whose request cannot be meant."""
    facts = {"field": error.field, "rollout": about.rollout}
    details = [_info(REQUEST_INVALID, facts), _bad_request(error.field, str(error))]
    return _status(_Code.INVALID_ARGUMENT, str(error), details)


def bug_status(method: str, description: str, about: About) -> grpc.Status:
    """The status of a call that met a bug."""
    text = f"internal error in {method}, a bug in rollouts-router: {description}"
    return _status(_Code.INTERNAL, text, [_info(INTERNAL, {"rollout": about.rollout})])


def _facts(failure: Failure, about: About) -> Mapping[str, str]:
    call = failure.call
    asked = (
        {}
        if call is None
        else {
            "verb": str(call.verb),
            "resource": str(call.resource),
            "namespace": call.namespace,
            "name": call.name,
        }
    )
    return {"rollout": about.rollout, "route": failure.route, "field": failure.field, **asked}


def _particulars(failure: Failure, about: About, text: str) -> Iterable[Message]:
    if failure.fault is Fault.ROLLOUT_NOT_FOUND:
        yield ResourceInfo(resource_type="rollouts.argoproj.io", resource_name=about.rollout)
    if failure.field and not about.manifest:
        violation = PreconditionFailure.Violation(
            type=failure.fault.name,
            subject=f"{about.rollout} {failure.field}",
            description=_cut(text, MAX_FACT),
        )
        yield PreconditionFailure(violations=[violation])
    if failure.retry_after is not None:
        yield RetryInfo(retry_delay=Duration(nanos=0, seconds=max(1, round(failure.retry_after))))


def _info(reason: str, facts: Mapping[str, str]) -> ErrorInfo:
    known = {name: _cut(fact, MAX_FACT) for name, fact in facts.items() if fact}
    return ErrorInfo(reason=reason, domain=DOMAIN, metadata=known)


def _bad_request(field: str, text: str) -> BadRequest:
    violation = BadRequest.FieldViolation(field=_cut(field, MAX_FACT), description=_cut(text, MAX_FACT))
    return BadRequest(field_violations=[violation])


def _status(code: grpc.StatusCode, text: str, details: Iterable[Message]) -> grpc.Status:
    packed = []
    for detail in details:
        entry = Packed()
        entry.Pack(detail)
        packed.append(entry)
    return rpc_status.to_status(RpcStatus(code=code.value[0], message=_cut(text, MAX_TEXT), details=packed))


def _cut(text: str, limit: int) -> str:
    """The text, or as much of it as fits with an ellipsis, as gRPC sends it: percent-encoded UTF-8."""
    text = text.encode(errors="replace").decode()
    if len(quote(text, safe=_SAFE)) <= limit:
        return text
    room, end = limit - len(quote("…")), 0
    while room >= (cost := len(quote(text[end], safe=_SAFE))):
        room, end = room - cost, end + 1
    return f"{text[:end]}…"


_SAFE: Final = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")
"""Characters that gRPC does not encode in a message (gRPC over HTTP2, Percent-Byte-Unencoded)."""
