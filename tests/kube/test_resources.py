"""Paths of resources."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.kube.resources import Call, Resource, Verb

THINGS = Resource("example.io", "v1", "things")


@pytest.mark.parametrize(
    ("resource", "namespace", "name", "path"),
    [
        (THINGS, "shop", "web", "/apis/example.io/v1/namespaces/shop/things/web"),
        (THINGS, "shop", None, "/apis/example.io/v1/namespaces/shop/things"),
        (THINGS, "", None, "/apis/example.io/v1/things"),
        (Resource("", "v1", "services"), "shop", "web", "/api/v1/namespaces/shop/services/web"),
        (Resource("example.io", "v1", ""), "", None, "/apis/example.io/v1"),
        (Resource("example.io", "", ""), "", None, "/apis/example.io"),
    ],
)
def test_a_path_is_spelled_as_the_api_concepts_say(
    resource: Resource, namespace: str, name: str | None, path: str
) -> None:
    assert resource.path(namespace, name) == path


@given(st.text(min_size=1).filter(lambda text: text not in {".", ".."} and not {"/", "%"} & set(text)))
def test_any_name_stays_one_segment_and_can_be_read_back(name: str) -> None:
    *before, last = THINGS.path("shop", name).split("/")
    assert before == ["", "apis", "example.io", "v1", "namespaces", "shop", "things"]
    assert unquote(last) == name
    assert last.isascii()
    assert not {"?", "#", " "} & set(last)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a%2fb", "../other/things/x"])
def test_a_name_that_would_reach_another_object_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="invalid resource name"):
        THINGS.path("shop", name)
    with pytest.raises(ValueError, match="invalid namespace"):
        THINGS.path(name or "..", "web")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            Call(verb=Verb.PATCH, resource=THINGS, namespace="shop", name="web"),
            "patch things.example.io shop/web",
        ),
        (Call(verb=Verb.LIST, resource=THINGS), "list things.example.io"),
        (Call(verb=Verb.GET, resource=Resource("", "v1", "pods"), namespace="a", name="b"), "get pods a/b"),
        (Call(verb=Verb.GET, resource=Resource("example.io", "", "")), "get /apis/example.io"),
    ],
)
def test_a_call_reads_as_a_person_would_say_it(call: Call, text: str) -> None:
    assert str(call) == text
