"""Argo Rollouts with the router in a bed, installed as in a kind cluster: stock manifests, our overlay, our executable.

What is applied, and how, is the script's own step (`e2e/kind/steps.sh`). Played here is what a kubelet would do by the
Deployment that comes of it: the init container, and then the controller, as its ServiceAccount. No pod's sandbox is
played: `e2e/dist` has that.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from e2e.bed import binaries
from e2e.bed.control_plane import SYSTEM_NAMESPACE
from e2e.bed.controller import RolloutsController, Settings
from e2e.bed.errors import BedError
from e2e.bed.identities import Identity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object

ACCOUNT: Final = Identity(
    name=f"system:serviceaccount:{SYSTEM_NAMESPACE}:argo-rollouts",
    groups=("system:serviceaccounts", f"system:serviceaccounts:{SYSTEM_NAMESPACE}"),
)
"""Whom the API server takes the controller's pod for, and the plugin in it."""

PLUGINS: Final = "plugins"  # where the overlay mounts the volume with the executable, right below /
PRIVATE_ROOT: Final = Path(__file__).with_name("private_root.py")
STEPS: Final = Path(__file__).parents[1] / "kind" / "steps.sh"
STEP: Final = """
set -euo pipefail
gateway=test-bed
. "$STEPS"
KUBECONFIG=$BED ARGO_ROLLOUTS_MANIFEST=$STOCK
step rollouts "$STOCK" install_rollouts
step rollouts "$STOCK" false # it is noted as done: else this would fail
"""
LIMIT: Final = 120.0  # seconds; the stock CRDs are large


@contextlib.asynccontextmanager
async def installed(plane: ControlPlane, executable: Path) -> AsyncIterator[RolloutsController]:
    """The controller, with the executable that the overlay's image would hold. The plane has to know `ACCOUNT`."""
    stock = binaries.rollouts_manifests() / "install.yaml"
    await run(
        plane, "bash", "-c", STEP, STEPS=str(STEPS), BED=str(plane.kubeconfig("admin")), STOCK=str(stock)
    )
    pod = (await plane.admin.get("Deployment", "argo-rollouts", SYSTEM_NAMESPACE))["spec"]["template"]["spec"]
    view = _view(plane.folder)
    await run(plane, *view, str(executable), *_init_container(pod)["args"])
    settings = Settings(
        name="installed-controller",
        identity=ACCOUNT.name,
        plugin_identity=ACCOUNT.name,
        configures=False,
        below=view,
    )
    async with RolloutsController(plane, settings=settings) as controller:
        yield controller


def _init_container(pod: Object) -> Object:
    """The one that puts the executable where the controller finds it."""
    mounts = {each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
    (found,) = pod["initContainers"]
    assert f"/{PLUGINS}" in mounts & {each["mountPath"] for each in found["volumeMounts"]}
    return dict(found)


def _view(folder: Path) -> tuple[str, ...]:
    """The command below which a folder of the bed is the volume with the executable."""
    for name in (PLUGINS, "plugins-root"):
        (folder / name).mkdir()
    paths = (str(folder / PLUGINS), str(folder / "plugins-root"))
    return (sys.executable, "-I", "-S", str(PRIVATE_ROOT), PLUGINS, *paths)


async def run(plane: ControlPlane, *command: str, **variables: str) -> None:
    """Runs a command to its end, as who may do everything, with this environment's kubectl before any other.

    Raises:
        BedError: It failed; the text has its words.
    """
    given = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "KUBECONFIG": str(plane.kubeconfig("admin")),
        "KUBECACHEDIR": str(plane.folder / "kubectl"),
        **variables,
    }
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    if done.returncode:
        raise BedError(f"`{' '.join(command)[:200]}` failed:\n{done.stdout}{done.stderr}")
