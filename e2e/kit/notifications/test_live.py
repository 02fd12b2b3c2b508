"""The stock controller tells a webhook what `rollouts-router why` says of the same runs."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from typing import TYPE_CHECKING, Any, Final

import pytest
import pytest_asyncio
from observability.notifications.config_map import NAME, triggers_and_templates
from tests.charts.rendering import render

from e2e.bed import objects
from e2e.bed.control_plane import SYSTEM_NAMESPACE
from e2e.bed.kinds import ROLLOUTS
from e2e.bed.rollouts import Canary
from e2e.kit.notifications.desk import Desk
from e2e.scenarios import sharing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object
    from e2e.kit.releases import Kit

pytestmark = pytest.mark.asyncio(loop_scope="session")

APP: Final = "web"
BAD: Final = 'errors{path="/a b"}'
FEW: Final = "apdex"
ANSWERS: Final = {BAD: ("0.034",), FEW: ("0.91", "12")}
LIMIT: Final = 60.0  # seconds


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(shared: tuple[ControlPlane, Path]) -> AsyncIterator[Desk]:
    """The receiver, which the controller knows: it watches its ConfigMap, so nothing is started anew."""
    plane, _ = shared
    async with Desk(ANSWERS) as desk:
        metadata = {"name": NAME, "namespace": SYSTEM_NAMESPACE}
        data = {**triggers_and_templates(), "service.webhook": f"url: {desk.url}/hook\n"}
        secret = {"name": "argo-rollouts-notification-secret", "namespace": SYSTEM_NAMESPACE}
        await plane.admin.apply({"apiVersion": "v1", "kind": "Secret", "metadata": secret})
        await plane.admin.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
        yield desk
        await plane.admin.delete("ConfigMap", NAME, SYSTEM_NAMESPACE)


def _rollout(namespace: str, *steps: Object) -> Object:
    """A Rollout that the chart's annotations subscribe."""
    values = {"image": "web:1", "port": 80, "host": "web.test", "gates": {"provider": "none"}}
    rendered = render({**values, "notifications": {"webhook": {"enabled": True}}})
    made = objects.rollout(APP, namespace, steps=steps)
    made["metadata"]["annotations"] = rendered.one("Rollout")["metadata"]["annotations"]
    return made


def _template(namespace: str, desk: Desk, query: str, **conditions: object) -> Object:
    metric = {"name": "gate", "provider": {"prometheus": {"address": desk.url, "query": query}}, **conditions}
    return {
        "apiVersion": ROLLOUTS,
        "kind": "AnalysisTemplate",
        "metadata": {"name": "gate", "namespace": namespace},
        "spec": {"args": [{"name": "limit"}], "metrics": [metric]},
    }


async def _released(kit: Kit, template: Object) -> Canary:
    """A Rollout whose second version meets the gate at weight 50."""
    analysis = {"templates": [{"templateName": "gate"}], "args": [{"name": "limit", "value": "0.01"}]}
    made = _rollout(kit.site.namespace, {"setWeight": 50}, {"analysis": analysis}, objects.FOREVER)
    await kit.site.admin.apply(template)
    await kit.site.admin.apply(made)
    canary = Canary(kit.site.plane, APP, kit.site.namespace)
    await canary.wait_healthy()
    await canary.set_image("web:2")
    return canary


async def _why(kit: Kit) -> tuple[int, dict[str, Any]]:
    """What the command says, as JSON, and its exit status."""
    environment = {**os.environ, "KUBECONFIG": str(kit.site.plane.kubeconfig("admin"))}
    arguments = (str(sharing.command()), "why", f"{kit.site.namespace}/{APP}", "--output", "json")
    done = await asyncio.to_thread(
        subprocess.run, arguments, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert not done.stderr
    return done.returncode, json.loads(done.stdout)


async def test_a_failed_gate_is_told_with_value_threshold_and_query_as_why_has_it(
    kit: Kit, desk: Desk
) -> None:
    needs = "result[0] <= {{ args.limit }}"
    canary = await _released(kit, _template(kit.site.namespace, desk, BAD, successCondition=needs))
    await canary.wait_degraded()
    failed = await desk.message("analysis-failed", kit.site.namespace)
    aborted = await desk.message("aborted", kit.site.namespace)
    status, told = await _why(kit)
    assert (status, told["state"]) == (1, "stopped")
    (run,) = failed["runs"]
    assert run["lines"] == [
        f"Analysis {run['run']} failed in step 2 of 3 (weight 50)",
        "- gate = 0.034, needs result[0] <= 0.01",
        "  failed 1 of 1, allowed 0",
        f"  query: {BAD}",
    ]
    assert failed["runs"] == aborted["runs"]
    assert [{key: each[key] for key in run} for each in told["runs"]] == failed["runs"]


async def test_an_inconclusive_gate_is_told_when_it_pauses_as_why_has_it(kit: Kit, desk: Desk) -> None:
    conditions = {
        "successCondition": "result[1] >= 100 && result[0] >= {{args.limit}}",
        "failureCondition": "result[1] >= 100 && result[0] < {{args.limit}}",
    }
    canary = await _released(kit, _template(kit.site.namespace, desk, FEW, **conditions))
    await canary.wait_paused(1)
    inconclusive = await desk.message("analysis-inconclusive", kit.site.namespace)
    paused = await desk.message("paused", kit.site.namespace)
    status, told = await _why(kit)
    assert (status, told["sentences"][0]) == (
        1,
        "An analysis is inconclusive, neither good nor bad, so somebody has to decide:",
    )
    assert "- gate = [0.91,12], inconclusive, needs result[1] >= 100" in inconclusive["text"]
    assert "paused at step 2 of 3 (weight 50), an analysis is inconclusive" in paused["title"]
    lines = [run["lines"] for run in inconclusive["runs"]]
    assert lines == [run["lines"] for run in paused["runs"]] == [run["lines"] for run in told["runs"]]


async def test_a_release_without_gates_tells_of_its_pause_and_of_its_end(kit: Kit, desk: Desk) -> None:
    await kit.site.admin.apply(_rollout(kit.site.namespace, {"setWeight": 50}, objects.FOREVER))
    canary = Canary(kit.site.plane, APP, kit.site.namespace)
    await canary.wait_healthy()
    await canary.set_image("web:2")
    await canary.wait_paused(1)
    paused = await desk.message("paused", kit.site.namespace)
    assert paused["title"].endswith(": paused at step 2 of 2 (weight 50) until somebody promotes it")
    status, told = await _why(kit)
    assert (status, told["state"], told["step"]["weight"]) == (0, "waiting", 50)
    await canary.promote()
    completed = await desk.message("completed", kit.site.namespace)
    assert (completed["revision"], completed["runs"]) == ("2", [])
