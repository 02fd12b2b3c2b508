"""Requests as data."""

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.kube import requests
from rollouts_router.kube.errors import Invalid
from rollouts_router.kube.resources import Resource

THINGS = Resource("example.io", "v1", "things")


def test_get_asks_for_the_newest_state_by_sending_no_resource_version() -> None:
    request = requests.get(THINGS, namespace="shop", name="web")
    assert request.method == "GET"
    assert request.target == "/apis/example.io/v1/namespaces/shop/things/web"
    assert request.body is None
    assert request.reads


def test_a_first_page_has_a_limit_and_nothing_that_is_empty() -> None:
    request = requests.page(THINGS, namespace="shop", label_selector="", after="")
    assert request.target == "/apis/example.io/v1/namespaces/shop/things?limit=500"


@given(selector=st.text(min_size=1), after=st.text(min_size=1))
def test_any_selector_and_position_arrive_as_they_were(selector: str, after: str) -> None:
    request = requests.page(THINGS, namespace="shop", label_selector=selector, after=after)
    parts = urlsplit(request.target)
    sent = {"limit": "500", "labelSelector": selector, "continue": after}
    assert dict(parse_qsl(parts.query, keep_blank_values=True)) == sent
    assert "+" not in parts.query
    assert " " not in request.target


def test_a_patch_is_a_json_patch_with_its_content_type_and_manager() -> None:
    operations = [{"op": "test", "path": "/metadata/uid", "value": "é"}]
    request = requests.patch(
        THINGS, namespace="shop", name="web", operations=operations, field_manager="a manager"
    )
    assert request.method == "PATCH"
    assert request.target == "/apis/example.io/v1/namespaces/shop/things/web?fieldManager=a%20manager"
    assert request.content_type == "application/json-patch+json"
    assert json.loads(request.body or b"") == operations
    assert not request.reads


def test_a_creation_goes_to_the_collection_and_is_not_repeated() -> None:
    request = requests.create(
        THINGS, namespace="shop", name="web", body={"kind": "Thing"}, field_manager="a manager"
    )
    assert request.method == "POST"
    assert request.target == "/apis/example.io/v1/namespaces/shop/things?fieldManager=a%20manager"
    assert request.content_type == "application/json"
    assert json.loads(request.body or b"") == {"kind": "Thing"}
    assert str(request.call) == "create things.example.io shop/web"
    assert not request.reads


def test_a_dry_run_of_a_patch_says_so_and_is_the_same_otherwise() -> None:
    def made(*, dry_run: bool) -> requests.Request:
        return requests.patch(
            THINGS, namespace="shop", name="web", operations=[], field_manager="m", dry_run=dry_run
        )

    tried, meant = made(dry_run=True), made(dry_run=False)

    assert tried.target == f"{meant.target}&dryRun=All"
    assert replace(tried, target="") == replace(meant, target="")


def test_a_review_is_a_post_without_a_name_that_may_be_repeated() -> None:
    request = requests.review(Resource("example.io", "v1", "reviews"), {"spec": {"token": "t"}})
    assert (request.method, request.target) == ("POST", "/apis/example.io/v1/reviews")
    assert request.content_type == "application/json"
    assert json.loads(request.body or b"") == {"spec": {"token": "t"}}
    assert request.reads


def test_a_merge_patch_is_one_document_and_no_read() -> None:
    request = requests.merge_patch(
        THINGS, namespace="shop", name="web", document={"a": None}, field_manager="me"
    )
    assert request.target == "/apis/example.io/v1/namespaces/shop/things/web?fieldManager=me"
    assert request.content_type == "application/merge-patch+json"
    assert json.loads(request.body or b"") == {"a": None}
    assert not request.reads


@pytest.mark.parametrize(("version", "target"), [("", "/apis/example.io"), ("v1", "/apis/example.io/v1")])
def test_discovery_asks_for_a_group_or_for_a_version_of_it(version: str, target: str) -> None:
    assert requests.discovery("example.io", version).target == target


@pytest.mark.parametrize("name", ["", "..", "a/b"])
def test_a_name_that_cannot_be_is_an_error_of_that_call(name: str) -> None:
    with pytest.raises(Invalid, match=r"invalid resource name .*get things\.example\.io"):
        requests.get(THINGS, namespace="shop", name=name)
