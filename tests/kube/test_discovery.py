"""Reading discovery documents and remembering them."""

import asyncio
from dataclasses import dataclass, field

import msgspec
import pytest

from rollouts_router.kube import discovery
from rollouts_router.kube.discovery import Discovery, Served


@dataclass
class FakeServer:
    """Serves what it is told, and counts."""

    now: Served = field(default_factory=dict)
    asked: int = 0

    async def served(self, group: str) -> Served:
        self.asked += 1
        await asyncio.sleep(0)
        return self.now


def test_the_versions_of_a_group_keep_the_order_of_the_server() -> None:
    document = {
        "kind": "APIGroup",
        "versions": [{"groupVersion": "g/v1", "version": "v1"}, {"version": "v1beta1"}],
    }
    assert discovery.versions_of(document) == ("v1", "v1beta1")


def test_subresources_are_no_resources() -> None:
    document = {"resources": [{"name": "things", "verbs": ["get"]}, {"name": "things/status"}]}
    assert discovery.plurals_of(document) == ("things",)
    assert discovery.plurals_of({"resources": None}) == ()


@pytest.mark.parametrize("document", [{}, {"versions": [1]}, {"versions": [{}]}])
def test_something_else_is_no_group(document: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        discovery.versions_of(document)


def test_versions_are_gathered_for_each_resource() -> None:
    found = {"v1": ("a", "b"), "v1beta1": ("b", "c")}
    assert discovery.by_plural(found) == {"a": ("v1",), "b": ("v1", "v1beta1"), "c": ("v1beta1",)}


async def test_what_is_served_is_asked_for_once_even_by_many_at_once() -> None:
    server = FakeServer({"things": ("v1",)})
    known = Discovery(server)
    answers = await asyncio.gather(*[known.versions("example.io", "things") for _ in range(5)])
    assert answers == [("v1",)] * 5
    assert server.asked == 1


async def test_what_is_absent_is_asked_for_again() -> None:
    server = FakeServer()
    known = Discovery(server)
    assert await known.versions("example.io", "things") == ()
    server.now = {"other": ("v1",)}
    assert await known.versions("example.io", "things") == ()
    server.now = {"other": ("v1",), "things": ("v2",)}
    assert await known.versions("example.io", "things") == ("v2",)
    assert server.asked == 3


async def test_what_is_known_is_told_without_asking_and_nothing_else_is() -> None:
    server = FakeServer({"things": ("v1",), "more": ("v2",)})
    known = Discovery(server)
    assert known.known("example.io", "things") == ()
    await known.versions("example.io", "things")
    assert known.known("example.io", "more") == ("v2",)
    assert known.known("example.io", "none") == known.known("example.org", "things") == ()
    assert server.asked == 1


async def test_forgetting_asks_anew() -> None:
    server = FakeServer({"things": ("v1",)})
    known = Discovery(server)
    await known.versions("example.io", "things")
    server.now = {"things": ("v2",)}
    assert await known.versions("example.io", "things") == ("v1",)
    known.forget()
    assert await known.versions("example.io", "things") == ("v2",)
