"""The bed itself: a stock controller finishes a canary on it, beds do not collide, and nothing outlives them."""

# ruff: noqa: ASYNC220, ASYNC240, D103 -- the names are the sentences; nothing else runs in these loops

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from e2e.bed import objects, waiting
from e2e.bed.api import Api, ApiError
from e2e.bed.control_plane import ControlPlane
from e2e.bed.controller import Plugin, RolloutsController, Settings
from e2e.bed.errors import NotInTimeError, ProcessDiedError
from e2e.bed.kinds import KINDS
from e2e.bed.processes import Command, Process, children
from e2e.bed.rollouts import Canary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("bed")]

ROUTES = ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute")
RULES = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: rollouts-router}
rules: [{apiGroups: [gateway.networking.k8s.io], resources: [httproutes], verbs: [get, list, patch]}]
"""
SILENT_PLUGIN = '#!/bin/sh\necho "$KUBECONFIG $WORD $*" > "$WITNESS"\nexec sleep 60\n'
KEPT_CHILD = "sleep 60 & echo $!; wait"


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


@pytest.mark.xdist_group("two beds")
async def test_two_beds_side_by_side_know_nothing_of_each_other() -> None:
    others = children(os.getpid())
    async with ControlPlane() as one, ControlPlane() as other:
        await one.create_namespace("only-here")
        assert await other.admin.find("Namespace", "only-here") is None
        processes = sorted(set(children(os.getpid())) - set(others))
        assert len(processes) == 10
        async with Api(
            one.url, token=other.identities["admin"].token, authority=one.layout.certificate
        ) as stranger:
            with pytest.raises(ApiError, match="401"):
                await stranger.list("Namespace")
        folders = (one.folder, other.folder)
    assert not any(map(_alive, processes))
    assert not any(folder.exists() for folder in folders)


@pytest.mark.xdist_group("killed runner")
async def test_nothing_survives_a_killed_runner(tmp_path: Path) -> None:
    said = tmp_path / "said"
    command = (sys.executable, "-m", "e2e.bed.up")
    with said.open("w") as file:
        runner = subprocess.Popen(
            command, stdout=file, stderr=file, env={**os.environ, "TMPDIR": str(tmp_path)}
        )
    try:
        await waiting.until(lambda: _content(said, "Ctrl-C"), within=90, what="a bed")
        processes = children(runner.pid)
        assert len(processes) == 6
    finally:
        runner.kill()
        runner.wait(10)
    await waiting.until(lambda: _all_gone(processes), within=15, what="all programs gone")


async def test_a_stopped_process_takes_its_own_children_along(tmp_path: Path) -> None:
    async with _shell(tmp_path, KEPT_CHILD) as process:
        text = await waiting.until(lambda: _content(process.command.log, "\n"), within=10, what="a child")
        assert _alive(int(text))
    assert await waiting.until(lambda: _all_gone([int(text)]), within=5, what="the child gone")


async def test_a_process_that_will_not_end_is_killed(tmp_path: Path) -> None:
    async with _shell(tmp_path, "trap '' TERM; echo up; while :; do sleep 0.1; done") as process:
        await waiting.until(lambda: _content(process.command.log, "up"), within=10, what="the trap")
        pid = process.pid
        await process.stop(grace=0.2)
    assert not _alive(pid)


async def test_waiting_for_a_dead_process_fails_at_once_and_quotes_its_log(tmp_path: Path) -> None:
    async with _shell(tmp_path, "echo a last word; exit 3") as process:
        with pytest.raises(ProcessDiedError, match=r"(?s)exit code 3.*a last word"):
            await process.until(_never, within=10, what="a wonder")


def _shell(folder: Path, script: str) -> Process:
    program = Path(shutil.which("sh") or "")
    return Process(
        Command(name="sh", program=program, arguments=("-c", script), log=folder / "log", folder=folder)
    )


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


async def _all_gone(pids: list[int]) -> bool | None:
    return None if any(map(_alive, pids)) else True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
