"""Patches are counted by how they end."""

import contextlib
from typing import Any

import pytest

from rollouts_router.kube.errors import ApiError, Conflict, Forbidden, TestFailed, Unavailable
from rollouts_router.kube.metered import MeteredClient
from rollouts_router.kube.resources import Call, Resource, Verb

THINGS = Resource("example.io", "v1", "things")
CALL = Call(verb=Verb.PATCH, resource=THINGS, namespace="shop", name="web")


class Client:
    """Answers, or fails."""

    def __init__(self, error: ApiError | None = None) -> None:
        self._error = error

    async def get(self, resource: Resource, *, namespace: str, name: str) -> Any:
        return ("get", resource, namespace, name)

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> Any:
        return [("list", resource, namespace, label_selector)]

    async def patch(self, resource: Resource, **rest: Any) -> Any:
        if self._error is not None:
            raise self._error
        return (resource, rest)


class Counts(list[tuple[str, str]]):
    """Keeps what was counted."""

    def patched(self, resource: str, result: str) -> None:
        """Keep it."""
        self.append((resource, result))


async def _patch(client: MeteredClient, *, dry_run: bool = False) -> object:
    return await client.patch(
        THINGS, namespace="shop", name="web", operations=[], field_manager="tests", dry_run=dry_run
    )


async def test_what_is_asked_arrives_as_it_is_and_reading_is_not_counted() -> None:
    counts = Counts()
    client = MeteredClient(Client(), counts)

    assert await client.get(THINGS, namespace="shop", name="web") == ("get", THINGS, "shop", "web")
    assert await client.list(THINGS, namespace="shop", label_selector="a") == [("list", THINGS, "shop", "a")]
    assert counts == []
    rest = {"namespace": "shop", "name": "web", "operations": [], "field_manager": "tests", "dry_run": False}
    assert await _patch(client) == (THINGS, rest)
    assert counts == [("things", "applied")]


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (Conflict(CALL, ""), "conflict"),
        (TestFailed(CALL, ""), "conflict"),
        (Forbidden(CALL, ""), "failed"),
        (Unavailable(CALL, ""), "failed"),
    ],
)
async def test_a_patch_that_fails_is_counted_and_fails(error: ApiError, result: str) -> None:
    counts = Counts()

    with pytest.raises(type(error)):
        await _patch(MeteredClient(Client(error), counts))

    assert counts == [("things", result)]


@pytest.mark.parametrize("error", [None, Conflict(CALL, "")])
async def test_a_dry_run_is_not_counted(error: ApiError | None) -> None:
    counts = Counts()
    with contextlib.suppress(Conflict):
        await _patch(MeteredClient(Client(error), counts), dry_run=True)

    assert counts == []
