"""The rights that the project ships are enough for a canary, see all other scenarios, and allow nothing beyond."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects
from e2e.bed.api import ApiError
from e2e.bed.kinds import kind_of
from e2e.scenarios.routes import KINDS

if TYPE_CHECKING:
    from e2e.bed.api import Api
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

GROUP = "gateway.networking.k8s.io"
EVERYONES = {"authentication.k8s.io", "authorization.k8s.io"}  # questions about oneself, allowed to all


async def test_the_api_server_lists_exactly_what_the_plugin_needs(site: Site) -> None:
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": site.namespace},
    }
    async with site.plane.api("plugin") as plugin:
        answer = await plugin.request(
            "POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", body=review
        )
    assert isinstance(answer, dict)
    allowed = {
        (group, resource, verb)
        for rule in answer["status"]["resourceRules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        if group not in EVERYONES
    }
    routes = {(GROUP, kind_of(kind).plural, verb) for kind in KINDS for verb in ("get", "list", "patch")}
    assert allowed == {*routes, ("", "services", "get")}


@pytest.mark.parametrize("kind", KINDS)
async def test_the_plugin_reads_and_patches_a_route_and_can_do_nothing_else_to_it(
    site: Site, kind: str
) -> None:
    await site.saves(objects.route(kind, "route", site.namespace, rules=[objects.rule("shop")]))
    path = kind_of(kind).path("route", site.namespace)
    async with site.plane.api("plugin") as plugin:
        found = await plugin.get(kind, "route", site.namespace)
        assert await plugin.list(kind, site.namespace) == [found]
        await plugin.merge_patch(kind, "route", site.namespace, {"metadata": {"labels": {"a": "b"}}})
        for method, what in (
            ("PUT", path),
            ("DELETE", path),
            ("POST", kind_of(kind).path(None, site.namespace)),
        ):
            assert await _is_forbidden(plugin, method, what, found)
        assert await _is_forbidden(plugin, "PATCH", f"{path}/status", [])
        assert await _is_forbidden(plugin, "GET", kind_of(kind).path())
        assert await _is_forbidden(plugin, "GET", kind_of(kind).path("route", "default"))


@pytest.mark.parametrize(
    "kind", ["Secret", "ConfigMap", "Service", "Pod", "Event", "Rollout", "Experiment", "Gateway"]
)
async def test_the_plugin_cannot_even_read_anything_else_but_a_service_by_name(site: Site, kind: str) -> None:
    async with site.plane.api("plugin") as plugin:
        assert await _is_forbidden(plugin, "GET", kind_of(kind).path(None, site.namespace))
        one = kind_of(kind).path("shop", site.namespace)
        assert await _is_forbidden(plugin, "GET", one) is (kind != "Service")


async def _is_forbidden(plugin: Api, method: str, path: str, body: object = None) -> bool:
    content = "application/json-patch+json" if method == "PATCH" else "application/json"
    try:
        await plugin.request(method, path, body=body, content=content)
    except ApiError as error:
        return error.status == 403
    return False
