"""The table of rights is what the router asks for, both ways: the examples use all of it, and nothing beside it.

What is held against the table is the API server's audit log, refused calls too, after every example was walked through
and a server was called.
"""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from e2e.bed import waiting
from e2e.bed.objects import weights_of
from e2e.bed.rollouts import Canary
from e2e.examples.walking import SOON, Example, names
from e2e.install import stock
from e2e.serving.place import USER, furnished, grant_server
from rollouts_router.core import rights
from rollouts_router.core.rights import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from e2e.bed.kinds import Object
    from e2e.examples.conftest import Ground
    from rollouts_router.core.rights import Right

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("examples")]

PLAIN: Final = "httproute-by-name"
Asked = tuple[str, str, str]
"""Group, resource, verb."""


async def test_the_plugin_asks_for_all_that_the_table_gives_it_and_for_nothing_else(
    walked: Mapping[str, BaseException | None], ground: Ground
) -> None:
    assert set(walked) == set(names())
    await _is_overwritten_twice(ground)
    given = _given(rights.of(*set(Part) - {Part.SERVE}))

    async def ask() -> bool | None:  # an Event is written behind the weights
        return True if _asked(ground.plane.audit_log, stock.USER) == given else None

    def failure() -> str:
        asked = _asked(ground.plane.audit_log, stock.USER)
        return f"asked for beside the table: {asked - given}; in the table for nothing: {given - asked}"

    await waiting.until(ask, within=SOON, what=failure)


async def test_a_server_asks_for_what_the_table_gives_it_beside_the_routes(
    ground: Ground, tmp_path: Path
) -> None:
    await grant_server(ground.plane)
    async with furnished(ground.plane, tmp_path) as place:
        token = await place.service_account("caller", "get", "list", "patch")
        async with place.serving("--token-auth") as address:
            done = await place.set_weight(20, "--address", address, token=token)
    assert done.status == 0, done.said
    asked = _asked(ground.plane.audit_log, USER)
    assert asked <= _given(rights.of(Part.SERVE, Part.ROUTES))
    assert asked >= _given(rights.of(Part.SERVE))


async def test_what_is_left_to_the_controllers_own_role_is_in_it(ground: Ground) -> None:
    role = await ground.plane.admin.get("ClusterRole", stock.ACCOUNT)
    own = {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert _given(rights.of(Part.CONTROLLER, Part.EVENTS)) <= own


async def _is_overwritten_twice(ground: Ground) -> None:
    """Somebody else changes weights in the middle of a canary, twice: one Event, told and counted."""
    example = Example(plane=ground.plane, shell=ground.shell, name=PLAIN)
    canary = Canary(ground.plane, "shop", example.namespace)
    await canary.set_image("registry.k8s.io/e2e-test-images/agnhost:2.54")
    await canary.wait_paused(1)
    for time in ("first", "second"):
        path = "/spec/rules/0/backendRefs/1/weight"
        edit = {"op": "replace", "path": path, "value": 0}
        await ground.plane.admin.json_patch("HTTPRoute", "shop", example.namespace, [edit])
        stamp = {"metadata": {"annotations": {"example.com/reconcile": time}}}
        await ground.plane.admin.merge_patch("Rollout", "shop", example.namespace, stamp)
        await ground.plane.admin.wait_until(
            "HTTPRoute", "shop", example.namespace, _is_at_five, within=SOON, what="at 5 again"
        )


def _is_at_five(route: Object) -> bool:
    return weights_of(route) == {"shop-stable": 95, "shop-canary": 5}


def _given(granted: Iterable[Right]) -> set[Asked]:
    return {
        (right.group, resource, verb)
        for right in granted
        for resource in right.resources
        for verb in right.verbs
    }


def _asked(log: Path, user: str) -> set[Asked]:
    """What an account has asked the API server for; discovery names no resource."""
    calls = (json.loads(line) for line in log.read_text().splitlines())
    return {
        _row(call["objectRef"], call["verb"])
        for call in calls
        if call["user"]["username"] == user and "resource" in (call.get("objectRef") or {})
    }


def _row(place: Object, verb: str) -> Asked:
    resource = "/".join(part for part in (place["resource"], place.get("subresource")) if part)
    return place.get("apiGroup", ""), resource, verb
