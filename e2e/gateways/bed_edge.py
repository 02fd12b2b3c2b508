"""The edge of a test bed: a control plane, a stock controller with the plugin, a gateway, and pods that answer."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from e2e.bed.control_plane import ControlPlane
from e2e.bed.controller import Plugin, RolloutsController
from e2e.bed.rollouts import Canary
from e2e.gateways.installed import ACCOUNT, installed
from e2e.gateways.pods import Pods
from e2e.scenarios.sharing import RIGHTS, command

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import AsyncIterator
    from pathlib import Path

    from e2e.bed.api import Api
    from e2e.gateways.gateway import Gateway


@dataclass(frozen=True, slots=True, kw_only=True)
class BedEdge:
    """All of it, while it runs; an `Edge`."""

    plane: ControlPlane
    gateway: Gateway
    pods: Pods
    controller: RolloutsController

    @property
    def admin(self) -> Api:
        """Whoever may do everything."""
        return self.plane.admin

    def canary(self, name: str, namespace: str) -> Canary:
        """Orders are given with `kubectl argo rollouts`."""
        return Canary(self.plane, name, namespace)

    async def told(self, namespace: str, word: str) -> Counter[str]:
        """All pods are in this process, and words are used once."""
        del namespace
        return self.pods.told(word)


@contextlib.asynccontextmanager
async def running_edge(kind: type[Gateway]) -> AsyncIterator[BedEdge]:
    """An edge with this gateway and this checkout's command, in a network where pods' addresses are local; see `network`."""
    async with (
        ControlPlane() as plane,
        Pods() as pods,
        kind(plane) as gateway,
        RolloutsController(plane, Plugin(executable=command())) as controller,
    ):
        await plane.grant_plugin(rules=RIGHTS)
        yield BedEdge(plane=plane, gateway=gateway, pods=pods, controller=controller)


@contextlib.asynccontextmanager
async def installed_edge(kind: type[Gateway], executable: Path) -> AsyncIterator[BedEdge]:
    """The same with what a user installs in a kind cluster: the executable, our manifests, the standard channel's CRDs."""
    async with (
        ControlPlane(channel="standard", extra_identities=[ACCOUNT]) as plane,
        Pods() as pods,
        kind(plane) as gateway,
        installed(plane, executable) as controller,
    ):
        yield BedEdge(plane=plane, gateway=gateway, pods=pods, controller=controller)
