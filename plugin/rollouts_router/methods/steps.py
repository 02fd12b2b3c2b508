"""The changing methods of the contract as steps: a request, once it is seen to be meant, becomes a call of a router."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from rollouts_router.core.model import Rollout
from rollouts_router.methods import asked
from rollouts_router.methods.asked import RequestError
from rollouts_router.router.scaled import Operations
from rollouts_router.router.writes import Progress
from rollouts_router.v1 import traffic_router_pb2 as v1

Step: TypeAlias = Callable[[Operations, Rollout], Awaitable[Progress]]
"""What is asked of whichever router, for a Rollout."""

Changing: TypeAlias = (
    v1.SetWeightRequest
    | v1.SetHeaderRouteRequest
    | v1.SetMirrorRouteRequest
    | v1.RemoveManagedRoutesRequest
    | v1.UpdateHashRequest
)
"""The requests of all methods that change something, or could."""


def step_of(request: Changing) -> Step:
    """What a request asks for. Raises RequestError when that cannot be meant."""
    match request:
        case v1.SetWeightRequest():
            return _set_weight(request)
        case v1.SetHeaderRouteRequest():
            return _set_header_route(request)
        case v1.SetMirrorRouteRequest():
            return _set_mirror_route(request)
        case v1.RemoveManagedRoutesRequest():
            return lambda router, rollout: router.clear_managed_routes(rollout)
        case v1.UpdateHashRequest():
            return _update_hash(request)


def planned(request: v1.PlanRequest) -> tuple[str, Changing]:
    """The request that is to be planned, and the name of its field. Raises RequestError when there is none."""
    field = request.WhichOneof("call")
    if field is None:
        raise RequestError("call", f"one of {', '.join(_CALLS)} has to be set")
    return field, _CALLS[field](request)


_CALLS: Final[dict[str, Callable[[v1.PlanRequest], Changing]]] = {
    "set_weight": lambda request: request.set_weight,
    "set_header_route": lambda request: request.set_header_route,
    "set_mirror_route": lambda request: request.set_mirror_route,
    "remove_managed_routes": lambda request: request.remove_managed_routes,
    "update_hash": lambda request: request.update_hash,
}


def _set_weight(request: v1.SetWeightRequest) -> Step:
    experiments = asked.experiments(request.additional_destinations)
    return lambda router, rollout: router.set_weight(rollout, request.weight, experiments)


def _set_header_route(request: v1.SetHeaderRouteRequest) -> Step:
    name, match = asked.managed_name(request.name), asked.header_match(request.match)
    return lambda router, rollout: router.set_header_route(rollout, name, match)


def _set_mirror_route(request: v1.SetMirrorRouteRequest) -> Step:
    name, matches = asked.managed_name(request.name), asked.request_matches(request.match)
    percent = asked.percentage(request)
    return lambda router, rollout: router.set_mirror_route(rollout, name, matches, percent)


def _update_hash(request: v1.UpdateHashRequest) -> Step:
    asked.experiments(request.additional_destinations)
    return _nothing


async def _nothing(_router: Operations, _rollout: Rollout) -> Progress:
    """Routes refer to Services, and the controller points those at the pods."""
    return Progress()
