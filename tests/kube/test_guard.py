"""Requests on behalf of callers."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.fakes.log import Lines

from rollouts_router.kube.callers import Caller, act_for
from rollouts_router.kube.errors import Forbidden, Unavailable
from rollouts_router.kube.guard import GuardedClient
from rollouts_router.kube.resources import Call, Resource, Verb

THINGS = Resource("example.io", "v1", "things")
ALICE = Caller(user="alice")
OPERATIONS = [{"op": "test", "path": "/metadata/uid", "value": "u"}]

Request = Callable[[GuardedClient], Awaitable[object]]


@dataclass
class Client:
    """Remembers what was requested."""

    sent: list[tuple[object, ...]] = field(default_factory=list)

    async def get(self, resource: Resource, *, namespace: str, name: str) -> Any:
        self.sent.append(("get", resource, namespace, name))
        return {"got": name}

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> Any:
        self.sent.append(("list", resource, namespace, label_selector))
        return [{"listed": namespace}]

    async def patch(
        self,
        resource: Resource,
        *,
        namespace: str,
        name: str,
        operations: Sequence[Any],
        field_manager: str,
        dry_run: bool = False,
    ) -> Any:
        self.sent.append(("patch", resource, namespace, name, operations, field_manager, dry_run))
        return {"patched": name}


@dataclass
class Rights:
    """Allows what was granted."""

    granted: set[Call] = field(default_factory=set)
    asked: list[tuple[Caller, Call]] = field(default_factory=list)

    async def allowed(self, caller: Caller, call: Call) -> bool:
        self.asked.append((caller, call))
        return call in self.granted


async def _get(client: GuardedClient) -> object:
    return await client.get(THINGS, namespace="shop", name="web")


async def _list(client: GuardedClient) -> object:
    return await client.list(THINGS, namespace="shop", label_selector="a=b")


async def _patch(client: GuardedClient) -> object:
    return await client.patch(
        THINGS, namespace="shop", name="web", operations=OPERATIONS, field_manager="tests"
    )


CASES: list[tuple[Request, Call, object, tuple[object, ...]]] = [
    (
        _get,
        Call(verb=Verb.GET, resource=THINGS, namespace="shop", name="web"),
        {"got": "web"},
        ("get", THINGS, "shop", "web"),
    ),
    (
        _list,
        Call(verb=Verb.LIST, resource=THINGS, namespace="shop"),
        [{"listed": "shop"}],
        ("list", THINGS, "shop", "a=b"),
    ),
    (
        _patch,
        Call(verb=Verb.PATCH, resource=THINGS, namespace="shop", name="web"),
        {"patched": "web"},
        ("patch", THINGS, "shop", "web", OPERATIONS, "tests", False),
    ),
]


@pytest.mark.parametrize(("request_", "call", "answer", "sent"), CASES)
async def test_what_the_caller_may_do_himself_is_done_for_him(
    request_: Request, call: Call, answer: object, sent: object
) -> None:
    client, rights = Client(), Rights({call})
    act_for(ALICE)

    assert await request_(GuardedClient(client, rights, Lines())) == answer
    assert client.sent == [sent]
    assert rights.asked == [(ALICE, call)]


@pytest.mark.parametrize(("request_", "call"), [case[:2] for case in CASES])
async def test_what_he_may_not_do_is_not_even_sent(request_: Request, call: Call) -> None:
    """Whatever else he may do."""
    client = Client()
    act_for(ALICE)

    with pytest.raises(Forbidden, match='user "alice" may not do this') as caught:
        await request_(GuardedClient(client, Rights({case[1] for case in CASES} - {call}), Lines()))

    assert caught.value.call == call
    assert client.sent == []


@pytest.mark.parametrize("request_", [case[0] for case in CASES])
async def test_for_nobody_nothing_is_done(request_: Request) -> None:
    client, rights = Client(), Rights({case[1] for case in CASES})

    with pytest.raises(Forbidden, match="nobody is known"):
        await request_(GuardedClient(client, rights, Lines()))

    assert client.sent == []
    assert rights.asked == []


@pytest.mark.parametrize("request_", [case[0] for case in CASES])
async def test_what_cannot_be_known_is_not_done(request_: Request) -> None:
    class Away(Rights):
        async def allowed(self, caller: Caller, call: Call) -> bool:
            raise Unavailable(call, "the API server is away")

    client = Client()
    act_for(ALICE)

    with pytest.raises(Unavailable):
        await request_(GuardedClient(client, Away(), Lines()))

    assert client.sent == []


async def test_who_had_something_patched_stands_in_the_log() -> None:
    log = Lines()
    act_for(ALICE)

    await _patch(GuardedClient(Client(), Rights({CASES[2][1]}), log))
    await _get(GuardedClient(Client(), Rights({CASES[0][1]}), log))

    assert log.lines == [
        (
            "info",
            "patched on behalf of a caller",
            {"user": "alice", "object": "things.example.io shop/web"},
        )
    ]


async def test_a_dry_run_needs_the_same_right_stays_one_and_is_no_line_in_the_log() -> None:
    client, log = Client(), Lines()
    act_for(ALICE)

    async def rehearse(rights: Rights) -> None:
        guarded = GuardedClient(client, rights, log)
        await guarded.patch(
            THINGS, namespace="shop", name="web", operations=[], field_manager="tests", dry_run=True
        )

    await rehearse(Rights({CASES[2][1]}))
    with pytest.raises(Forbidden):
        await rehearse(Rights())

    assert client.sent == [("patch", THINGS, "shop", "web", [], "tests", True)]
    assert log.lines == []
