"""What an error was, told from its kind and its causes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    Conflict,
    Expired,
    Forbidden,
    Invalid,
    NoCredentials,
    NotFound,
    NotServed,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Untrusted,
)
from rollouts_router.kube.resources import Call, Resource, Verb
from rollouts_router.router.failures import Failure, Fault, failure_of
from rollouts_router.router.rollouts import UnknownRolloutError

CALL = Call(verb=Verb.GET, resource=Resource("g", "v1", "things"), namespace="shop", name="a")


def caused(error: RoutingError, *causes: Exception) -> RoutingError:
    """The error with its causes, one of the next."""
    at: Exception = error
    for cause in causes:
        at.__cause__ = cause
        at = cause
    return error


def api(kind: type[ApiError], retry_after: float | None = None) -> ApiError:
    """An answer of the API server."""
    return kind(CALL, "no", retry_after=retry_after)


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (Forbidden, Fault.PERMISSION_MISSING),
        (Unauthorized, Fault.CREDENTIALS_REFUSED),
        (NoCredentials, Fault.CREDENTIALS_REFUSED),
        (NotServed, Fault.KIND_NOT_SERVED),
        (Invalid, Fault.REJECTED_BY_API),
        (NotFound, Fault.NOT_ROUTABLE),
        (Conflict, Fault.NOT_ROUTABLE),
    ],
)
def test_an_answer_that_will_not_change_is_not_to_be_repeated(kind: type[ApiError], fault: Fault) -> None:
    assert failure_of(caused(RoutingError("x"), api(kind, 5.0))) == Failure(fault=fault, call=CALL)


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (TooManyRequests, Fault.API_OVERLOADED),
        (Unavailable, Fault.API_UNAVAILABLE),
        (Untrusted, Fault.API_UNAVAILABLE),
        (Expired, Fault.API_UNAVAILABLE),
    ],
)
def test_an_answer_that_may_pass_tells_when_to_come_back(kind: type[ApiError], fault: Fault) -> None:
    asked = failure_of(caused(PassingError("x"), api(kind, 5.0)))
    unasked = failure_of(caused(PassingError("x"), api(kind)))

    assert (asked.fault, asked.retry_after) == (fault, 5.0)
    assert (unasked.fault, unasked.retry_after) == (fault, 1.0)


@pytest.mark.parametrize(
    ("error", "fault", "retries"),
    [
        (RoutingError("x"), Fault.NOT_ROUTABLE, False),
        (FieldError("Rollout a/b: spec.x", " is bad"), Fault.FIELD_INVALID, False),
        (KindNotServedError("x"), Fault.KIND_NOT_SERVED, False),
        (NoRoutesError("x"), Fault.NO_ROUTES, False),
        (NotAllowedError("x"), Fault.NAMESPACE_NOT_ALLOWED, False),
        (UnknownRolloutError("x"), Fault.ROLLOUT_NOT_FOUND, False),
        (ContendedError("x"), Fault.CONTENDED, True),
        (TooSlowError("x"), Fault.TOO_SLOW, True),
        (PassingError("x"), Fault.API_UNAVAILABLE, True),
    ],
)
def test_an_error_of_the_core_says_itself_what_it_is(
    error: RoutingError, fault: Fault, *, retries: bool
) -> None:
    found = failure_of(error)

    assert (found.fault, found.retry_after is not None) == (fault, retries)


def test_a_named_route_that_is_missing_is_told_from_another_object_that_is() -> None:
    route = caused(RoutingError("x", field="spec.f", route="HTTPRoute shop/a"), api(NotFound))
    service = caused(RoutingError("x"), api(NotFound))

    assert failure_of(route).fault is Fault.ROUTE_NOT_FOUND
    assert failure_of(service).fault is Fault.NOT_ROUTABLE


def test_the_first_of_several_failures_lends_its_facts() -> None:
    first = ContendedError("first", route="HTTPRoute shop/a")

    assert failure_of(caused(RoutingError("both"), first)) == Failure(
        fault=Fault.CONTENDED, route="HTTPRoute shop/a", retry_after=1.0
    )


def test_the_time_that_was_over_wins_over_what_it_was_spent_with() -> None:
    assert failure_of(caused(TooSlowError("x"), api(Unavailable))).fault is Fault.TOO_SLOW


@given(where=st.text(), text=st.text())
def test_a_field_error_reads_as_one_sentence_and_knows_its_path(where: str, text: str) -> None:
    error = FieldError(f"Rollout shop/web: {where}", text)

    assert str(error) == f"Rollout shop/web: {where}{text}"
    assert error.field == where.rpartition(": ")[2]
