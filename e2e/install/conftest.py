"""One bed for all tests about installing: a control plane, and Argo Rollouts in it as a release installs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest_asyncio

from e2e.bed.control_plane import SYSTEM_NAMESPACE, ControlPlane
from e2e.install import stock
from e2e.install.shell import Shell

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from e2e.bed.kinds import Object


@dataclass(frozen=True, slots=True)
class Cluster:
    """The bed and a shell in it."""

    plane: ControlPlane
    shell: Shell

    async def controller(self) -> Object:
        """The controller's Deployment now."""
        return await self.plane.admin.get("Deployment", "argo-rollouts", SYSTEM_NAMESPACE)

    async def registered(self) -> str | None:
        """What the controller's ConfigMap says of traffic routers."""
        config = await self.plane.admin.get("ConfigMap", "argo-rollouts-config", SYSTEM_NAMESPACE)
        found: str | None = (config.get("data") or {}).get("trafficRouterPlugins")
        return found

    async def may(self, verb: str, resource: str, namespace: str = "default") -> bool:
        """Whether the controller's account may do this, as kubectl tells it."""
        line = f"kubectl auth can-i {verb} {resource} -n {namespace} --as {stock.USER}"
        said = await self.shell.run(f"{line} || true")
        return said.splitlines()[-1] == "yes"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bed() -> AsyncIterator[ControlPlane]:
    """The control plane, without the release."""
    async with ControlPlane() as plane:
        yield plane


@pytest_asyncio.fixture(loop_scope="session")
async def cluster(bed: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """With a fresh install of the release, and without it again afterwards."""
    made = Cluster(bed, Shell.at(bed, tmp_path_factory.mktemp("shell") / "root"))
    await stock.install(made.shell)
    yield made
    for kind in ("deployments", "configmaps", "roles", "rolebindings"):
        await made.shell.run(f"kubectl delete {kind} --all -n {SYSTEM_NAMESPACE}")
    for kind in ("clusterroles", "clusterrolebindings"):
        await made.shell.run(f"kubectl delete {kind} -l app.kubernetes.io/name=rollouts-router")
