"""What KEDA does to a canary that nobody protects, on a stock controller: seen before the feature is looked at.

The plugin is there, but no Rollout has a `keda` block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from e2e.keda import scaled
from e2e.keda.calls import calls
from e2e.keda.ground import with_keda
from e2e.keda.shop import TESTERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.bed.kinds import Object
    from e2e.keda.conftest import Opens
    from e2e.keda.ground import Ground
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

TIMED: Object = {"pause": {"duration": "1s"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground() -> AsyncIterator[Ground]:
    """The bed of this module."""
    async with with_keda() as ground:
        yield ground


async def test_without_the_feature_a_new_version_at_zero_is_promoted_without_ever_having_had_a_pod(
    opens: Opens,
) -> None:
    """The accident: every step passes with zero of zero pods, and the route never gives the canary anything."""
    shop = opens(None, steps=[{"setWeight": 20}, TIMED, {"setWeight": 50}, TIMED])
    await shop.is_asleep()
    await shop.releases(2)
    await shop.is_done()
    assert await shop.image() == "app:2"
    assert await shop.pods_ever("app:2") == 0
    assert await shop.pods_ever("app:1") > 0
    await shop.was_written_to_each_route(times=0)


async def test_without_the_feature_a_canary_loses_its_pods_its_weight_and_its_header_route_when_work_ends(
    opens: Opens,
) -> None:
    """The other accident: KEDA takes a Rollout to zero in the middle of its canary."""
    shop = opens(None, steps=[{"setWeight": 20}, TESTERS, {"pause": {}}])
    shop.trigger.goes_to(1)
    await shop.is_open()
    await shop.releases(2)
    await shop.canary.wait_paused(2)
    assert (await shop.canary_weight(), await shop.rules()) == (20, ["testers"])
    shop.trigger.goes_to(0)
    await shop.comes_to_replicas(0)
    await shop.comes_to(0)
    assert await shop.rules() == []
    assert (await shop.canary.status())["phase"] == "Paused"


async def test_28_feature_off_given_no_keda_block_then_zero_calls_to_keda_sh(
    site: Site, ground: Ground, opens: Opens
) -> None:
    """28. Feature off. Given no keda block: zero calls to keda.sh in the API log."""
    shop = opens(None)
    shop.trigger.goes_to(1)
    await shop.is_open()
    original = await shop.as_written()
    audit = site.audit
    await shop.releases(2)
    await shop.reaches(20)
    await ground.controller.restart()
    await shop.goes_on_to(50)
    await shop.finishes()
    asked = list(calls(audit))
    assert any(call.resource == "httproutes" for call in asked)
    assert [call for call in asked if call.is_to_keda] == []
    assert await shop.as_written() == original
    assert scaled.is_active(await shop.scaled())
