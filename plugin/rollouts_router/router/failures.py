"""What a failed call failed by, for doors that tell more than a text. The text itself is made where the error is."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from rollouts_router.core.errors import (
    ContendedError,
    FieldError,
    KindNotServedError,
    NoRoutesError,
    NotAllowedError,
    PassingError,
    RoutingError,
    TooSlowError,
)
from rollouts_router.kube.errors import (
    ApiError,
    Expired,
    Forbidden,
    Invalid,
    NoCredentials,
    NotFound,
    NotServed,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from rollouts_router.kube.resources import Call
from rollouts_router.router.rollouts import UnknownRolloutError


class Fault(Enum):
    """What was at fault. The names are part of the released contract: clients go by them."""

    ROLLOUT_NOT_FOUND = auto()
    FIELD_INVALID = auto()
    ROUTE_NOT_FOUND = auto()
    NO_ROUTES = auto()
    KIND_NOT_SERVED = auto()
    NAMESPACE_NOT_ALLOWED = auto()
    PERMISSION_MISSING = auto()
    CONTENDED = auto()
    TOO_SLOW = auto()
    API_OVERLOADED = auto()
    API_UNAVAILABLE = auto()
    CREDENTIALS_REFUSED = auto()
    REJECTED_BY_API = auto()
    NOT_ROUTABLE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What there is to tell beside the text; what does not apply is empty.

    Attributes:
        fault: What was at fault.
        field: The path of the field of the Rollout that is to blame.
        route: The one route that it is about.
        call: The request that the API server did not grant.
        retry_after: Seconds after which the same call may succeed; None when somebody has to change something first.
    """

    fault: Fault
    field: str = ""
    route: str = ""
    call: Call | None = None
    retry_after: float | None = None


# The first of these that the error is, or that any of its causes is, names the fault.
_FAULTS: Final[tuple[tuple[type[Exception], Fault], ...]] = (
    (UnknownRolloutError, Fault.ROLLOUT_NOT_FOUND),
    (FieldError, Fault.FIELD_INVALID),
    (NoRoutesError, Fault.NO_ROUTES),
    (KindNotServedError, Fault.KIND_NOT_SERVED),
    (NotAllowedError, Fault.NAMESPACE_NOT_ALLOWED),
    (ContendedError, Fault.CONTENDED),
    (TooSlowError, Fault.TOO_SLOW),
    (Forbidden, Fault.PERMISSION_MISSING),
    (TooManyRequests, Fault.API_OVERLOADED),
    (Unavailable, Fault.API_UNAVAILABLE),
    (Expired, Fault.API_UNAVAILABLE),
    (PassingError, Fault.API_UNAVAILABLE),
    (Unauthorized, Fault.CREDENTIALS_REFUSED),
    (NoCredentials, Fault.CREDENTIALS_REFUSED),
    (NotServed, Fault.KIND_NOT_SERVED),
    (Invalid, Fault.REJECTED_BY_API),
)
_RETRY_SECONDS: Final = {
    Fault.CONTENDED: 1.0,
    Fault.TOO_SLOW: 1.0,
    Fault.API_OVERLOADED: 1.0,
    Fault.API_UNAVAILABLE: 1.0,
}
"""Faults that may pass, and after how long to try again when nobody says: as long as the first client-go waits."""


def failure_of(error: RoutingError) -> Failure:
    """Tell what a call failed by, from the error and what caused it."""
    chain = tuple(_chain(error))
    fault = _fault(chain)
    api = next((each for each in chain if isinstance(each, ApiError)), None)
    routing = [each for each in chain if isinstance(each, RoutingError)]
    return Failure(
        fault=fault,
        field=next((each.field for each in routing if each.field), ""),
        route=next((each.route for each in routing if each.route), ""),
        call=api.call if api is not None else None,
        retry_after=_retry_after(fault, api),
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__


def _fault(chain: tuple[BaseException, ...]) -> Fault:
    for kind, fault in _FAULTS:
        if any(isinstance(each, kind) for each in chain):
            return fault
    named = isinstance(chain[0], RoutingError) and chain[0].route
    return Fault.ROUTE_NOT_FOUND if named and isinstance(chain[-1], NotFound) else Fault.NOT_ROUTABLE


def _retry_after(fault: Fault, api: ApiError | None) -> float | None:
    default = _RETRY_SECONDS.get(fault)
    if default is None:
        return None
    return api.retry_after if api is not None and api.retry_after else default
