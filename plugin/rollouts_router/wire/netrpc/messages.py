"""The headers of net/rpc: what stands in front of every argument and every reply (net/rpc, server.go)."""

from dataclasses import dataclass
from typing import Final

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.gob.records import Field, Kind, StructType, Typed, Value

RESPONSE: Final = StructType(
    "Response",
    (Field("ServiceMethod", Kind.STRING), Field("Seq", Kind.UINT), Field("Error", Kind.STRING)),
)
"""Stands in front of a reply. A non-empty Error makes the caller ignore the reply's value."""

NOTHING: Final = Typed(StructType("", ()), {})
"""The value behind an Error, and the whole reply of a method that has nothing to say."""


@dataclass(frozen=True, slots=True)
class Request:
    """Stands in front of an argument. `seq` counts up from 0 and names the call in its reply."""

    seq: int
    service_method: str


def request_from(value: Value) -> Request:
    """Read a request header; raise RemoteProtocolError for a value that is none."""
    if not isinstance(value, dict):
        raise RemoteProtocolError("a call that does not begin with a request header")
    seq = value.get("Seq", 0)
    service_method = value.get("ServiceMethod", "")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < 1 << 64:
        raise RemoteProtocolError("a request header whose Seq is no unsigned integer")
    if not isinstance(service_method, str):
        raise RemoteProtocolError("a request header whose ServiceMethod is no string")
    return Request(seq, service_method)


def response(seq: int, service_method: str, error: str = "") -> Typed:
    """Make a response header; an empty `error` means success."""
    return Typed(RESPONSE, {"ServiceMethod": service_method, "Seq": seq, "Error": error})
