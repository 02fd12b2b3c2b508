"""One team's application behind the gateway: its Rollout, its two Services, a route for each wire, and its traffic.

Tests tell it what the team does and ask where the requests go. Which gateway it is, is not known here.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from e2e.bed import objects, waiting
from e2e.bed.api import shown
from e2e.gateways.gateway import parent
from e2e.gateways.parents import is_accepted
from e2e.gateways.shares import PERCENT, allowed
from e2e.gateways.traffic import Traffic, Versions, by_version
from e2e.gateways.wires import GRPC, HTTP, TCP, Wire

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from e2e.bed.kinds import Object
    from e2e.gateways.edge import Edge

APP: Final = "shop"
IMAGE: Final = "shop.invalid/shop"  # a name that no registry can have; `e2e/kind` puts it on its nodes
LABELS: Final = {"canary": APP}
# Over TCP it listens last. What is to go answers until no gateway knows it any more.
READY_WHEN_IT_ANSWERS: Final[Object] = {
    "readinessProbe": {"tcpSocket": {"port": TCP.pod_port}, "periodSeconds": 1},
    "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
}
SELECTORS: Final = {HTTP: "httpRouteSelector", GRPC: "grpcRouteSelector", TCP: "tcpRouteSelector"}
REPLICAS: Final = 4
MANY: Final = {HTTP: 2000, GRPC: 1000, TCP: 400}  # requests that tell weights from each other
FEW: Final = {HTTP: 400, GRPC: 400}  # enough for the routes that have more than weights
SAMPLE: Final = dict.fromkeys(FEW, 40)  # enough to see that a gateway has taken a step
STEP: Final = 90.0  # seconds for a step of the controller on two busy cores
IN_FORCE: Final = 20.0  # seconds from a written weight to the proxy's having it; it takes half of one
COPIES: Final = 0.5  # seconds; a copy that has not arrived when none came for so long will not


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the team wants of a canary.

    `config` is laid over the plugin's block, which selects all routes; `strategy` over the canary strategy. A match in
    `front` makes a rule of the team's own before the one for everything.
    """

    steps: Sequence[Object]
    managed: tuple[str, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict)
    strategy: Mapping[str, object] = field(default_factory=dict)
    front: Mapping[Wire, Object] = field(default_factory=dict)

    def pause(self, nth: int) -> int:
        """The index of the nth pause among the steps, counted from 0."""
        return [index for index, step in enumerate(self.steps) if "pause" in step][nth]


class Shop:
    """The application, in a namespace of its own."""

    def __init__(self, edge: Edge, plan: Plan) -> None:
        """Nothing exists yet."""
        self._edge = edge
        self._plan = plan
        self.namespace = f"shop-{uuid.uuid4().hex[:8]}"
        self.host = f"{self.namespace}.test"
        self.canary = edge.canary(APP, self.namespace)
        self.traffic = Traffic(Versions(edge.admin, self.namespace).by_address, self.host)

    async def releases(self, version: int) -> None:
        """A new version, up to the first pause."""
        await self.canary.set_image(image(version))
        await self.pauses(0)

    async def promotes_to(self, nth: int) -> None:
        """The team promotes, and the canary goes on to its nth pause."""
        await self.canary.promote()
        await self.pauses(nth)

    async def pauses(self, nth: int) -> None:
        """The canary stands at its nth pause, counted from 0: the weight before it is verified."""
        await self.canary.wait_paused(self._plan.pause(nth), within=STEP)

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

    async def has_no_canary(self) -> None:
        """The pods of the canary are gone."""
        await self.canary.wait(lambda status: status.get("replicas") == REPLICAS, "no pods of a canary", STEP)

    async def is_reconciled(self) -> None:
        """Something about the Rollout changes that is none of its traffic's business."""
        stamp = {"metadata": {"annotations": {"example.com/stamp": uuid.uuid4().hex}}}
        await self._edge.admin.merge_patch("Rollout", APP, self.namespace, stamp)

    async def route(self, wire: Wire) -> Object:
        """The route of this wire as it is now."""
        return await self._edge.admin.get(wire.route, APP, self.namespace)

    async def splits(
        self,
        weight: int,
        numbers: Mapping[Wire, int] = MANY,
        *,
        path: str = "/",
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, int]:
        """As many of these requests as this weight allows go to the canary; how many, for each wire."""
        canary, stable = await self._versions()
        shares = {}
        for wire, number in numbers.items():
            counted = await self.traffic.count(wire, number, path=path, headers=headers)
            assert set(counted) <= {canary, stable}, f"{wire.name} {headers} at {weight}: {counted}"
            assert counted[canary] in allowed(number, weight), f"{wire.name} {headers} at {weight}: {counted}"
            shares[wire.name] = counted[canary]
        return shares

    async def comes_to_split(self, weight: int, *, headers: Mapping[str, str]) -> dict[str, int]:
        """As `splits`, but soon: nobody verifies that a gateway has taken the step."""
        await self._soon(lambda: self.splits(weight, SAMPLE, headers=headers))
        return await self.splits(weight, FEW, headers=headers)

    async def mirrors(
        self, weight: int, percent: int, paths: Mapping[Wire, str], numbers: Mapping[Wire, int] = FEW
    ) -> dict[str, int]:
        """Requests split by this weight, and this share is copied to the canary; the copies for each wire."""
        canary, stable = await self._versions()
        found = await asyncio.gather(
            *(self._mirrored(wire, numbers[wire], path) for wire, path in paths.items())
        )
        copies = {}
        for (wire, path), (counted, arrived) in zip(paths.items(), found, strict=True):
            told = (
                f"{wire.name} {path} at {weight}, {percent} % copied: {counted} answered, {arrived} arrived"
            )
            assert set(counted) <= {canary, stable}, told
            assert counted[canary] in allowed(numbers[wire], weight), told
            assert arrived[stable] == counted[stable], told
            copies[wire.name] = arrived[canary] - counted[canary]
            assert copies[wire.name] in allowed(numbers[wire], percent), told
        return copies

    async def comes_to_mirror(self, weight: int, percent: int, paths: Mapping[Wire, str]) -> dict[str, int]:
        """As `mirrors`, but soon: nobody verifies that a gateway has taken the step."""
        await self._soon(lambda: self.mirrors(weight, percent, paths, SAMPLE))
        return await self.mirrors(weight, percent, paths)

    async def has_in_force(self, weight: int) -> None:
        """Every route carries this canary weight, is accepted with it, and the proxy has it in force."""
        for wire in self._edge.gateway.wires:
            await self._has_in_force(wire, {f"{APP}-stable": PERCENT - weight, f"{APP}-canary": weight})
        await asyncio.sleep(self._edge.gateway.lag)

    async def _soon(self, check: Callable[[], Awaitable[object]]) -> None:
        """Until the check is passed, and then for as long as one proxy's workers may be behind each other."""
        seen = ""

        async def ask() -> bool | None:
            nonlocal seen
            try:
                await check()
            except AssertionError as error:
                seen = str(error)
                return None
            return True

        await waiting.until(ask, within=IN_FORCE, what=lambda: seen)
        await asyncio.sleep(self._edge.gateway.lag)

    async def _versions(self) -> tuple[str, str]:
        status = await self.canary.status()
        return status["currentPodHash"], status["stableRS"]

    async def _mirrored(self, wire: Wire, number: int, path: str) -> tuple[Counter[str], Counter[str]]:
        """Requests by the version that answered, and by the version at which they, or copies of them, arrived."""
        word = uuid.uuid4().hex
        counted = await self.traffic.count(wire, number, path=path, word=word)
        arrived, before = await self._edge.told(self.namespace, word), -1
        while arrived.total() > before:
            before = arrived.total()
            await asyncio.sleep(COPIES)
            arrived = await self._edge.told(self.namespace, word)
        return counted, by_version(arrived, await self.traffic.versions())

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


@contextlib.asynccontextmanager
async def shop(edge: Edge, plan: Plan) -> AsyncIterator[Shop]:
    """A shop that is up and gets answers over each wire; gone at the end, so that the next one has the gateway."""
    made, wires = Shop(edge, plan), edge.gateway.wires
    await edge.admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": made.namespace}})
    try:
        things = _things(made.namespace, made.host, plan, wires)
        await asyncio.gather(*(edge.admin.apply(thing) for thing in things))
        await made.canary.wait_healthy(within=STEP)
        await made.has_in_force(0)
        await made.traffic.warm_up(wires)
        yield made
    finally:
        for wire in wires:
            await edge.admin.delete(wire.route, APP, made.namespace)
        await edge.admin.delete("Namespace", made.namespace)


def image(version: int) -> str:
    """The sample application's image of this version; only a kubelet fetches it."""
    return f"{IMAGE}:{version}"


def _things(namespace: str, host: str, plan: Plan, wires: Sequence[Wire]) -> list[Object]:
    selectors = {SELECTORS[wire]: _selector(wire) for wire in wires}
    made = objects.rollout(
        APP,
        namespace,
        steps=plan.steps,
        plugin={**selectors, **plan.config},
        replicas=REPLICAS,
        image=image(1),
        canary=plan.strategy,
    )
    made["spec"]["template"]["spec"]["containers"][0].update(READY_WHEN_IT_ANSWERS)
    routing = made["spec"]["strategy"]["canary"]["trafficRouting"]
    routing["managedRoutes"] = [{"name": name} for name in plan.managed]
    services = objects.services(APP, namespace)
    for service in services:
        service["spec"]["ports"] = [_port(wire) for wire in wires]
    return [*services, *(_route(wire, namespace, host, plan) for wire in wires), made]


def _selector(wire: Wire) -> Object:
    takes_steps = {} if wire is TCP else {"useHeaderRoutes": True}
    return {"matchLabels": LABELS, **takes_steps}


def _port(wire: Wire) -> Object:
    told: Object = {"appProtocol": wire.application} if wire.application else {}
    return {"name": wire.name, "port": wire.pod_port, **told}


def _route(wire: Wire, namespace: str, host: str, plan: Plan) -> Object:
    named: Object = {} if wire is TCP else {"hostnames": [host]}
    everything = objects.rule(APP, port=wire.pod_port)
    front = [{**everything, "matches": [plan.front[wire]]}] if wire in plan.front else []
    parents = [parent(wire)]
    return objects.route(
        wire.route, APP, namespace, rules=[*front, everything], labels=LABELS, parentRefs=parents, **named
    )


def _is_done(status: Object) -> bool:
    return status.get("phase") == "Healthy" and status.get("stableRS") == status.get("currentPodHash")
