"""A stock controller walks the canary of docs/gitops.md, and Argo CD puts Git's rules back in the middle of it."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
import re
import subprocess
import uuid
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from e2e.bed import binaries, objects
from e2e.bed.controller import Plugin, RolloutsController
from e2e.bed.rollouts import Canary
from e2e.gitops import page
from e2e.gitops.applications import application, unconfigured
from e2e.gitops.shop import CLAIMS, COMMAND, LABEL, MID_CANARY, NAME, STABLE_ONLY, WEIGHT, rule_names, weights

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object
    from e2e.gitops.argo_cd import ArgoCD
    from e2e.gitops.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENCE = 120.0  # seconds for a step; on two busy cores a pod may take long
HELP_LIMIT = 60.0  # seconds
BASELINE = 10


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def controller(plane: ControlPlane) -> AsyncIterator[RolloutsController]:
    """The stock controller with rollouts-router as its plugin."""
    async with RolloutsController(plane, Plugin(executable=COMMAND)) as controller:
        yield controller


async def test_the_weights_come_back_with_the_next_reconcile_and_header_rules_do_not(
    shop: Shop, argo_cd: ArgoCD, controller: RolloutsController
) -> None:
    app, git = application(), shop.git()
    await argo_cd.sync(app, git)
    canary = await _released(shop, shop.rollout())
    paused_at = len(shop.rollout()["spec"]["strategy"]["canary"]["steps"]) - 1
    await canary.wait_paused(paused_at, within=PATIENCE)
    live = await shop.route()
    assert (weights(live), rule_names(live)) == (MID_CANARY, ["", "shop-testers"])
    assert not await argo_cd.is_out_of_sync(app, git, live)

    git["spec"]["hostnames"].append("new.example.com")
    overwritten = await argo_cd.sync(app, git, live)
    assert (weights(overwritten), rule_names(overwritten)) == (STABLE_ONLY, [""])
    touched = {"metadata": {"annotations": {"example.com/touched": uuid.uuid4().hex}}}
    await shop.admin.merge_patch("Rollout", NAME, shop.namespace, touched)
    healed = await shop.admin.wait_until(
        "HTTPRoute", NAME, shop.namespace, lambda route: weights(route) == MID_CANARY, within=PATIENCE
    )
    assert rule_names(healed) == [""]
    assert "filters" not in healed["spec"]["rules"][0]
    assert _warning(shop.namespace).search(
        await controller.wait_for_log(f"{shop.namespace}/shop: its weights")
    )

    await canary.promote()
    await canary.wait(_is_done, "the new version is stable", PATIENCE)
    over = await shop.admin.wait_until(
        "HTTPRoute", NAME, shop.namespace, lambda route: weights(route) == STABLE_ONLY, within=PATIENCE
    )
    assert rule_names(over) == [""]
    assert not {LABEL, CLAIMS} & {
        *over["metadata"].get("labels", {}),
        *over["metadata"].get("annotations", {}),
    }
    assert not await argo_cd.is_out_of_sync(app, git, over)


async def test_the_services_of_an_experiment_are_named_as_the_recipes_expect(
    shop: Shop, settings: ArgoCD, controller: RolloutsController
) -> None:
    argo_cd, app, git = settings, application(), shop.git()
    await argo_cd.sync(app, git)
    rollout = shop.rollout()
    template = {"name": "baseline", "specRef": "stable", "weight": BASELINE}
    steps = [{"setWeight": WEIGHT}, {"experiment": {"templates": [template]}}]
    rollout["spec"]["strategy"]["canary"]["steps"] = steps
    # The controller makes a Service only for pods with a port.
    rollout["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": objects.PORT}]
    await _released(shop, rollout)
    live = await shop.admin.wait_until(
        "HTTPRoute", NAME, shop.namespace, lambda route: BASELINE in weights(route), within=PATIENCE
    )
    assert weights(live) == [100 - WEIGHT - BASELINE, WEIGHT, BASELINE]
    assert controller.plugin_pids()
    assert not await argo_cd.is_out_of_sync(app, git, live)
    assert await argo_cd.is_out_of_sync(unconfigured(), git, live)
    await argo_cd.set_settings(page.block("argocd-cm")["data"])
    assert not await argo_cd.is_out_of_sync(unconfigured(), git, live)


async def test_the_resync_is_every_fifteen_minutes_unless_set() -> None:
    program = await asyncio.to_thread(binaries.program, "rollouts-controller")
    said = await asyncio.to_thread(
        subprocess.run, (program, "--help"), capture_output=True, text=True, timeout=HELP_LIMIT, check=True
    )
    assert re.search(r"--rollout-resync .*\(default 900\)", said.stdout)


async def _released(shop: Shop, rollout: Object) -> Canary:
    """A first version is up, and a second one is on its way."""
    await shop.admin.apply(rollout)
    canary = Canary(shop.plane, NAME, shop.namespace)
    await canary.wait_healthy(within=PATIENCE)
    await canary.set_image("app:2")
    return canary


def _warning(namespace: str) -> re.Pattern[str]:
    """The line of the page, as it is with this namespace and with whatever stands for the ellipsis."""
    [line] = re.findall(r"^```text\n(.*?)\n```$", page.PAGE.read_text(), re.MULTILINE | re.DOTALL)
    parts = line.replace("shop/shop", f"{namespace}/shop").split("…")
    return re.compile(".*".join(re.escape(part.strip()) for part in parts))


def _is_done(status: Object) -> bool:
    return status.get("phase") == "Healthy" and status.get("stableRS") == status.get("currentPodHash")
