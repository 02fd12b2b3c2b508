"""The bed itself: a stock controller finishes a canary on it, by its own identity, through an outage too."""

# ruff: noqa: ASYNC240, D103 -- the names are the sentences; nothing else runs in these loops

from __future__ import annotations

import asyncio
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from e2e.bed import objects, waiting
from e2e.bed.api import Api, ApiError
from e2e.bed.control_plane import ControlPlane
from e2e.bed.controller import Plugin, RolloutsController, Settings
from e2e.bed.errors import NotInTimeError
from e2e.bed.kinds import KINDS
from e2e.bed.rollouts import Canary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute")
RULES = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: rollouts-router}
rules: [{apiGroups: [gateway.networking.k8s.io], resources: [httproutes], verbs: [get, list, patch]}]
"""
SILENT_PLUGIN = '#!/bin/sh\necho "$KUBECONFIG $WORD $*" > "$WITNESS"\nexec sleep 60\n'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plane() -> AsyncIterator[ControlPlane]:
    """One bed for the tests of this module; each test has a namespace of its own."""
    async with ControlPlane(channel="standard", audit=True) as plane:
        yield plane


@pytest_asyncio.fixture(loop_scope="module")
async def namespace(plane: ControlPlane) -> str:
    """A fresh namespace."""
    name = f"bed-{uuid.uuid4().hex[:8]}"
    await plane.create_namespace(name)
    return name


async def test_a_canary_waits_at_its_pause_and_is_promoted(plane: ControlPlane, namespace: str) -> None:
    canary = Canary(plane, "app", namespace)
    async with RolloutsController(plane):
        await plane.admin.apply(objects.rollout("app", namespace, steps=objects.steps(50)))
        await canary.wait_healthy()
        first = (await canary.status())["stableRS"]
        await canary.set_image("app:2")
        paused = await canary.wait_paused(1)
        assert paused["status"]["stableRS"] == first
        await canary.promote()
        healthy = await canary.wait_healthy()
    assert healthy["status"]["stableRS"] != first


async def test_an_aborted_canary_is_degraded_until_it_is_tried_again(
    plane: ControlPlane, namespace: str
) -> None:
    canary = Canary(plane, "app", namespace)
    async with RolloutsController(plane) as controller:
        await plane.admin.apply(objects.rollout("app", namespace, steps=objects.steps(50)))
        await canary.wait_healthy()
        await canary.set_image("app:2")
        await canary.wait_paused(1)
        await canary.abort()
        await canary.wait_degraded()
        await controller.restart()
        await canary.retry()
        await canary.wait_paused(1)
        await canary.promote(full=True)
        await canary.wait_healthy()


async def test_the_plugin_is_launched_with_its_own_identity(
    plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    executable, witness = tmp_path / "plugin", tmp_path / "witness"
    executable.write_text(SILENT_PLUGIN)
    executable.chmod(0o755)
    settings = Settings(environment={"WITNESS": str(witness), "WORD": "word"})
    plugin = Plugin(executable=executable, arguments=("--flag",))
    async with RolloutsController(plane, plugin, settings=settings) as controller:
        for thing in objects.services("app", namespace):
            await plane.admin.apply(thing)
        await plane.admin.apply(objects.rollout("app", namespace, steps=objects.steps(50), plugin={}))
        pid = await controller.wait_for_plugin()
        assert controller.plugin_pids() == [pid]
        await waiting.until(lambda: _content(witness), within=10, what="the plugin's word")
        await controller.stop(grace=0.5)  # it would wait for a handshake that never comes
    assert witness.read_text().split() == [str(plane.kubeconfig("plugin")), "word", "--flag"]
    assert not _alive(pid)


async def test_the_plugin_may_do_what_it_was_granted_and_no_more(
    plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    rules = tmp_path / "rbac.yaml"
    rules.write_text(RULES)
    async with plane.api("plugin") as plugin:
        assert await _status(plugin, namespace) == 403
        await plane.grant_plugin(namespace, rules=rules)
        assert await _status(plugin, namespace) == 200
        assert await _status(plugin, "default") == 403
        await plane.grant_plugin()
        assert await _status(plugin, "default") == 200
        await plane.revoke_plugin(namespace)
        await plane.revoke_plugin()
        assert await _status(plugin, namespace) == 403
    assert '"username":"plugin"' in plane.audit_log.read_text()


@pytest.mark.parametrize("kind", ROUTES)
async def test_every_route_kind_is_served_as_built(plane: ControlPlane, namespace: str, kind: str) -> None:
    built = objects.route(kind, "route", namespace, rules=[objects.rule("app", weights=(90, 10))])
    await plane.admin.create(built)
    found = await plane.admin.get(kind, "route", namespace)
    assert objects.weights_of(found) == {"app-stable": 90, "app-canary": 10}


async def test_the_api_goes_away_and_comes_back_on_the_same_port(plane: ControlPlane, namespace: str) -> None:
    await plane.stop_api_server()
    with pytest.raises(NotInTimeError, match="last seen"):
        await plane.admin.wait_until("Namespace", namespace, None, bool, within=0.2)
    await plane.start_api_server()
    assert await plane.admin.get("Namespace", namespace)


async def test_every_kind_of_the_table_that_this_bed_serves_is_listable(plane: ControlPlane) -> None:
    absent = {"ScaledObject", "EnvoyProxy", "SubjectAccessReview"}
    for kind in KINDS:
        if kind.name not in absent:
            assert isinstance(await plane.admin.list(kind), list)


async def _status(api: Api, namespace: str) -> int:
    try:
        await api.list("HTTPRoute", namespace)
    except ApiError as error:
        return error.status
    return 200


async def _never() -> None:
    await asyncio.sleep(0)


async def _content(path: Path, word: str = "") -> str | None:
    text = path.read_text() if path.exists() else ""
    return text if text and word in text else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
