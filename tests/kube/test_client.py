"""The client against a real HTTP server."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from tests.kube.api_server import ApiServer, Received, hang, json_answer, status_answer
from tests.kube.fakes import FakeTime

from rollouts_router.kube import client as module
from rollouts_router.kube.client import MAX_LISTS, MAX_TRIES, Answer, Client, Connection
from rollouts_router.kube.errors import (
    ApiError,
    Conflict,
    CredentialsError,
    Expired,
    NoCredentials,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from rollouts_router.kube.requests import Request
from rollouts_router.kube.resources import Resource
from rollouts_router.kube.throttle import Throttle

THINGS = Resource("example.io", "v1", "things")
OPERATIONS = [{"op": "test", "path": "/metadata/uid", "value": "u"}]


async def _get(client: Client) -> object:
    return await client.get(THINGS, namespace="shop", name="web")


async def _patch(client: Client) -> object:
    return await client.patch(
        THINGS, namespace="shop", name="web", operations=OPERATIONS, field_manager="tests"
    )


async def _create(client: Client, body: dict[str, object]) -> object:
    return await client.create(THINGS, namespace="shop", name="web", body=body, field_manager="tests")


async def test_get_reads_the_object_and_shows_its_credentials(server: ApiServer, client: Client) -> None:
    server.answers(json_answer({"metadata": {"name": "web"}, "unknown": [1]}))
    assert await _get(client) == {"metadata": {"name": "web"}, "unknown": [1]}
    (request,) = server.received
    assert request.target == "/apis/example.io/v1/namespaces/shop/things/web"
    assert request.headers["Authorization"] == "Bearer secret-1"
    assert request.headers["User-Agent"] == "tests/1"
    assert request.headers["Accept-Encoding"] == "identity"


async def test_a_patch_arrives_exactly_as_it_was_meant(server: ApiServer, client: Client) -> None:
    server.answers(json_answer({"metadata": {"generation": 2}}))
    assert await _patch(client) == {"metadata": {"generation": 2}}
    (request,) = server.received
    assert request.method == "PATCH"
    assert request.target == "/apis/example.io/v1/namespaces/shop/things/web?fieldManager=tests"
    assert request.headers["Content-Type"] == "application/json-patch+json"
    assert request.body == b'[{"op":"test","path":"/metadata/uid","value":"u"}]'


async def test_a_created_object_is_returned_as_it_is_then_and_a_second_one_is_a_conflict(
    server: ApiServer, client: Client
) -> None:
    made = {"metadata": {"namespace": "shop", "name": "web"}}
    server.answers(
        json_answer({**made, "count": 1}), status_answer(409, "AlreadyExists", 'things "web" already exists')
    )
    assert await _create(client, made) == {**made, "count": 1}
    with pytest.raises(Conflict, match="already exists"):
        await _create(client, made)
    assert [request.method for request in server.received] == ["POST", "POST"]
    assert json.loads(server.received[0].body) == made
    assert server.received[0].headers["Content-Type"] == "application/json"


async def test_a_dry_run_is_one_to_the_server(server: ApiServer, client: Client) -> None:
    server.answers(json_answer({"metadata": {"generation": 3}}))

    answer = await client.patch(
        THINGS, namespace="shop", name="web", operations=OPERATIONS, field_manager="tests", dry_run=True
    )

    assert answer == {"metadata": {"generation": 3}}
    assert server.received[0].target.endswith("/web?fieldManager=tests&dryRun=All")


async def test_a_merge_patch_arrives_with_its_nulls_and_its_own_content_type(
    server: ApiServer, client: Client
) -> None:
    server.answers(json_answer({"metadata": {"resourceVersion": "8"}}))
    document = {"metadata": {"resourceVersion": "7", "labels": {"gone": None}}}
    assert await client.merge_patch(
        THINGS, namespace="shop", name="web", document=document, field_manager="tests"
    ) == {"metadata": {"resourceVersion": "8"}}
    (request,) = server.received
    assert request.method == "PATCH"
    assert request.target == "/apis/example.io/v1/namespaces/shop/things/web?fieldManager=tests"
    assert request.headers["Content-Type"] == "application/merge-patch+json"
    assert json.loads(request.body) == document


async def test_a_list_is_read_to_its_last_page(server: ApiServer, client: Client) -> None:
    server.answers(
        json_answer({"metadata": {"continue": "a+/="}, "items": [{"n": 1}, {"n": 2}]}),
        json_answer({"metadata": {}, "items": [{"n": 3}]}),
    )
    listed = await client.list(THINGS, namespace="shop", label_selector="app in (a,b),!old")
    assert listed == [{"n": 1}, {"n": 2}, {"n": 3}]
    path = "/apis/example.io/v1/namespaces/shop/things?limit=500"
    selector = "&labelSelector=app%20in%20%28a%2Cb%29%2C%21old"
    assert [request.target for request in server.received] == [
        path + selector,
        path + selector + "&continue=a%2B%2F%3D",
    ]


async def test_a_list_that_expires_in_the_middle_is_begun_again(server: ApiServer, client: Client) -> None:
    server.answers(
        json_answer({"metadata": {"continue": "old"}, "items": [{"n": 1}]}),
        status_answer(410, "Expired", "too old"),
        json_answer({"metadata": {}, "items": [{"n": 2}]}),
    )
    assert await client.list(THINGS, namespace="shop") == [{"n": 2}]
    assert [len(request.target.partition("continue=")[2]) for request in server.received] == [0, 3, 0]


async def test_a_list_that_always_expires_is_given_up(server: ApiServer, client: Client) -> None:
    server.answers(*[status_answer(410, "Expired", "too old") for _ in range(MAX_LISTS)])
    with pytest.raises(Expired, match="too old"):
        await client.list(THINGS, namespace="shop")
    assert len(server.received) == MAX_LISTS


async def test_a_list_without_end_is_given_up(
    server: ApiServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def more(_: Received) -> web.StreamResponse:
        return json_answer({"metadata": {"continue": "on"}, "items": [{}]})

    monkeypatch.setattr(module, "MAX_PAGES", 3)
    server.otherwise = more
    with pytest.raises(Unavailable, match="did not end after 3 objects"):
        await client.list(THINGS, namespace="shop")


@pytest.mark.parametrize("call", [_get, _patch])
async def test_a_busy_server_is_asked_again_when_it_says(
    call: Callable[[Client], Awaitable[object]], server: ApiServer, client: Client, time: FakeTime
) -> None:
    server.answers(
        status_answer(429, "TooManyRequests", "busy", headers={"Retry-After": "2"}),
        status_answer(429, "TooManyRequests", "busy"),
    )
    assert await call(client) == {"metadata": {"name": "one"}}
    assert time.slept == [2.0, 1.0]


async def test_a_server_that_stays_busy_is_left_alone(
    server: ApiServer, client: Client, time: FakeTime
) -> None:
    server.answers(*[status_answer(429, "TooManyRequests", "busy") for _ in range(MAX_TRIES)])
    with pytest.raises(TooManyRequests, match=r"^busy"):
        await _get(client)
    assert len(server.received) == MAX_TRIES
    assert len(time.slept) == MAX_TRIES - 1


async def test_a_read_is_repeated_when_a_failing_server_names_a_time(
    server: ApiServer, client: Client, time: FakeTime
) -> None:
    server.answers(status_answer(503, "ServiceUnavailable", "soon", headers={"Retry-After": "4"}))
    assert await _get(client) == {"metadata": {"name": "one"}}
    assert time.slept == [4.0]


@pytest.mark.parametrize(("call", "headers"), [(_patch, {"Retry-After": "4"}), (_get, {}), (_patch, {})])
async def test_other_failures_of_the_server_are_not_repeated(
    call: Callable[[Client], Awaitable[object]],
    headers: dict[str, str],
    server: ApiServer,
    client: Client,
    time: FakeTime,
) -> None:
    server.answers(status_answer(503, "ServiceUnavailable", "down", headers=headers))
    with pytest.raises(Unavailable, match=r"^down"):
        await call(client)
    assert len(server.received) == 1
    assert time.slept == []


async def test_no_more_requests_are_under_way_than_allowed(
    server: ApiServer, kubeconfig: Callable[..., Path], client_of: Callable[..., Client]
) -> None:
    under_way, most, full = 0, 0, asyncio.Event()

    async def count(_: Received) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 3:
            full.set()
        await full.wait()
        under_way -= 1
        return json_answer({})

    server.otherwise = count
    client = client_of(kubeconfig(server.url), in_flight=3)
    await asyncio.gather(*[_get(client) for _ in range(12)])
    assert most == 3


async def test_a_request_that_waits_for_its_next_try_lets_others_pass(
    server: ApiServer, client: Client, kubeconfig: Callable[..., Path]
) -> None:
    waiting, go_on = asyncio.Event(), asyncio.Event()

    async def sleep(_: float) -> None:
        waiting.set()
        await go_on.wait()

    narrow = Client(client._connect, throttle=client._throttle, sleep=sleep, in_flight=1)
    server.answers(status_answer(429, "TooManyRequests", "busy"))
    async with asyncio.TaskGroup() as calls:
        first = calls.create_task(_get(narrow))
        await waiting.wait()
        await _get(narrow)
        assert not first.done()
        go_on.set()
    assert len(server.received) == 3
    await narrow.aclose()


async def test_a_server_that_does_not_answer_is_unavailable_after_the_timeout(
    server: ApiServer, kubeconfig: Callable[..., Path], client_of: Callable[..., Client]
) -> None:
    server.otherwise = hang
    client = client_of(kubeconfig(server.url), request_timeout=0.02)
    with pytest.raises(Unavailable, match=r"did not answer in 0\.02 s \(patch things"):
        await _patch(client)


async def test_a_cancelled_request_leaves_its_place_to_the_next(
    server: ApiServer, kubeconfig: Callable[..., Path], client_of: Callable[..., Client]
) -> None:
    arrived = asyncio.Event()

    async def arrive_and_hang(request: Received) -> web.StreamResponse:
        arrived.set()
        return await hang(request)

    server.otherwise = arrive_and_hang
    client = client_of(kubeconfig(server.url), in_flight=1)
    async with asyncio.TaskGroup() as calls:
        stuck = calls.create_task(_get(client))
        await arrived.wait()
        stuck.cancel()
    server.otherwise = None
    assert await _get(client) == {"metadata": {"name": "one"}}


async def test_credentials_are_loaded_anew_once_when_they_are_refused(
    server: ApiServer, kubeconfig: Callable[..., Path], client_of: Callable[..., Client]
) -> None:
    config = kubeconfig(server.url)
    client = client_of(config)
    await _get(client)
    kubeconfig(server.url, user={"token": "secret-2"})

    async def second_only(request: Received) -> web.StreamResponse:
        if request.headers["Authorization"] == "Bearer secret-2":
            return json_answer({"ok": True})
        return status_answer(401, "Unauthorized", "Unauthorized")

    server.otherwise = second_only
    assert await _patch(client) == {"ok": True}
    assert [request.headers["Authorization"][-1] for request in server.received] == ["1", "1", "2"]


class Endpoint:
    """A connection without a network: it answers 401 while it is stale, and lets a test hold its answers."""

    def __init__(self, *, stale: bool) -> None:
        self.stale = stale
        self.sent = 0
        self.closed = False
        self.gate: asyncio.Event | None = None
        self.arrived = asyncio.Event()

    async def send(self, request: Request) -> Answer:
        """Answer."""
        self.sent += 1
        if self.gate is not None and request.call.name == "slow":
            self.arrived.set()
            await self.gate.wait()
            return Answer(status=200, retry_after="", body=b"{}")
        return Answer(status=401 if self.stale else 200, retry_after="", body=b"{}")

    async def aclose(self) -> None:
        """Remember it."""
        self.closed = True


class Endpoints:
    """Hands out connections in order and counts them."""

    def __init__(self, *endpoints: Endpoint) -> None:
        self.endpoints = endpoints
        self.used = 0

    async def connect(self) -> Connection:
        """The next one."""
        await asyncio.sleep(0)
        self.used += 1
        return self.endpoints[self.used - 1]


def _client(endpoints: Endpoints, time: FakeTime) -> Client:
    throttle = Throttle(qps=0, burst=0, clock=time.clock, sleep=time.sleep)
    return Client(endpoints.connect, throttle=throttle, sleep=time.sleep)


async def test_many_refused_requests_load_credentials_together(time: FakeTime) -> None:
    endpoints = Endpoints(Endpoint(stale=True), Endpoint(stale=False))
    client = _client(endpoints, time)
    await asyncio.gather(*[_get(client) for _ in range(10)])
    assert endpoints.used == 2
    assert endpoints.endpoints[0].closed


async def test_credentials_refused_twice_are_an_error_but_tried_again_by_the_next_call(
    time: FakeTime,
) -> None:
    endpoints = Endpoints(Endpoint(stale=True), Endpoint(stale=True), Endpoint(stale=False))
    client = _client(endpoints, time)
    with pytest.raises(Unauthorized, match="check the token"):
        await _get(client)
    assert endpoints.used == 2
    await _get(client)


async def test_a_connection_given_up_is_closed_by_its_last_user(time: FakeTime) -> None:
    old = Endpoint(stale=True)
    old.gate = asyncio.Event()
    client = _client(Endpoints(old, Endpoint(stale=False)), time)
    async with asyncio.TaskGroup() as calls:
        slow = calls.create_task(client.get(THINGS, namespace="shop", name="slow"))
        await old.arrived.wait()
        await _get(client)
        assert not old.closed
        old.gate.set()
    assert slow.result() == {}
    assert old.closed


async def test_missing_credentials_fail_the_call_and_are_looked_for_at_the_next(
    server: ApiServer, kubeconfig: Callable[..., Path], client_of: Callable[..., Client], tmp_path: Path
) -> None:
    client = client_of(tmp_path / "config")
    with pytest.raises(
        NoCredentials, match=r"no Kubernetes credentials found; .*\(get things\.example\.io shop/web\)"
    ):
        await _get(client)
    kubeconfig(server.url)
    assert await _get(client) == {"metadata": {"name": "one"}}


async def test_credentials_that_hang_are_an_error(time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang_forever() -> Connection:
        await asyncio.Event().wait()
        raise CredentialsError("unreachable")

    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 0.01)
    throttle = Throttle(qps=0, burst=0, clock=time.clock, sleep=time.sleep)
    with pytest.raises(NoCredentials, match=r"not loaded in 0\.01 s"):
        await _get(Client(hang_forever, throttle=throttle))


async def test_every_request_passes_the_throttle(server: ApiServer, client: Client, time: FakeTime) -> None:
    throttle = Throttle(qps=2, burst=1, clock=time.clock, sleep=time.sleep)
    slow = Client(client._connect, throttle=throttle, sleep=time.sleep)
    for _ in range(3):
        await _get(slow)
    assert time.slept == [0.5, 0.5]
    await slow.aclose()


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(text="<html>Sign in</html>", content_type="text/html"),
        web.Response(body=b"[1]"),
        web.Response(body=b'{"cut": '),
        web.Response(body=b"\xff\xfe"),
        web.Response(body=b""),
        json_answer({"items": []}),
    ],
    ids=["html", "no object", "cut", "not text", "empty", "no list"],
)
async def test_an_answer_that_makes_no_sense_is_named_as_such(
    answer: web.Response, server: ApiServer, client: Client
) -> None:
    server.answers(answer)
    with pytest.raises(Unavailable, match="does not come from an API server"):
        await client.list(THINGS, namespace="shop")


async def test_the_clients_token_is_in_no_error(server: ApiServer, client: Client) -> None:
    server.answers(web.Response(status=403, text="no"), web.Response(text="odd"), web.Response(status=500))
    for _ in range(3):
        with pytest.raises(ApiError) as caught:
            await _get(client)
        assert "secret" not in f"{caught.value} {caught.value!r} {caught.value.__dict__}"


GROUP = {"kind": "APIGroup", "versions": [{"version": "v1"}, {"version": "v1beta1"}]}


async def _discover(request: Received) -> web.StreamResponse:
    listed = {
        "/apis/example.io/v1": ["things", "things/status"],
        "/apis/example.io/v1beta1": ["things", "others"],
    }
    if request.target in listed:
        return json_answer({"resources": [{"name": name} for name in listed[request.target]]})
    return json_answer(GROUP)


async def test_what_is_served_is_gathered_from_every_version(server: ApiServer, client: Client) -> None:
    server.otherwise = _discover
    assert await client.served("example.io") == {"things": ("v1", "v1beta1"), "others": ("v1beta1",)}


async def test_a_group_that_is_absent_serves_nothing(server: ApiServer, client: Client) -> None:
    server.answers(web.Response(status=404, text="404 page not found\n"))
    assert await client.served("example.io") == {}


async def test_a_version_withdrawn_meanwhile_serves_nothing(server: ApiServer, client: Client) -> None:
    server.answers(json_answer(GROUP), web.Response(status=404, text="404 page not found\n"))
    server.otherwise = _discover
    assert len(await client.served("example.io")) in {1, 2}


async def test_a_failing_version_is_one_error_and_no_group_of_them(server: ApiServer, client: Client) -> None:
    server.answers(json_answer(GROUP), status_answer(500, "InternalError", "broken"))
    server.otherwise = _discover
    with pytest.raises(Unavailable, match=r"^broken \(get /apis/example\.io/v1"):
        await client.served("example.io")


async def test_a_missing_object_is_told_from_a_missing_resource(server: ApiServer, client: Client) -> None:
    server.answers(status_answer(404, "NotFound", 'things "web" not found', name="web"))
    with pytest.raises(NotFound, match=r'^things "web" not found'):
        await _get(client)


async def test_closing_twice_is_harmless_and_a_later_call_connects_again(
    server: ApiServer, client: Client
) -> None:
    await client.aclose()
    await _get(client)
    await client.aclose()
    await client.aclose()
    assert json.loads(json.dumps(await _get(client))) == {"metadata": {"name": "one"}}
