"""Every example of the charts before a real API server: admitted by the CRDs, kept whole, and quiet to who compares."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from tests.charts.examples import EXAMPLES, values
from tests.charts.rendering import render

from e2e.bed.api import APPLY, ApiError, address

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.kit.releases import Kit

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROUTES: Final = ("HTTPRoute", "GRPCRoute", "TCPRoute")


@pytest.mark.parametrize("name", EXAMPLES)
async def test_an_example_is_admitted_with_no_unknown_field_and_stored_as_it_was_rendered(
    kit: Kit, name: str
) -> None:
    for thing in render(values(name), namespace=kit.site.namespace).objects:
        stored = await _admitted(kit, thing)
        place = f"{thing['kind']} {thing['metadata']['name']}"
        assert not _lost(thing, stored, place)


@pytest.mark.parametrize("name", ["canary", "grpc-and-tcp", "raw-steps", "blue-green"])
async def test_a_route_has_all_that_the_api_server_would_fill_in(kit: Kit, name: str) -> None:
    routes = [
        each for each in render(values(name), namespace=kit.site.namespace).objects if each["kind"] in ROUTES
    ]
    assert routes
    for route in routes:
        assert (await _admitted(kit, route))["spec"] == route["spec"]


async def test_what_a_schema_of_a_kind_does_not_know_would_be_seen(kit: Kit) -> None:
    """The two tests above would fail: an unknown field, and a rule in CEL of the Gateway API."""
    rendered = render(values("canary"), namespace=kit.site.namespace)
    rollout, route = rendered.one("Rollout"), rendered.one("HTTPRoute")
    rollout["spec"]["strategy"]["canary"]["stepz"] = []
    with pytest.raises(ApiError, match="stepz"):
        await _admitted(kit, rollout)
    route["spec"]["rules"][0]["timeouts"] = {"request": "1s", "backendRequest": "2s"}
    with pytest.raises(ApiError, match="backendRequest timeout cannot be longer than request timeout"):
        await _admitted(kit, route)


async def _admitted(kit: Kit, thing: Object) -> Object:
    """The object as the API server would store it, every rule of its kind applied; nothing is stored."""
    kind, name, namespace = address(thing)
    query = {"fieldManager": "helm", "force": "true", "fieldValidation": "Strict", "dryRun": "All"}
    path = kind.path(name, namespace)
    answer = await kit.site.admin.request("PATCH", path, body=thing, content=APPLY, query=query)
    assert isinstance(answer, dict)
    return answer


def _lost(wanted: object, stored: object, path: str) -> list[str]:
    """Paths at which the stored object lacks something, or has something else."""
    if isinstance(wanted, dict) and isinstance(stored, dict):
        return [each for name in wanted for each in _lost(wanted[name], stored.get(name), f"{path}.{name}")]
    if isinstance(wanted, list) and isinstance(stored, list) and len(wanted) == len(stored):
        pairs = enumerate(zip(wanted, stored, strict=True))
        return [each for index, (ours, theirs) in pairs for each in _lost(ours, theirs, f"{path}[{index}]")]
    return [] if wanted == stored else [f"{path}: {wanted!r} became {stored!r}"]
