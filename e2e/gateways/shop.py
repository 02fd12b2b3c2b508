"""One team's application behind the gateway: its Rollout, its two Services, a route for each wire, and its traffic.

Tests tell it what the team does and ask where the requests go. Which gateway it is, is not known here.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import TYPE_CHECKING, Final

from e2e.bed import objects, waiting
from e2e.bed.api import shown
from e2e.bed.rollouts import Canary
from e2e.gateways.gateway import parent
from e2e.gateways.parents import is_accepted
from e2e.gateways.shares import PERCENT, allowed
from e2e.gateways.traffic import Traffic, Versions
from e2e.gateways.wires import GRPC, HTTP, TCP, WIRES, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from e2e.bed.kinds import Object
    from e2e.gateways.edge import Edge

APP: Final = "shop"
LABELS: Final = {"canary": APP}
SELECTORS: Final = {HTTP: "httpRouteSelector", GRPC: "grpcRouteSelector", TCP: "tcpRouteSelector"}
REQUESTS: Final = {HTTP: 2000, GRPC: 1000, TCP: 400}
STEP: Final = 90.0  # seconds for a step of the controller on two busy cores
IN_FORCE: Final = 20.0  # seconds from a written weight to the proxy's having it; it takes half of one


class Shop:
    """The application, in a namespace of its own."""

    def __init__(self, edge: Edge, weights: Sequence[int]) -> None:
        """Nothing exists yet."""
        self._edge = edge
        self._weights = weights
        self.namespace = f"shop-{uuid.uuid4().hex[:8]}"
        self.host = f"{self.namespace}.test"
        self.canary = Canary(edge.plane, APP, self.namespace)
        self.traffic = Traffic(Versions(edge.admin, self.namespace).by_address, self.host)

    async def reaches(self, weight: int) -> None:
        """The canary pauses at this weight, and the proxies go by it."""
        step = self._weights.index(weight)
        await self.canary.wait_paused(2 * step + 1, within=STEP)
        await self.has_in_force(weight)

    async def finishes(self) -> None:
        """The team promotes for the last time, and what was the canary is the stable version."""
        await self.canary.promote()
        await self.canary.wait(_is_done, "the latest version is stable", STEP)
        await self.has_in_force(0)

    async def is_aborted(self) -> None:
        """The team aborts, and the proxies send nothing to the canary any more."""
        await self.canary.abort()
        await self.canary.wait_degraded(within=STEP)
        await self.has_in_force(0)

    async def splits(self, weight: int) -> dict[str, int]:
        """As many requests go to the canary as this weight allows, over each wire; how many of them went there."""
        status = await self.canary.status()
        canary, stable = status["currentPodHash"], status["stableRS"]
        return {wire.name: await self._splits(wire, weight, canary, stable) for wire in WIRES}

    async def has_in_force(self, weight: int) -> None:
        """Every route carries this canary weight, is accepted with it, and the proxy has it in force."""
        for wire in WIRES:
            await self._has_in_force(wire, {f"{APP}-stable": PERCENT - weight, f"{APP}-canary": weight})
        await asyncio.sleep(self._edge.gateway.lag)

    async def route(self, wire: Wire) -> Object:
        """The route of this wire as it is now."""
        return await self._edge.admin.get(wire.route, APP, self.namespace)

    async def _has_in_force(self, wire: Wire, weights: Mapping[str, int]) -> None:
        seen: Object = {}

        async def ask() -> bool | None:
            seen.update(await self.route(wire))
            carried = objects.weights_of(seen) == weights and is_accepted(seen)
            return True if carried and await self._edge.gateway.has_in_force(seen) else None

        await waiting.until(
            ask,
            within=IN_FORCE,
            what=lambda: f"{weights} in force over {wire.name}; last seen:\n{shown(seen)}",
        )

    async def _splits(self, wire: Wire, weight: int, canary: str, stable: str) -> int:
        number = REQUESTS[wire]
        counted = await self.traffic.count(wire, number)
        assert set(counted) <= {canary, stable}, f"{wire.name} at {weight}: {counted}"
        assert counted[canary] in allowed(number, weight), f"{wire.name} at {weight}: {counted}"
        return counted[canary]


@contextlib.asynccontextmanager
async def shop(edge: Edge, weights: Sequence[int]) -> AsyncIterator[Shop]:
    """A shop that is up and gets answers over each wire; gone at the end, so that the next one has the gateway."""
    made = Shop(edge, weights)
    await edge.plane.create_namespace(made.namespace)
    try:
        await asyncio.gather(
            *(edge.admin.apply(thing) for thing in _things(made.namespace, made.host, weights))
        )
        await made.canary.wait_healthy(within=STEP)
        await made.has_in_force(0)
        await made.traffic.warm_up(WIRES)
        yield made
    finally:
        for wire in WIRES:
            await edge.admin.delete(wire.route, APP, made.namespace)
        await edge.admin.delete("Namespace", made.namespace)


def _things(namespace: str, host: str, weights: Sequence[int]) -> list[Object]:
    config = {SELECTORS[wire]: {"matchLabels": LABELS} for wire in WIRES}
    made = objects.rollout(APP, namespace, steps=objects.steps(*weights), plugin=config, replicas=4)
    services = objects.services(APP, namespace)
    for service in services:
        service["spec"]["ports"] = [_port(wire) for wire in WIRES]
    return [*services, *(_route(wire, namespace, host) for wire in WIRES), made]


def _port(wire: Wire) -> Object:
    told: Object = {"appProtocol": wire.application} if wire.application else {}
    return {"name": wire.name, "port": wire.pod_port, **told}


def _route(wire: Wire, namespace: str, host: str) -> Object:
    named: Object = {} if wire is TCP else {"hostnames": [host]}
    rules = [objects.rule(APP, port=wire.pod_port)]
    parents = [parent(wire)]
    return objects.route(wire.route, APP, namespace, rules=rules, labels=LABELS, parentRefs=parents, **named)


def _is_done(status: Object) -> bool:
    return status.get("phase") == "Healthy" and status.get("stableRS") == status.get("currentPodHash")
