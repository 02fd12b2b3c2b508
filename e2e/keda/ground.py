"""Where KEDA's scenarios take place: a control plane with KEDA's CRDs, a stock controller with the plugin, triggers.

With KEDA's own programs, or without them where a test plays their part on the API server alone.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from e2e.bed import access
from e2e.bed.control_plane import ControlPlane
from e2e.bed.controller import Plugin, RolloutsController
from e2e.keda.operator import QUICK_AUTOSCALERS, Keda, crds
from e2e.keda.trigger import Triggers
from e2e.scenarios.sharing import RIGHTS, ROOT, command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

KEDA_RIGHTS: Final = ROOT / "manifests" / "rbac-keda.yaml"
KEDA_ROLE: Final = "rollouts-router-keda"
CONTROLLER_ROLE: Final = "argo-rollouts"
SCALED_OBJECTS: Final = "keda.sh_scaledobjects.yaml"
NO_REPLICA_SETS: Final = "--controllers=-replicaset-controller"
SWEEP: Final = "--keda-sweep-seconds=2"  # 300 unless set


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """All of it, while it runs."""

    plane: ControlPlane
    controller: RolloutsController
    triggers: Triggers


@contextlib.asynccontextmanager
async def control_plane(*kinds: Path, manager_flags: tuple[str, ...] = ()) -> AsyncIterator[ControlPlane]:
    """A control plane that knows these kinds; the plugin has every right that the project asks for, everywhere."""
    flags = (*QUICK_AUTOSCALERS, *manager_flags)
    async with ControlPlane(audit=True, manager_flags=flags) as plane:
        for each in kinds:  # they are large: one after the other, and after the bed's own
            await plane.install(each)
        await plane.grant_plugin(rules=RIGHTS)
        await access.install_role(plane.admin, KEDA_RIGHTS, KEDA_ROLE)
        # As in a cluster: there the plugin is a child of the controller, and acts with its rights too.
        for role in (KEDA_ROLE, CONTROLLER_ROLE):
            await access.grant(plane.admin, role, "plugin")
        yield plane


@contextlib.asynccontextmanager
async def without_keda() -> AsyncIterator[ControlPlane]:
    """A control plane with ScaledObjects and nobody who acts on them; ReplicaSets, too, are what the test says."""
    async with control_plane(crds() / SCALED_OBJECTS, manager_flags=(NO_REPLICA_SETS,)) as plane:
        yield plane


@contextlib.asynccontextmanager
async def with_keda(*arguments: str) -> AsyncIterator[Ground]:
    """With KEDA; further arguments are the plugin's."""
    plugin = Plugin(executable=command(), arguments=(SWEEP, *arguments))
    async with (
        control_plane(*sorted(crds().glob("*.yaml"))) as plane,
        Triggers() as triggers,
        Keda(plane),
        RolloutsController(plane, plugin) as controller,
    ):
        yield Ground(plane=plane, controller=controller, triggers=triggers)
