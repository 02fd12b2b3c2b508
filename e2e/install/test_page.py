"""The blocks of docs/installing.md, as they stand there, one after the other on a cluster with nothing of ours."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from e2e.bed.control_plane import SYSTEM_NAMESPACE
from e2e.bed.controller import Plugin, RolloutsController, Settings
from e2e.install import stock
from e2e.install.pages import Page
from e2e.scenarios.sharing import command

if TYPE_CHECKING:
    from e2e.install.conftest import Cluster

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE: Final = Page.of("installing.md")
RUN: Final = {
    "argo-rollouts",
    "router",
    "rights",
    "canary",
    "removal",
    "restart",
    "by-url",
    "kustomization",
    "one-namespace",
}
NOT_RUN: Final = {
    "image": "made in e2e/dist; there is no registry here",
    "helm": "the chart is in a registry of charts; its values are compared in tests/manifests",
    "openshift": "the operator's CRD is nowhere to be had; compared in tests/manifests",
}


async def test_every_block_of_the_page_is_run_or_it_is_said_why_not() -> None:
    assert set(PAGE.blocks) == RUN | set(NOT_RUN)


async def test_from_nothing_to_a_canary_and_back(cluster: Cluster) -> None:
    shell = cluster.shell
    await shell.run(f"kubectl delete deployment argo-rollouts -n {SYSTEM_NAMESPACE}")
    await shell.run(_here(PAGE["argo-rollouts"].replace("create namespace", "get namespace")))
    before = (await cluster.controller())["spec"]
    await shell.run(PAGE["router"])
    assert (await shell.run(PAGE["rights"])).splitlines()[-1] == "yes"

    settings = Settings(plugin_identity=await stock.account(cluster.plane))
    async with RolloutsController(cluster.plane, Plugin(executable=command()), settings=settings):
        said = await shell.run(PAGE["canary"])
    assert "95 5" in said

    await shell.run(f"{PAGE['restart']}\n{PAGE['removal']}")
    after = (await cluster.controller())["spec"]
    after["template"].get("metadata", {}).pop("annotations")  # of the restart
    assert after == before
    assert not await shell.run(
        "kubectl get clusterrole,clusterrolebinding -l app.kubernetes.io/name=rollouts-router -o name"
    )


async def test_by_url(cluster: Cluster) -> None:
    await cluster.shell.run(PAGE["by-url"])
    (row,) = yaml.safe_load(await cluster.registered() or "")
    assert row["location"] == "https://files.example.com/rollouts-router-linux-amd64"
    assert row["sha256"] == "0" * 64
    assert await cluster.may("patch", "httproutes.gateway.networking.k8s.io")


async def test_one_namespace(cluster: Cluster) -> None:
    await cluster.shell.run("kubectl create namespace shop --dry-run=client -o yaml | kubectl apply -f -")
    await cluster.shell.run(PAGE["one-namespace"])
    assert await cluster.may("patch", "httproutes.gateway.networking.k8s.io", "shop")
    assert not await cluster.may("patch", "httproutes.gateway.networking.k8s.io", "default")


async def test_the_whole_install_in_git(cluster: Cluster) -> None:
    folder = cluster.shell.folder / "git"
    folder.mkdir()
    shutil.copy(stock.release(), folder / "install.yaml")
    text = PAGE["kustomization"]
    assert stock.RELEASE in text
    (folder / "kustomization.yaml").write_text(text.replace(stock.RELEASE, "install.yaml"))
    said = await cluster.shell.run("kubectl apply --server-side --force-conflicts -k git")
    assert "deployment.apps/argo-rollouts serverside-applied" in said
    pod = (await cluster.controller())["spec"]["template"]["spec"]
    assert [each["name"] for each in pod["initContainers"]] == ["rollouts-router"]
    assert await cluster.may("patch", "httproutes.gateway.networking.k8s.io")


def _here(text: str) -> str:
    """With the release's own file in place of its address."""
    assert stock.RELEASE in text
    return text.replace(stock.RELEASE, str(stock.release()))
