"""What is tried at every gateway. Which gateway it is, is the test's to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from e2e.gateways.shop import shop
from e2e.gateways.wires import WIRES

if TYPE_CHECKING:
    from e2e.gateways.edge import Edge

WEIGHTS: Final = (5, 25, 50, 100)


async def walks(edge: Edge) -> None:
    """A canary walks through its weights; at each, real requests split by it, and none fails on the way."""
    async with shop(edge, WEIGHTS) as made, made.traffic.load(WIRES) as load:
        await made.canary.set_image("shop:2")
        for weight in WEIGHTS:
            await made.reaches(weight)
            print(f"{weight:3} %: {await made.splits(weight)}")
            if weight != WEIGHTS[-1]:
                await made.canary.promote()
        await made.finishes()
        assert set(load.answered) == {wire.name for wire in WIRES}
        assert not load.failures


async def aborts(edge: Edge) -> None:
    """An aborted canary gets no request any more, and none fails on the way; nor does one when it is tried again."""
    async with shop(edge, (50,)) as made, made.traffic.load(WIRES) as load:
        await made.canary.set_image("shop:2")
        await made.reaches(50)
        await made.is_aborted()
        print(f"aborted: {await made.splits(0)}")
        await made.canary.retry()
        await made.reaches(50)
        print(f" 50 %: {await made.splits(50)}")
        await made.is_aborted()
        await made.splits(0)
        assert not load.failures
