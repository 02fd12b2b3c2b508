"""Each profile and preset of the chart, installed and rolled through by the stock controller."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from e2e.kit.releases import Kit

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_three_values_make_a_canary_that_is_promoted(kit: Kit) -> None:
    shop = await kit.install({})
    await shop.roll()
    await shop.is_promoted()
