"""Scenarios that ask what one call or the next makes of a ScaledObject: on a real API server, called by the stock host.

No controller and no KEDA runs here: the test plays both, so that it can stop between any two calls.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from e2e.keda import scaled
from e2e.keda.calls import calls, writes_to_keda
from e2e.keda.doorman import Doorman, kills_before
from e2e.keda.ground import without_keda
from e2e.keda.shop import HOLD
from e2e.keda.stage import AFTER, NAME, WANTED, WHOLE_CANARY, Scene, Stage, plugin
from e2e.scenarios.journal import Journal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object

pytestmark = pytest.mark.asyncio(loop_scope="module")

START: Final = Scene(replicas=1, step=0, weight=0)
AT_20: Final = Scene(replicas=10, step=1, weight=20)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plane() -> AsyncIterator[ControlPlane]:
    """The control plane of this module; ReplicaSets are what the test says."""
    async with without_keda() as plane:
        yield plane


@pytest.fixture
def namespace() -> str:
    """A name for a namespace of the test's own."""
    return f"team-{uuid.uuid4().hex[:8]}"


async def test_07_abort_with_dynamic_stable_scale(plane: ControlPlane, namespace: str) -> None:
    """7. Abort, DSS. Given a DSS abort stepping 50 > 20 > 0: hold kept at 50 and 20, released at 0."""
    stage = Stage(plane=plane, namespace=namespace, keda={}, canary={"dynamicStableScale": True})
    await stage.is_set()
    original = await stage.as_written()
    async with plugin(stage) as called:
        await called.turns_to(Scene(replicas=10, step=3, weight=50))
        assert await called.set_weight(50) == ""
        for weight in (50, 20):
            await called.turns_to(Scene(replicas=10, step=3, weight=weight, abort=True))
            held = await stage.scaled()
            assert await called.set_weight(weight) == ""
            assert await stage.scaled() == held
            assert await stage.is_held()
        await called.turns_to(Scene(replicas=10, step=0, weight=20, abort=True))
        assert await called.set_weight(0) == ""
    assert await stage.canary_weight() == 0
    assert await stage.as_written() == original


async def test_09_promote_full(plane: ControlPlane, namespace: str) -> None:
    """9. Promote full. Given DSS, R scaled in from 10 to 4 while 10 canary pods are available, when SetWeight(250)
    comes: the route gets 100/0, no error, release when promoted.
    """  # noqa: D205 -- the specification's sentence
    stage = Stage(plane=plane, namespace=namespace, keda={}, canary={"dynamicStableScale": True})
    await stage.is_set()
    original = await stage.as_written()
    await stage.has_pods(WANTED, available=10)
    async with plugin(stage) as called:
        await called.turns_to(Scene(replicas=4, step=4, weight=100, promote_full=True))
        assert await called.set_weight(250) == ""
        assert await stage.canary_weight() == 100
        assert await stage.is_held()
        await called.verify(250)
        await called.turns_to(AFTER)
        assert await called.set_weight(0) == ""
    assert await stage.as_written() == original


async def test_11_crash_between_route_write_and_hold(
    plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    """11. Crash between route write and hold: the next SetWeight acquires; no duplicate, no lost prior."""
    stage = Stage(plane=plane, namespace=namespace, keda={})
    await stage.is_set(annotations={scaled.FORCE: "false"})
    original = await stage.as_written()
    async with Doorman(plane) as doorman:
        doorman.interference = kills_before("PATCH", "scaledobjects", tmp_path / "pid")
        config = doorman.kubeconfig(plane.identities["plugin"])
        async with plugin(stage, kubeconfig=config, pid=tmp_path / "pid") as called:
            await called.turns_to(AT_20)
            assert await called.set_weight(20) != ""
    assert await stage.canary_weight() == 20
    assert await stage.as_written() == original
    async with plugin(stage) as called:
        await called.turns_to(AT_20)
        for _ in range(2):
            assert await called.set_weight(20) == ""
            assert (await stage.record())["prior"] == {scaled.FORCE: "false"}
        await called.turns_to(AFTER)
        assert await called.set_weight(0) == ""
    assert await stage.as_written() == original


async def test_12_scaled_object_deleted_in_mid_canary(plane: ControlPlane, namespace: str) -> None:
    """12. ScaledObject deleted mid-canary: NotManaged, one warning; the canary continues; a re-created object is
    held anew; nothing is restored onto it.
    """  # noqa: D205 -- the specification's sentence
    stage = Stage(plane=plane, namespace=namespace, keda={})
    await stage.is_set(annotations={scaled.FORCE: "false"})
    async with plugin(stage) as called:
        await called.turns_to(START)
        assert await called.set_weight(0) == ""
        await plane.admin.delete("ScaledObject", NAME, namespace)
        await called.said()
        for weight in (20, 20, 50):
            await called.turns_to(Scene(replicas=10, step=1, weight=weight))
            assert await called.set_weight(weight) == ""
            assert await stage.canary_weight() == weight
        assert await called.reasons() == ["NotManaged"]
        await stage.adds_scaled()
        clean = await stage.as_written()
        assert await called.set_weight(50) == ""
        assert (await stage.record())["prior"] == {scaled.FORCE: None}
        await called.turns_to(AFTER)
        assert await called.set_weight(0) == ""
    assert await stage.as_written() == clean


async def test_15_argo_cd_reverts(plane: ControlPlane, namespace: str) -> None:
    """15. Argo CD reverts. Given a Git manifest with force-activation "false" and self-heal, when it is reverted
    again and again: three re-asserts >= 60 s apart, then a GaveUp event, the zero gate still on; at the end the value
    is Git's.
    """  # noqa: D205 -- the specification's sentence
    stage = Stage(plane=plane, namespace=namespace, keda={})
    in_git = {scaled.FORCE: "false"}
    await stage.is_set(annotations=in_git)
    original = await stage.as_written()
    async with plugin(stage) as called:
        await called.turns_to(START)
        assert await called.set_weight(0) == ""
        await called.said()
        for time in range(3):
            await _argo_cd_heals(stage, in_git)
            assert await called.set_weight(0) == ""  # not yet: less than a minute since the last write
            assert (await stage.as_written())["annotations"][scaled.FORCE] == "false"
            await _a_minute_passes(stage)
            assert await called.set_weight(0) == ""
            assert (await stage.as_written())["annotations"][scaled.FORCE] == "true"
            assert (await stage.record())["reasserts"] == time + 1
        await _argo_cd_heals(stage, in_git)
        await _a_minute_passes(stage)
        assert await called.set_weight(0) == ""
        assert (await stage.record())["end"] == "gaveUp"
        assert (await stage.as_written())["annotations"][scaled.FORCE] == "false"
        assert "GaveUp" in await called.reasons()
        await _a_minute_passes(stage)
        untouched = await stage.scaled()
        assert await called.set_weight(0) == ""
        assert await stage.scaled() == untouched
        await called.turns_to(Scene(replicas=0))
        assert await called.verify(0) == "NotVerified"
        await called.turns_to(AFTER)
        assert await called.set_weight(0) == ""
    assert await stage.as_written() == original


async def test_each_call_reads_keda_once_at_most_and_two_calls_of_a_canary_write_to_it(
    plane: ControlPlane, namespace: str
) -> None:
    """The audit of API calls: one read per SetWeight at most, one patch at acquire and one at release."""
    stage = Stage(plane=plane, namespace=namespace, keda={})
    await stage.is_set()
    await stage.has_pods(WANTED, available=10)
    reads, writes = [], []
    async with plugin(stage) as called:
        for scene, weight in WHOLE_CANARY:
            await called.turns_to(scene)
            audit = Journal.from_now(plane.audit_log)
            assert await called.set_weight(weight) == ""
            # The sweeper's own look at the whole cluster is no part of a call.
            asked = (call for call in calls(audit) if call.namespace == namespace)
            reads.append(sum(call.is_to_keda and call.is_read for call in asked))
            await called.verify(weight)
            writes.append(len(writes_to_keda(audit, namespace)))
    assert max(reads) == 1
    assert writes == [0, 1, 0, 0, 0, 0, 1, 0]


async def _argo_cd_heals(stage: Stage, in_git: Object) -> None:
    """Self-heal: what is in Git is applied over whatever is there."""
    await stage.adds_scaled(annotations=in_git)


async def _a_minute_passes(stage: Stage) -> None:
    """The record's own times are moved back: the plugin counts from them, not from what it remembers."""
    record = await stage.record()
    for key in ("at", "last"):
        if record.get(key):
            record[key] = _earlier(record[key])
    patch = {"metadata": {"annotations": {HOLD: json.dumps(record, separators=(",", ":"))}}}
    await stage.admin.merge_patch("ScaledObject", NAME, stage.namespace, patch)


def _earlier(moment: str) -> str:
    return (datetime.fromisoformat(moment) - timedelta(seconds=61)).strftime("%Y-%m-%dT%H:%M:%SZ")
