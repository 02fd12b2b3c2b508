"""Argo Rollouts as its release installs it, and the account that its controller, and so the plugin, has there.

No container runs: KWOK plays the pod of the Deployment, and what the controller does is done by the bed's own process
with that account's token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from e2e.bed import binaries, identities
from e2e.bed.control_plane import SYSTEM_NAMESPACE
from e2e.bed.identities import Identity

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.bed.control_plane import ControlPlane
    from e2e.install.shell import Shell

ACCOUNT: Final = "argo-rollouts"
USER: Final = f"system:serviceaccount:{SYSTEM_NAMESPACE}:{ACCOUNT}"
RELEASE: Final = "https://github.com/argoproj/argo-rollouts/releases/download/v1.10.1/install.yaml"
"""Where pages take it from; tests take the same file out of the module of that version."""


def release() -> Path:
    """The release's `install.yaml`."""
    return binaries.rollouts_manifests() / "install.yaml"


async def install(shell: Shell) -> None:
    """Apply the release as its guide says. The bed has its namespace already."""
    await shell.run(f"kubectl apply --server-side -n {SYSTEM_NAMESPACE} -f {release()}")


async def account(plane: ControlPlane) -> str:
    """The controller's ServiceAccount as one of the bed's identities; its name there."""
    path = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/serviceaccounts/{ACCOUNT}/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    answer = await plane.admin.request("POST", path, body=request)
    assert isinstance(answer, dict)
    who = Identity(name=ACCOUNT, token=str(answer["status"]["token"]))
    config = plane.layout.kubeconfig(who)
    identities.write_kubeconfig(config, who, url=plane.url, authority=plane.layout.certificate)
    plane.identities[who.name] = who
    return who.name
