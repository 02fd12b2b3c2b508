"""Overlays on a real install of Argo Rollouts, by the API server's own judgement."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
import yaml

from e2e.bed.errors import BedError
from e2e.install import stock
from e2e.install.shell import ROOT

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.install.conftest import Cluster

pytestmark = pytest.mark.asyncio(loop_scope="session")

OVERLAYS: Final = sorted(path.name for path in (ROOT / "manifests" / "overlays").iterdir())
APPLY: Final = "kubectl apply --server-side --field-manager=rollouts-router"
SYSTEM: Final = "-n argo-rollouts"


@pytest.mark.parametrize("name", OVERLAYS)
async def test_an_overlay_adds_itself_to_the_release_and_is_taken_out_without_a_trace(
    cluster: Cluster, name: str
) -> None:
    before = (await cluster.controller())["spec"]

    await cluster.shell.run(f"{APPLY} -k manifests/overlays/{name}")
    after = (await cluster.controller())["spec"]
    registered = yaml.safe_load(await cluster.registered() or "")
    assert [row["name"] for row in registered] == ["argoproj-labs/gatewayAPI"]
    (own,), (others,) = after["template"]["spec"]["containers"], before["template"]["spec"]["containers"]
    assert {**own, "volumeMounts": 0, "env": 0} == {**others, "volumeMounts": 0, "env": 0}
    assert [mount for mount in own["volumeMounts"] if mount["name"] != "rollouts-router"] == others[
        "volumeMounts"
    ]
    again = await cluster.shell.run(f"{APPLY} -k manifests/overlays/{name}")
    assert "serverside-applied" in again
    assert (await cluster.controller())["spec"] == after

    await cluster.shell.run(f"{APPLY} -k manifests/base/installed")
    assert (await cluster.controller())["spec"] == before
    assert await cluster.registered() is None


async def test_the_pod_has_the_image_as_it_was_given(cluster: Cluster) -> None:
    await cluster.shell.run(f"{APPLY} -k manifests/overlays/image-volume")
    volumes = _by_name((await cluster.controller())["spec"]["template"]["spec"]["volumes"])
    assert volumes["rollouts-router"]["image"] == {
        "reference": "registry.example.com/rollouts-router:0.1.0",
        "pullPolicy": "IfNotPresent",
    }


@pytest.mark.parametrize("way", ["init-container", "image-volume"])
async def test_the_pod_of_the_controller_comes_up_with_it(cluster: Cluster, way: str) -> None:
    overlay = "cluster-wide" if way == "init-container" else way
    await cluster.shell.run(f"{APPLY} -k manifests/overlays/{overlay}")
    await cluster.shell.run(f"kubectl {SYSTEM} rollout status deployment/argo-rollouts --timeout=90s")


async def test_the_rights_of_the_cluster_hold_everywhere_and_those_of_one_namespace_there(
    cluster: Cluster,
) -> None:
    routes = "httproutes.gateway.networking.k8s.io"
    assert not await cluster.may("patch", routes)
    await cluster.shell.run(f"{APPLY} -k manifests/overlays/namespaced")
    assert await cluster.may("patch", routes, "argo-rollouts")
    assert not await cluster.may("patch", routes)
    await cluster.shell.run("kubectl create namespace team-a")
    await cluster.shell.run("kubectl apply -n team-a -f manifests/components/rbac-namespaced/rbac.yaml")
    assert await cluster.may("patch", routes, "team-a")
    assert not await cluster.may("patch", routes)
    await cluster.shell.run(f"{APPLY} -k manifests/overlays/cluster-wide")
    assert await cluster.may("patch", routes)
    assert not await cluster.may("update", routes)


async def test_every_component_of_rights_is_taken_by_the_api_server(cluster: Cluster) -> None:
    for path in sorted((ROOT / "manifests" / "components").glob("*/rbac.yaml")):
        place = f"manifests/components/{path.parent.name}/rbac.yaml"
        await cluster.shell.run(f"kubectl apply --dry-run=server {SYSTEM} -f {place}")


async def test_an_entry_of_somebody_else_is_not_overwritten_unasked(cluster: Cluster) -> None:
    theirs = (
        "- name: argoproj-labs/gatewayAPI\n  location: https://example.com/gatewayapi-plugin-linux-amd64\n"
    )
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argo-rollouts-config"}}
    given = yaml.safe_dump({**config, "data": {"trafficRouterPlugins": theirs}})
    await cluster.shell.run(f"kubectl apply --server-side {SYSTEM} --force-conflicts -f -", given=given)
    with pytest.raises(BedError, match=r"\.data\.trafficRouterPlugins"):
        await cluster.shell.run(f"{APPLY} -k manifests/overlays/cluster-wide")
    assert await cluster.registered() == theirs
    await cluster.shell.run(f"{APPLY} --force-conflicts -k manifests/overlays/cluster-wide")
    assert "file:///plugins/rollouts-router" in (await cluster.registered() or "")


async def test_an_upgrade_of_argo_rollouts_leaves_it_in(cluster: Cluster) -> None:
    await cluster.shell.run(f"{APPLY} -k manifests/overlays/cluster-wide")
    before = (await cluster.controller())["spec"]
    await stock.install(cluster.shell)
    assert (await cluster.controller())["spec"] == before
    assert await cluster.registered()


async def test_it_is_added_to_a_release_that_was_applied_by_the_client_as_well(cluster: Cluster) -> None:
    await cluster.shell.run(f"kubectl delete deployment argo-rollouts {SYSTEM}")
    deployment = _deployment()
    await cluster.shell.run(f"kubectl apply {SYSTEM} -f -", given=yaml.safe_dump(deployment))
    await cluster.shell.run(f"{APPLY} -k manifests/overlays/cluster-wide")
    await cluster.shell.run(f"kubectl apply {SYSTEM} -f -", given=yaml.safe_dump(deployment))
    pod = (await cluster.controller())["spec"]["template"]["spec"]
    assert [each["name"] for each in pod["initContainers"]] == ["rollouts-router"]
    assert set(_by_name(pod["volumes"])) == {"plugin-bin", "tmp", "rollouts-router"}


def _deployment() -> Object:
    """The one of the release."""
    found: Object = yaml.safe_load(next(each for each in stock.parts() if "\nkind: Deployment\n" in each))
    return found


def _by_name(parts: list[Object]) -> dict[str, Object]:
    return {each["name"]: each for each in parts}
