"""The ways in which a call of the table can be said: net/rpc, gRPC with a manifest, gRPC with a reference.

Each way makes a request of it, sends it through a door that is open, and brings the result to one form. Nothing is
compared here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from e2e.doors.table import OK, Call
from e2e.hosts.answers import Reply as NetRpcReply

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.doors.driver import DialledDoor, LaunchedDoor, Reply
    from e2e.hosts.driver import Session

INVALID: Final = "InvalidArgument"
VERDICTS: Final = {
    "VERDICT_VERIFIED": "Verified",
    "VERDICT_NOT_VERIFIED": "NotVerified",
    "VERDICT_NOT_AWAITED": "NotImplemented",
}
"""Our words for what Argo Rollouts calls the same thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a call: an empty error is success; the verdict is that of VerifyWeight."""

    error: str
    verdict: str = ""


class Way(Protocol):
    """One of the ways."""

    async def call(self, call: Call, rollout: Object) -> Result:
        """Make the call for this Rollout; it is an assertion failure if the status is not the one that the table has."""


@dataclass(frozen=True, slots=True)
class ByNetRpc:
    """As the stock controller calls."""

    session: Session

    async def call(self, call: Call, rollout: Object) -> Result:
        """Say it in the controller's own types, which the host reads from JSON."""
        request: Object = {"method": call.method, "rollout": rollout, "weight": call.weight}
        request["additional"] = [
            {"serviceName": each.service, "weight": each.weight, "podTemplateHash": each.service}
            for each in call.destinations
        ]
        if call.method == "SetHeaderRoute":
            request["header"] = {"name": call.name, "match": list(call.match)}
        if call.method == "SetMirrorRoute":
            percentage = {} if call.percentage is None else {"percentage": call.percentage}
            request["mirror"] = {"name": call.name, "match": list(call.match), **percentage}
        reply = await self.session.ask(request, NetRpcReply)
        assert bool(reply.error) == (call.code != OK), reply.error
        return Result(error=reply.error, verdict=reply.verified)


@dataclass(frozen=True, slots=True)
class ByManifest:
    """Over gRPC, the whole Rollout with each call."""

    door: LaunchedDoor | DialledDoor

    async def call(self, call: Call, rollout: Object) -> Result:
        """Say it in our own messages."""
        reply = await self.door.call(call.method, request_of(call, {"manifest": rollout}))
        return _result(reply, INVALID if call.blames_field else call.code)


@dataclass(frozen=True, slots=True)
class ByReference:
    """Over gRPC, the Rollout as it stands in the API server."""

    door: LaunchedDoor | DialledDoor

    async def call(self, call: Call, rollout: Object) -> Result:
        """Say it in our own messages."""
        reference = {name: rollout["metadata"][name] for name in ("namespace", "name")}
        reply = await self.door.call(call.method, request_of(call, {"reference": reference}))
        return _result(reply, call.code)


def request_of(call: Call, source: Object) -> Object:
    """A call as a message of its method."""
    return {"rollout": source, **_particulars(call)}


def _particulars(call: Call) -> Object:
    match call.method:
        case "SetWeight" | "VerifyWeight":
            destinations = [{"service": each.service, "weight": each.weight} for each in call.destinations]
            return {"weight": call.weight, "additionalDestinations": destinations}
        case "SetHeaderRoute":
            headers = [{"name": each["headerName"], "value": each["headerValue"]} for each in call.match]
            return {"name": call.name, "match": headers}
        case "SetMirrorRoute":
            percentage = {} if call.percentage is None else {"percentage": call.percentage}
            return {"name": call.name, "match": list(call.match), **percentage}
        case _:
            return {}


def _result(reply: Reply, code: str) -> Result:
    assert reply.code == code, f"{reply.method}: {reply.code}: {reply.error}"
    verdict = reply.messages[0].get("verdict", "") if reply.messages else ""
    return Result(error=reply.error, verdict=VERDICTS.get(verdict, verdict))
