"""Versions, generations, conflicts and what is remembered, as an API server has them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from demo.api.kinds import kind_of
from demo.api.refusals import RefusalError
from demo.api.store import MOST_CHANGES, Store

ROUTE = kind_of("gateway.networking.k8s.io/v1", "HTTPRoute")
KEY = ("demo", "shop")


def http_route(name: str = "shop", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": "demo"},
        "spec": {"rules": [], **spec},
    }


@pytest.fixture
def store() -> Store:
    made = Store(lambda: datetime(2026, 1, 2, tzinfo=UTC))
    made.add(http_route())
    return made


def version(store: Store) -> int:
    return int(store.get(ROUTE, KEY)["metadata"]["resourceVersion"])


def refusal(code: int, reason: str) -> Any:
    return pytest.raises(
        RefusalError, check=lambda error: (error.code, error.status["reason"]) == (code, reason)
    )


def test_an_object_gets_its_identity_when_it_is_created(store: Store) -> None:
    metadata = store.get(ROUTE, KEY)["metadata"]
    assert (metadata["generation"], metadata["resourceVersion"]) == (1, "1")
    assert metadata["creationTimestamp"] == "2026-01-02T00:00:00Z"
    store.add(http_route("other"))
    assert store.get(ROUTE, ("demo", "other"))["metadata"]["uid"] != metadata["uid"]


def test_a_name_is_given_once(store: Store) -> None:
    with refusal(409, "AlreadyExists"):
        store.add(http_route())


def test_a_new_spec_is_a_new_generation_and_a_new_version(store: Store) -> None:
    store.patch(ROUTE, KEY, [{"op": "replace", "path": "/spec/rules", "value": [{}]}])
    metadata = store.get(ROUTE, KEY)["metadata"]
    assert (metadata["generation"], metadata["resourceVersion"]) == (2, "2")


def test_labels_are_a_new_version_only(store: Store) -> None:
    store.patch(ROUTE, KEY, [{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}])
    metadata = store.get(ROUTE, KEY)["metadata"]
    assert (metadata["generation"], metadata["resourceVersion"]) == (1, "2")


def test_a_patch_that_changes_nothing_is_no_change(store: Store) -> None:
    store.patch(ROUTE, KEY, [{"op": "replace", "path": "/spec/rules", "value": []}])
    assert version(store) == 1


def test_the_status_is_written_by_itself_and_never_with_the_rest(store: Store) -> None:
    status = {"parents": []}
    store.replace(ROUTE, KEY, {**http_route(ignored=True), "status": status}, status=True)
    store.replace(ROUTE, KEY, http_route(hostnames=["a"]))
    now = store.get(ROUTE, KEY)
    assert (now["status"], now["spec"]) == (status, {"rules": [], "hostnames": ["a"]})
    assert (now["metadata"]["generation"], now["metadata"]["resourceVersion"]) == (2, "3")


@pytest.mark.parametrize(("field", "value"), [("resourceVersion", "9"), ("uid", "another")])
def test_who_writes_has_to_have_read_this_very_state(store: Store, field: str, value: str) -> None:
    stale = http_route(hostnames=["a"])
    stale["metadata"][field] = value
    with refusal(409, "Conflict"):
        store.replace(ROUTE, KEY, stale)
    with refusal(409, "Conflict"):
        store.patch(ROUTE, KEY, [{"op": "replace", "path": f"/metadata/{field}", "value": value}])
    assert version(store) == 1


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/metadata/generation", "value": 9},
        {"op": "replace", "path": "/spec/rules/3/name", "value": "x"},
        {"op": "test", "path": "/spec/absent", "value": 1},
    ],
)
def test_a_patch_whose_test_fails_leaves_everything_as_it_was(
    store: Store, operation: dict[str, Any]
) -> None:
    first = {"op": "replace", "path": "/spec/rules", "value": [{}]}
    with refusal(422, "Invalid") as raised:
        store.patch(ROUTE, KEY, [first, operation])
    assert "details" not in raised.value.status
    assert store.get(ROUTE, KEY)["spec"] == {"rules": []}


def test_what_is_not_there_is_named(store: Store) -> None:
    with refusal(404, "NotFound") as raised:
        store.get(ROUTE, ("demo", "nobody"))
    assert raised.value.status["details"]["name"] == "nobody"


def test_who_holds_an_object_cannot_change_it(store: Store) -> None:
    store.get(ROUTE, KEY)["spec"]["rules"].append("x")
    store.all(ROUTE)[0]["spec"]["rules"].append("x")
    assert store.get(ROUTE, KEY)["spec"] == {"rules": []}


def test_changes_are_told_in_order_with_their_versions(store: Store) -> None:
    store.patch(ROUTE, KEY, [{"op": "replace", "path": "/spec/rules", "value": [{}]}])
    store.delete(ROUTE, KEY)
    told = [(each.event, each.version, each.object["metadata"]["resourceVersion"]) for each in store.since(0)]
    assert told == [("ADDED", 1, "1"), ("MODIFIED", 2, "2"), ("DELETED", 3, "3")]
    assert store.all(ROUTE) == []


def test_too_old_a_version_is_said_to_be_gone(store: Store) -> None:
    for number in range(MOST_CHANGES):
        store.add(http_route(f"route-{number}"))
    assert len(store.since(1)) == MOST_CHANGES
    with refusal(410, "Expired"):
        store.since(0)
