"""What is tried at every gateway with header and mirror steps, and what at one that cannot mirror."""

from __future__ import annotations

import contextlib
import math
import re
from typing import TYPE_CHECKING, Final

from e2e.bed import access, objects, waiting
from e2e.bed.kinds import RBAC
from e2e.gateways.shop import FEW, STEP, Plan, Shop, shop
from e2e.gateways.traffic import PAUSE as BETWEEN
from e2e.gateways.wires import GRPC, HTTP, TCP, WIRES
from e2e.scenarios.steps.expected import header_step, mirror_step, without_match
from e2e.scenarios.steps.stepping import SCALE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.gateways.bed_edge import BedEdge
    from e2e.gateways.edge import Edge
    from e2e.gateways.traffic import Load

PAUSE: Final = objects.FOREVER
WITH_HEADERS: Final = (HTTP, GRPC)
FEATURES_ROLE: Final = "rollouts-router-features"
GATEWAY_GROUP: Final = "gateway.networking.k8s.io"

BY_NAME: Final = header_step("testers", x_user={"exact": "alice"})
BY_PATTERN: Final = header_step("testers", x_version={"prefix": "1.0"}, x_build={"regex": "rc[0-9]+"})
ALICE, BOB = {"x-user": "alice"}, {"x-user": "bob"}
MEANT: Final = {"x-version": "1.0.7", "x-build": "rc12"}
NOT_MEANT: Final = (
    {"x-version": "1.0.7"},
    {"x-version": "21.0", "x-build": "rc12"},
    {"x-version": "100", "x-build": "rc12"},
    {"x-version": "1.0.7", "x-build": "rc"},
)
HALFWAY_MEANT: Final = {"x-version": "1.0.7", "x-build": "src12"}  # as gateways read regular expressions

EVERYTHING: Final = {HTTP: "/", GRPC: "/"}
SEARCHES: Final = {HTTP: "/search", GRPC: "/shop.Cart/Add"}
HALF: Final = mirror_step("shadow", {"path": {"prefix": "/"}}, percentage=50)
WHOLE: Final = mirror_step("shadow", {"path": {"prefix": "/"}})
FRONTS: Final = {HTTP: "/front", GRPC: "/shop.Front/Add"}
FRONT_RULES: Final = {
    HTTP: {"path": {"type": "PathPrefix", "value": FRONTS[HTTP]}},
    GRPC: {"method": {"type": "Exact", "service": "shop.Front"}},
}
FRONT: Final = mirror_step(
    "shadow", {"path": {"prefix": FRONTS[HTTP]}}, {"path": {"prefix": "/shop.Front"}}, percentage=50
)
SOME: Final = mirror_step(
    "shadow", {"path": {"prefix": SEARCHES[HTTP]}}, {"path": {"exact": SEARCHES[GRPC]}}, percentage=25
)


async def leads_by_header(edge: Edge) -> None:
    """Who has the headers of a step gets the canary, and nobody else does but by weight.

    No request fails, ever, but for the step's own: a proxy may lack where its rule leads when that comes or goes.
    """
    steps = [
        SCALE,
        *(BY_NAME, PAUSE),
        *(without_match(BY_NAME), PAUSE),
        *({"setWeight": 20}, BY_PATTERN, PAUSE),
        *(BY_NAME, PAUSE),
    ]
    plan = Plan(steps=steps, managed=("testers",), strategy={"abortScaleDownDelaySeconds": 5})
    async with shop(edge, plan) as made, _loads(made) as (load, testers):
        lacked = await edge.gateway.lacking()
        await made.releases(2)
        print(f"alice: {await made.comes_to_split(100, headers=ALICE)}")
        await made.splits(0, FEW, headers=BOB)
        await made.splits(0)

        await made.promotes_to(1)
        await made.comes_to_split(0, headers=ALICE)

        await made.promotes_to(2)
        print(f"by pattern: {await made.comes_to_split(100, headers=MEANT)}")
        for headers in (*NOT_MEANT, ALICE):
            await made.splits(20, FEW, headers=headers)
        await made.splits(20 if edge.gateway.whole else 100, FEW, headers=HALFWAY_MEANT)
        print(f"others at 20 %: {await made.splits(20)}")

        await made.promotes_to(3)
        await made.comes_to_split(100, headers=ALICE)
        await made.splits(20, FEW, headers=MEANT)

        await made.is_aborted()
        await made.comes_to_split(0, headers=ALICE)
        await made.has_no_canary()
        await made.splits(0)
        await made.splits(0, FEW, headers=ALICE)
        assert set(testers.answered) == {wire.name for wire in WITH_HEADERS}
        assert not load.failures, load.failures
        await _failed_for_lack(edge, testers, lacked, times=4)


async def mirrors(edge: Edge) -> None:
    """The share of a mirror step is copied to the canary, answers go on by weight; no request fails, ever."""
    steps = [
        SCALE,
        *({"setWeight": 20}, HALF, PAUSE),
        *(WHOLE, PAUSE),
        *(without_match(HALF), PAUSE),
        *(HALF, PAUSE),
    ]
    async with shop(edge, Plan(steps=steps, managed=("shadow",))) as made, _loads(made) as (load, _):
        await made.releases(2)
        print(f"copies at 50 %: {await made.comes_to_mirror(20, 50, EVERYTHING)}")
        await made.promotes_to(1)
        print(f"copies of all: {await made.comes_to_mirror(20, 100, EVERYTHING)}")
        await made.splits(20, {TCP: 200})
        await made.promotes_to(2)
        await made.comes_to_mirror(20, 0, EVERYTHING)
        await made.promotes_to(3)
        await made.comes_to_mirror(20, 50, EVERYTHING)
        await made.is_aborted()
        await made.comes_to_mirror(0, 0, EVERYTHING)
        assert not load.failures, load.failures


async def mirrors_by_rule(edge: Edge) -> None:
    """In rule mode what a step means goes to stable alone, with copies; all else by weight, without; none fails, ever.

    The step means less than the team's rules, so its own stand behind those, and no other rule moves.
    """
    steps = [SCALE, {"setWeight": 20}, SOME, PAUSE]
    plan = Plan(steps=steps, managed=("shadow",), config={"mirrorMode": "rule"})
    async with shop(edge, plan) as made, made.traffic.load(WIRES) as load:
        await made.releases(2)
        print(f"copies at 25 %: {await made.comes_to_mirror(0, 25, SEARCHES)}")
        await made.mirrors(20, 0, EVERYTHING)
        await made.splits(20, {TCP: 200})
        await made.finishes()
        await made.comes_to_mirror(100, 0, SEARCHES)  # what was the canary serves all of it
        assert not load.failures, load.failures


async def mirrors_by_rule_in_front(edge: Edge) -> None:
    """Where a step means all of a rule, its own stands before that, so that rules behind it move.

    A gateway that calls its parts by the places of the rules (Envoy Gateway does) makes the last of them anew then, and
    a proxy may lack where everybody's rule leads: no other step is allowed that.
    """
    steps = [SCALE, {"setWeight": 20}, FRONT, PAUSE]
    plan = Plan(steps=steps, managed=("shadow",), config={"mirrorMode": "rule"}, front=FRONT_RULES)
    async with shop(edge, plan) as made, made.traffic.load(WIRES) as changing:
        lacked = await edge.gateway.lacking()
        await made.releases(2)
        print(f"copies at 50 %: {await made.comes_to_mirror(0, 50, FRONTS)}")
        await made.mirrors(20, 0, EVERYTHING)
        await made.finishes()
        await made.comes_to_mirror(100, 0, FRONTS)
        await _failed_for_lack(edge, changing, lacked, times=2)


async def refuses_to_mirror(edge: BedEdge) -> None:
    """A mirror step at a gateway that knows none is refused, with and without the right to read its list; all are served."""
    steps = [SCALE, {"setWeight": 20}, PAUSE, WHOLE, PAUSE]
    async with shop(edge, Plan(steps=steps, managed=("shadow",))) as made, _loads(made) as (load, _):
        await made.releases(2)
        await made.canary.promote()
        await _says(edge, made, rf"nothing was written, for its Gateway .* is of {edge.gateway.controller}, ")
        await made.splits(20)
        await _may_read_features(edge)
        print(
            await _says(
                edge, made, "does not have HTTPRouteRequestMirror in the supportedFeatures of its Gat"
            )
        )
        await made.splits(20)
        for wire in WITH_HEADERS:
            assert all("filters" not in rule for rule in (await made.route(wire))["spec"]["rules"])
        await made.is_aborted()
        await made.splits(0)
        assert not load.failures, load.failures


async def _failed_for_lack(edge: Edge, load: Load, lacked: int | None, *, times: int) -> None:
    """Requests failed only where the proxy says that it lacked where a rule leads, each time for no longer than a gap."""
    most = (
        times * math.ceil(edge.gateway.gap / BETWEEN) * len(WITH_HEADERS)
    )  # a trickle's requests, wire by wire
    told = await edge.gateway.lacking()
    if told is not None and lacked is not None:
        most = min(most, told - lacked)
    print(f"failed: {load.failures}; allowed: {most}")
    assert load.failures.total() <= most, load.failures


async def _says(edge: BedEdge, made: Shop, pattern: str) -> str:
    """A line of the controller with this error about the shop; what the plugin knows of a gateway it keeps for a minute."""
    about, since = re.compile(pattern), edge.controller.log.stat().st_size

    async def ask() -> str | None:
        await made.is_reconciled()
        lines = edge.controller.log.read_bytes()[since:].decode(errors="replace").splitlines()
        return next((line for line in lines if made.namespace in line and about.search(line)), None)

    return await waiting.until(ask, within=STEP, what=f"{pattern} about {made.namespace}")


async def _may_read_features(edge: BedEdge) -> None:
    """The plugin gets what the manifest offers for it."""
    rule = {"apiGroups": [GATEWAY_GROUP], "resources": ["gateways", "gatewayclasses"], "verbs": ["get"]}
    role = {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": FEATURES_ROLE}, "rules": [rule]}
    await edge.admin.apply(role)
    await access.grant(edge.admin, FEATURES_ROLE, "plugin", None)


@contextlib.asynccontextmanager
async def _loads(made: Shop) -> AsyncIterator[tuple[Load, Load]]:
    """Steady trickles of anybody's requests, and of those with alice's header."""
    async with made.traffic.load(WIRES) as load, made.traffic.load(WITH_HEADERS, headers=ALICE) as testers:
        yield load, testers
