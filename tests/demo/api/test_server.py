"""The API as its clients meet it: the router's own client, and a watch as Traefik asks for it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from demo.api.server import serving
from demo.api.store import Store
from demo.objects import everything

GATEWAY = "/apis/gateway.networking.k8s.io"
ROUTES = f"{GATEWAY}/v1/namespaces/demo/httproutes"
PATCH = {"Content-Type": "application/json-patch+json"}
PORTS = {"http": 1, "tcp": 2}


@asynccontextmanager
async def api() -> AsyncIterator[tuple[Store, aiohttp.ClientSession]]:
    store = Store(lambda: datetime.now(UTC))
    for thing in everything(PORTS, {"shop-stable": PORTS, "shop-canary": PORTS}):
        store.add(thing)
    async with serving(store) as url, aiohttp.ClientSession(url) as session:
        yield store, session


async def got(session: aiohttp.ClientSession, path: str, status: int = 200) -> Any:
    async with session.get(path) as answer:
        assert answer.status == status
        return await answer.json()


async def event(answer: aiohttp.ClientResponse) -> tuple[str, str]:
    told = json.loads(await answer.content.readline())
    return told["type"], told["object"]["metadata"].get("name", "")


async def test_discovery_names_the_kinds_and_versions() -> None:
    async with api() as (_, session):
        versions = [each["version"] for each in (await got(session, GATEWAY))["versions"]]
        served = {each["name"] for each in (await got(session, f"{GATEWAY}/v1alpha2"))["resources"]}
        groups = {each["name"] for each in (await got(session, "/apis"))["groups"]}
    assert versions[0] == "v1"
    assert "tcproutes" in served
    assert "httproutes" not in served
    assert groups == {"gateway.networking.k8s.io", "discovery.k8s.io"}


@pytest.mark.parametrize(
    "path", ["/", "/apis/no.such", f"{GATEWAY}/v9", f"{GATEWAY}/v1/nothings", f"{ROUTES}/a/b"]
)
async def test_what_is_not_served_is_no_missing_object(path: str) -> None:
    async with api() as (_, session):
        answer = await got(session, path, 404)
    assert "details" not in answer


async def test_a_list_goes_by_namespace_and_labels_and_wears_the_version_asked_for() -> None:
    async with api() as (_, session):
        chosen = await got(session, f"{GATEWAY}/v1beta1/httproutes?labelSelector=rollout%3Dshop")
        others = await got(session, f"{ROUTES}?labelSelector=rollout%21%3Dshop")
        elsewhere = await got(session, ROUTES.replace("demo", "other"))
    assert [each["metadata"]["name"] for each in chosen["items"]] == ["shop", "shop-api"]
    assert {each["apiVersion"] for each in chosen["items"]} == {"gateway.networking.k8s.io/v1beta1"}
    assert (others["items"], elsewhere["items"]) == ([], [])


async def test_a_patch_applies_or_is_refused_as_the_real_server_refuses_it() -> None:
    def patch(generation: int) -> str:
        test = {"op": "test", "path": "/metadata/generation", "value": generation}
        return json.dumps([test, {"op": "replace", "path": "/spec/hostnames", "value": ["new.test"]}])

    async with api() as (_, session):
        async with session.patch(f"{ROUTES}/shop", data=patch(1), headers=PATCH) as answer:
            changed = await answer.json()
        async with session.patch(f"{ROUTES}/shop", data=patch(1), headers=PATCH) as answer:
            refused = (answer.status, await answer.json())
    assert (changed["metadata"]["generation"], changed["spec"]["hostnames"]) == (2, ["new.test"])
    assert (refused[0], refused[1]["reason"], "details" in refused[1]) == (422, "Invalid", False)


async def test_an_older_states_status_is_a_conflict() -> None:
    async with api() as (_, session):
        route = await got(session, f"{ROUTES}/shop")
        route["status"] = {"parents": []}
        async with session.put(f"{ROUTES}/shop/status", json=route) as answer:
            first = answer.status
        async with session.put(f"{ROUTES}/shop/status", json={**route, "status": {}}) as answer:
            second = (answer.status, (await answer.json())["reason"])
        generation = (await got(session, f"{ROUTES}/shop"))["metadata"]["generation"]
    assert (first, second, generation) == (200, (409, "Conflict"), 1)


async def test_a_watch_tells_everything_then_that_this_was_all_then_changes() -> None:
    async with api() as (_, session):
        query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
        async with session.get(f"{GATEWAY}/v1/httproutes?{query}") as answer:
            told = [await event(answer), await event(answer)]
            bookmark = json.loads(await answer.content.readline())
            async with session.patch(
                f"{ROUTES}/shop", json=[{"op": "remove", "path": "/spec/hostnames"}], headers=PATCH
            ):
                told.append(await event(answer))
            async with session.delete(f"{ROUTES}/shop-api"):
                told.append(await event(answer))
    assert told == [("ADDED", "shop"), ("ADDED", "shop-api"), ("MODIFIED", "shop"), ("DELETED", "shop-api")]
    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


async def test_a_watch_from_a_version_tells_only_what_came_after() -> None:
    async with api() as (store, session):
        since = store.version
        async with session.delete(f"{ROUTES}/shop"):
            pass
        async with session.get(f"{ROUTES}?watch=true&resourceVersion={since}") as answer:
            assert await event(answer) == ("DELETED", "shop")


async def test_a_watch_ends_when_the_client_wanted_it_to() -> None:
    async with (
        api() as (store, session),
        session.get(f"{ROUTES}?watch=true&resourceVersion={store.version}&timeoutSeconds=0") as answer,
    ):
        assert await answer.read() == b""


async def test_objects_are_created_once() -> None:
    namespace = {"metadata": {"name": "new"}}
    async with api() as (_, session):
        async with session.post("/api/v1/namespaces", json=namespace) as answer:
            first = answer.status
        async with session.post("/api/v1/namespaces", json=namespace) as answer:
            second = (answer.status, (await answer.json())["reason"])
    assert (first, second) == (201, (409, "AlreadyExists"))


@pytest.mark.parametrize(
    ("method", "body", "content", "status"),
    [
        ("PATCH", b"{}", "application/merge-patch+json", 415),
        ("PATCH", b"{}", PATCH["Content-Type"], 400),
        ("PUT", b"no json", "application/json", 400),
        ("PUT", b"[]", "application/json", 400),
        ("POST", b"{}", "application/json", 405),
    ],
)
async def test_what_cannot_be_meant_is_refused(method: str, body: bytes, content: str, status: int) -> None:
    async with (
        api() as (_, session),
        session.request(method, f"{ROUTES}/shop", data=body, headers={"Content-Type": content}) as answer,
    ):
        assert answer.status == status
        assert (await answer.json())["kind"] == "Status"
