"""Any cluster that a kubeconfig file leads to, as the place where traffic flows: an `Edge` of `e2e.gateways`.

How the cluster was made is not known here: the scripts make one with kind, and the test bed is one too, which is how
this is tried where no container engine runs. Needed of it: the gateway's listener ports on this machine's loopback
address, the sample application's image on its nodes, and a client that may do everything.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from e2e.bed.rollouts import Canary
from e2e.gateways.pods import TOLD
from e2e.gateways.wires import HTTP, WIRES, Wire
from e2e.kind import kubeconfig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from e2e.bed.api import Api
    from e2e.bed.kinds import Object


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A gateway of which nothing is seen but what it does with requests."""

    wires: Sequence[Wire] = WIRES
    # From its status to the last of its proxies, on a busy machine. Envoy takes changed weights up once a second.
    lag: float = 5.0
    # That Envoy lacks where a rule leads when rules come, go or move; see `e2e.gateways.envoy_gateway`.
    gap: float = 0.1
    whole: bool = True

    async def has_in_force(self, route: Object) -> bool:
        """Its status has to do: whoever asks has seen that the route was taken, and waits for `lag` after it."""
        return bool(route)

    async def lacking(self) -> int | None:
        """Its counters are out of reach."""
        return None


PROXIES: Final = {
    "envoy-gateway": Remote(),
    "kgateway": Remote(),
    # It has no GRPCRoutes, and TCPRoutes in a version only that the newer channels do not serve.
    "gloo": Remote(wires=(HTTP,)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """An `Edge`, and the `Cluster` of its canaries."""

    admin: Api
    gateway: Remote
    file: Path

    def kubeconfig(self, _: str) -> Path:
        """The one file there is."""
        return self.file

    def canary(self, name: str, namespace: str) -> Canary:
        """Orders are written to the Rollout; nobody needs to have `kubectl argo rollouts`."""
        return PatchedCanary(self, name, namespace)

    async def told(self, namespace: str, word: str) -> Counter[str]:
        """Each pod is asked, through the API server."""
        pods = [each for each in await self.admin.list("Pod", namespace) if each["status"].get("podIP")]
        counts = await asyncio.gather(*(self._told(each["metadata"], word) for each in pods))
        return Counter(
            {each["status"]["podIP"]: count for each, count in zip(pods, counts, strict=True) if count}
        )

    async def _told(self, pod: Object, word: str) -> int:
        place = f"/api/v1/namespaces/{pod['namespace']}/pods/{pod['name']}:{HTTP.pod_port}/proxy"
        return int(str(await self.admin.request("GET", f"{place}{TOLD}{word}")))


class PatchedCanary(Canary):
    """A Rollout whose team writes its orders as fields, as `kubectl argo rollouts` does for it."""

    async def promote(self, *, full: bool = False) -> None:
        """Past the current pause, or past all steps."""
        await self._says({"promoteFull": True} if full else {"pauseConditions": None})

    async def abort(self) -> None:
        """Back to the stable version."""
        await self._says({"abort": True})

    async def retry(self) -> None:
        """Once more, after an abort."""
        await self._says({"abort": False})

    async def set_image(self, image: str) -> None:
        """A new version of the one container."""
        replaced = {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image}
        await self._cluster.admin.json_patch("Rollout", self.name, self.namespace, [replaced])

    async def _says(self, status: Object) -> None:
        await self._cluster.admin.merge_patch(
            "Rollout", self.name, self.namespace, {"status": status}, subresource="status"
        )


@contextlib.asynccontextmanager
async def reached(file: Path, gateway: str) -> AsyncIterator[Cluster]:
    """The cluster of the file's current context, with this gateway."""
    async with kubeconfig.read(file).api() as admin:
        yield Cluster(admin=admin, gateway=PROXIES[gateway], file=file)
