"""A handler for each method of service `Plugin`. This file alone makes RpcErrors and answers for bugs."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.verify import Verdict
from rollouts_router.log import describe
from rollouts_router.methods.records import (
    header_route_args,
    mirror_route_args,
    rollout_args,
    weight_args,
)
from rollouts_router.router.reports import Log
from rollouts_router.router.scaled import Operations
from rollouts_router.wire.gob.records import Field, Kind, StructType, Typed

Handler: TypeAlias = Callable[[object], Awaitable[Typed]]

_TYPE_NAME: Final = "GatewayAPI"  # what the existing plugin calls itself
_RPC_ERROR: Final = StructType("RpcError", (Field("ErrorString", Kind.STRING),))
_VERIFY_RESPONSE: Final = StructType(
    "VerifyWeightResponse", (Field("Verified", Kind.INT), Field("Err", _RPC_ERROR))
)
# types.RpcVerified of Argo Rollouts
_VERIFIED: Final = {Verdict.NOT_VERIFIED: 0, Verdict.VERIFIED: 1, Verdict.NOT_IMPLEMENTED: 2}
_MAX_ERROR_TEXT: Final = (
    4096  # characters; the text becomes a condition and an Event, and those are cut at less
)


def plugin_handlers(router: Operations, log: Log) -> Mapping[str, Handler]:
    """A handler for each method, by its name without the service."""
    methods = _Methods(router)
    answering = {
        "InitPlugin": methods.init_plugin,
        "UpdateHash": methods.update_hash,
        "SetWeight": methods.set_weight,
        "SetHeaderRoute": methods.set_header_route,
        "SetMirrorRoute": methods.set_mirror_route,
        "RemoveManagedRoutes": methods.remove_managed_routes,
    }
    handlers = {
        name: _guarded(name, _succeeding(method), _error_reply, log) for name, method in answering.items()
    }
    return {
        **handlers,
        "Type": methods.type_name,
        "VerifyWeight": _guarded("VerifyWeight", methods.verify_weight, _verify_error_reply, log),
    }


class _Methods:
    """What each method asks of the router."""

    def __init__(self, router: Operations) -> None:
        self._router = router

    async def init_plugin(self, _argument: object) -> None:
        """Nothing that can fail: an error here is never retried by the controller, which uses the plugin anyway."""

    async def type_name(self, _argument: object) -> Typed:
        return Typed(Kind.STRING, _TYPE_NAME)

    async def update_hash(self, _argument: object) -> None:
        """Nothing to do: routes refer to Services, and the controller points those at the pods."""

    async def set_weight(self, argument: object) -> None:
        args = weight_args(argument)
        await self._router.set_weight(args.rollout, args.desired, args.experiments)

    async def verify_weight(self, argument: object) -> Typed:
        args = weight_args(argument)
        verdict = await self._router.verify_weight(args.rollout, args.desired, args.experiments)
        return _verify_reply(verdict, "")

    async def set_header_route(self, argument: object) -> None:
        args = header_route_args(argument)
        await self._router.set_header_route(args.rollout, args.name, args.match)

    async def set_mirror_route(self, argument: object) -> None:
        args = mirror_route_args(argument)
        await self._router.set_mirror_route(args.rollout, args.name, args.matches, args.percent)

    async def remove_managed_routes(self, argument: object) -> None:
        await self._router.remove_managed_routes(rollout_args(argument))


def _succeeding(method: Callable[[object], Awaitable[None]]) -> Handler:
    async def handler(argument: object) -> Typed:
        await method(argument)
        return _error_reply("")  # an empty text is success

    return handler


def _guarded(name: str, handler: Handler, error_reply: Callable[[str], Typed], log: Log) -> Handler:
    """A failure as the reply that carries its text; a bug too, because the process serves other Rollouts as well."""

    async def guarded(argument: object) -> Typed:
        try:
            return await handler(argument)
        except RoutingError as error:
            log.debug(str(error), method=name)  # the controller logs it as an error of its reconcile
            return error_reply(_cut(str(error) or type(error).__name__))  # an empty text would be success
        except Exception as error:  # noqa: BLE001  # the border: whatever it is, it ends this call only
            log.error(  # noqa: TRY400  # one line with the place; a traceback is no answer to a user
                "a bug in rollouts-router; please report it", method=name, error=error
            )
            return error_reply(_cut(f"internal error in {name}, a bug in rollouts-router: {describe(error)}"))

    return guarded


def _error_reply(text: str) -> Typed:
    return Typed(_RPC_ERROR, {"ErrorString": text})


def _verify_error_reply(text: str) -> Typed:
    return _verify_reply(Verdict.NOT_VERIFIED, text)


def _verify_reply(verdict: Verdict, text: str) -> Typed:
    return Typed(_VERIFY_RESPONSE, {"Verified": _VERIFIED[verdict], "Err": {"ErrorString": text}})


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_ERROR_TEXT else f"{text[: _MAX_ERROR_TEXT - 1]}…"
