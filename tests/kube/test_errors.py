"""Answers into errors by meaning."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.kube import errors
from rollouts_router.kube.errors import ApiError
from rollouts_router.kube.resources import Call, Resource, Verb

THINGS = Resource("example.io", "v1", "things")
CALL = Call(verb=Verb.PATCH, resource=THINGS, namespace="shop", name="web")


def _error(
    status: int, body: bytes | dict[str, object], *, retry_after: str = "", call: Call = CALL
) -> ApiError:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(ApiError) as caught:
        errors.check(call, status, retry_after=retry_after, body=sent)
    return caught.value


def _status(reason: str, message: str, details: dict[str, object] | None = None) -> dict[str, object]:
    return {"kind": "Status", "reason": reason, "message": message, "details": details, "status": "Failure"}


NAMED: dict[str, object] = {"name": "web", "group": "example.io", "kind": "things"}
CASES = [
    (400, _status("BadRequest", "the body is odd"), errors.Invalid),
    (401, _status("Unauthorized", "Unauthorized"), errors.Unauthorized),
    (403, _status("Forbidden", 'things "web" is forbidden', NAMED), errors.Forbidden),
    (404, _status("NotFound", 'things.example.io "web" not found', NAMED), errors.NotFound),
    (404, _status("NotFound", "the server could not find the requested resource", {}), errors.NotServed),
    (404, b"404 page not found\n", errors.NotServed),
    (405, _status("MethodNotAllowed", "no"), ApiError),
    (409, _status("Conflict", "the object has been modified", NAMED), errors.Conflict),
    (410, _status("Expired", "The provided continue parameter is too old"), errors.Expired),
    (
        422,
        _status("Invalid", "the server rejected our request due to an error in our request", {}),
        errors.TestFailed,
    ),
    (
        422,
        _status("Invalid", "the server rejected our request due to an error in our request"),
        errors.TestFailed,
    ),
    (
        422,
        _status("Invalid", "weight: must be positive", {**NAMED, "causes": [{"field": "a"}]}),
        errors.Invalid,
    ),
    (422, b"what?", errors.Invalid),
    (429, _status("TooManyRequests", "slow down"), errors.TooManyRequests),
    (500, _status("InternalError", "failed calling webhook"), errors.Unavailable),
    (503, b"no healthy upstream", errors.Unavailable),
    (302, b"", ApiError),
]


@pytest.mark.parametrize(("status", "body", "kind"), CASES)
def test_an_answer_becomes_the_error_it_means(
    status: int, body: bytes | dict[str, object], kind: type[ApiError]
) -> None:
    error = _error(status, body)
    assert type(error) is kind
    assert error.status == status
    assert (error.verb, error.resource, error.namespace, error.name) == (Verb.PATCH, THINGS, "shop", "web")


@given(st.text(min_size=1, max_size=200), st.sampled_from([400, 401, 403, 404, 409, 410, 422, 429, 500]))
def test_the_message_of_the_server_comes_first_and_unchanged(message: str, status: int) -> None:
    error = _error(status, _status("Whatever", message))
    assert error.message == message
    assert str(error).startswith(message)
    assert f"(patch things.example.io shop/web: HTTP {status})" in str(error)


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_a_success_is_no_error(status: int) -> None:
    errors.check(CALL, status, retry_after="", body=b"")


@given(st.binary(max_size=2000), st.integers(min_value=300, max_value=599))
def test_no_body_is_too_odd_or_too_long_to_be_reported(body: bytes, status: int) -> None:
    error = _error(status, body)
    assert 0 < len(error.message) <= errors.MAX_QUOTED + 1


def test_a_body_without_a_status_is_cut_and_a_long_message_too() -> None:
    assert len(_error(500, b"x" * 10_000).message) == errors.MAX_QUOTED + 1
    assert len(_error(422, _status("Invalid", "x" * 10_000)).message) == errors.MAX_MESSAGE + 1


def test_json_that_is_no_status_is_quoted_as_it_is() -> None:
    assert _error(500, {"kind": "Other", "message": "m"}).message == '{"kind": "Other", "message": "m"}'


def test_forbidden_says_which_rule_to_add_and_where() -> None:
    text = str(_error(403, _status("Forbidden", "no")))
    assert '{apiGroups: ["example.io"], resources: ["things"], verbs: ["patch"]}' in text
    assert 'a Role in namespace "shop" or a ClusterRole' in text
    everywhere = Call(verb=Verb.LIST, resource=THINGS)
    assert "to a ClusterRole bound" in str(_error(403, b"", call=everywhere))
    group = Call(verb=Verb.GET, resource=Resource("example.io", "", ""))
    assert "system:discovery" in str(_error(403, b"", call=group))


def test_an_unknown_resource_says_what_may_be_missing() -> None:
    assert "CustomResourceDefinition installed and v1 served?" in str(_error(404, b"404 page not found"))


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (429, "3", 3.0),
        (429, "0", 0.0),
        (429, "", errors.DEFAULT_RETRY_AFTER),
        (429, "Wed, 21 Oct 2026 07:28:00 GMT", errors.DEFAULT_RETRY_AFTER),
        (429, "-5", errors.DEFAULT_RETRY_AFTER),
        (429, "٣", errors.DEFAULT_RETRY_AFTER),
        (429, "9" * 5000, errors.MAX_RETRY_AFTER),
        (503, "2", 2.0),
        (503, "", None),
        (409, "", None),
    ],
)
def test_the_wait_the_server_wishes_is_bounded(status: int, header: str, seconds: float | None) -> None:
    assert _error(status, b"", retry_after=header).retry_after == seconds


def test_the_wait_may_stand_in_the_details() -> None:
    body = _status("TooManyRequests", "slow down", {"retryAfterSeconds": 7})
    assert _error(429, body).retry_after == 7.0
