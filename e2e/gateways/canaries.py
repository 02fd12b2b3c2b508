"""What is tried at every gateway with weights alone. Which gateway it is, is the test's to say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from e2e.bed import objects
from e2e.gateways.parents import is_accepted, parents_of
from e2e.gateways.shop import Plan, image, shop
from e2e.gateways.wires import HTTP

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.gateways.bed_edge import BedEdge
    from e2e.gateways.edge import Edge

WEIGHTS: Final = (5, 25, 50, 100)
# Nothing but a status lets a weight pass, however long it takes.
HELD: Final[Object] = {"verify": {"settleSeconds": 0, "timeoutSeconds": 3600, "onTimeout": "block"}}
HELD_WITHIN: Final = 15.0  # seconds; VerifyWeight waits three, and the gateway should not sleep for long


async def walks(edge: Edge) -> None:
    """A canary walks through its weights; each is live as soon as it is verified, and no request fails on the way."""
    plan = Plan(steps=objects.steps(*WEIGHTS))
    async with shop(edge, plan) as made, made.traffic.load(edge.gateway.wires) as load:
        await made.canary.set_image(image(2))
        for nth, weight in enumerate(WEIGHTS):
            await made.pauses(nth)
            print(f"{weight:3} %: {await made.splits(weight)}")
            if weight != WEIGHTS[-1]:
                await made.canary.promote()
        await made.finishes()
        assert set(load.answered) == {wire.name for wire in edge.gateway.wires}
        assert not load.failures, load.failures


async def aborts(edge: Edge) -> None:
    """An aborted canary gets no request any more, and none fails on the way; nor does one when it is tried again."""
    wires = edge.gateway.wires
    async with shop(edge, Plan(steps=objects.steps(50))) as made, made.traffic.load(wires) as load:
        await made.releases(2)
        await made.is_aborted()
        print(f"aborted: {await made.splits(0)}")
        await made.canary.retry()
        await made.pauses(0)
        print(f" 50 %: {await made.splits(50)}")
        await made.is_aborted()
        await made.splits(0)
        assert not load.failures, load.failures


async def waits(edge: BedEdge) -> None:
    """A weight that the gateway has not noted in its status holds the canary, until it has."""
    async with shop(edge, Plan(steps=objects.steps(20, 50), config=HELD)) as made:
        await made.releases(2)
        generations = {
            wire: (await made.route(wire))["metadata"]["generation"] for wire in edge.gateway.wires
        }
        since = edge.controller.log.stat().st_size
        with edge.gateway.asleep():
            await made.canary.promote()
            held = r"Desired weight \(stepIdx: 2\) 50 not yet verified"
            await edge.controller.wait_for_log(held, since=since, within=HELD_WITHIN)
            assert (await made.canary.status())["currentStepIndex"] == 2
            for wire, generation in generations.items():
                route = await made.route(wire)
                assert objects.weights_of(route) == {"shop-stable": 50, "shop-canary": 50}
                assert {each.generation for each in parents_of(route)} == {generation}
        seen = generations[HTTP]
        told = rf"{HTTP.route} {made.namespace}/shop: .*{re.escape(edge.gateway.controller)}.* for generation {seen}, "
        told += f"the route is at generation {seen + 1}"
        print(await edge.controller.wait_for_log(told, since=since))
        await made.is_reconciled()
        await made.pauses(1)
        assert all([is_accepted(await made.route(wire)) for wire in edge.gateway.wires])
        await made.has_in_force(50)
        await made.splits(50)
