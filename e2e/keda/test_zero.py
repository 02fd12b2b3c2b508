"""Zero before, during and after a canary, with a real KEDA and a stock controller: what the hold and the zero gate do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from e2e.keda import scaled
from e2e.keda.calls import annotations_of, moments_of_scaling, writes_to_keda
from e2e.keda.ground import with_keda
from e2e.keda.shop import HOLD, TESTERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.keda.conftest import Opens
    from e2e.keda.ground import Ground
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

A_WHILE = 4  # looks of KEDA, one a second
LONG = scaled.COOLDOWN + A_WHILE  # looks of KEDA, after which it would have taken an idle workload to zero


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground() -> AsyncIterator[Ground]:
    """The bed of this module."""
    async with with_keda() as ground:
        yield ground


async def test_01_zero_before(site: Site, opens: Opens) -> None:
    """1. Zero before. Given R=0, min 0, trigger idle, when there is a new image, then the first SetWeight(0) writes
    the hold; VerifyWeight is false with ScaledToZero; KEDA sets R=1; the setWeight 20 step completes only after a
    canary pod is available; no step is skipped.
    """  # noqa: D205 -- the specification's sentence
    shop = opens({})
    await shop.is_asleep()
    original = await shop.as_written()
    audit = site.audit
    await shop.releases(2)
    record = await shop.is_held()
    await shop.is_told("ScaledToZero")
    await site.controller_says("Desired weight (stepIdx: 0) 0 not yet verified")
    await shop.comes_to_replicas(1)
    await shop.reaches(20)
    assert await shop.available() == 1
    await shop.goes_on_to(50)
    assert record["prior"] == {scaled.FORCE: None}
    await shop.finishes()
    await shop.is_as_written(original)
    assert await shop.image() == "app:2"
    assert await shop.pods_ever("app:2") > 0
    first, last = writes_to_keda(audit, site.namespace)
    assert annotations_of(first)[scaled.FORCE] == "true"
    assert annotations_of(last) == {scaled.FORCE: None, HOLD: None}


async def test_02_zero_before_wait(site: Site, opens: Opens) -> None:
    """2. Zero before, wait. Given `activation: wait`, when there is a new image and no traffic for an hour, then
    nothing is written to the ScaledObject and the step stays; when KEDA wakes it, the canary proceeds from step 0.
    """  # noqa: D205 -- the specification's sentence
    shop = opens({"activation": "wait"})
    await shop.is_asleep()
    audit = site.audit
    await shop.releases(2)
    await shop.is_told("ScaledToZero")
    await shop.trigger.is_seen(A_WHILE)
    await shop.is_reconciled()
    await shop.trigger.is_seen(1)
    assert (await shop.canary.status())["currentStepIndex"] == 0
    assert await shop.replicas_now() == 0
    shop.trigger.goes_to(1)
    await shop.reaches(20)
    assert await shop.available() == 1
    assert writes_to_keda(audit, site.namespace) == []


async def test_03_zero_during_prevented(opens: Opens) -> None:
    """3. Zero during prevented. Given a canary paused at 20, min 0, a cooldown, when the trigger is inactive for
    long, then R stays >= 1, the weight 20, and the header route is still there.
    """  # noqa: D205 -- the specification's sentence
    shop = opens({}, steps=[{"setWeight": 20}, TESTERS, {"pause": {}}])
    shop.trigger.goes_to(1)
    await shop.is_open()
    await shop.releases(2)
    await shop.canary.wait_paused(2)
    shop.trigger.goes_to(0)
    await shop.trigger.is_seen(LONG)
    assert await shop.replicas_now() == 1
    assert (await shop.canary_weight(), await shop.rules()) == (20, ["testers"])
    assert await shop.available() == 1
    assert scaled.is_active(await shop.scaled())


async def test_04_zero_during_forced_by_user(opens: Opens) -> None:
    """4. Zero during, forced by user. Given a held canary, when a user sets paused-replicas "0", then the pause is
    untouched, SetWeight(0) applied, the next setWeight step held (PausedByUser); when the pause is removed, KEDA
    wakes it, the canary resumes, and the hold is still in place.
    """  # noqa: D205 -- the specification's sentence
    shop = opens({})
    shop.trigger.goes_to(1)
    await shop.is_open()
    await shop.releases(2)
    await shop.reaches(20)
    shop.trigger.goes_to(0)
    held = await shop.as_written()
    await shop.annotates(paused_replicas="0")
    await shop.comes_to_replicas(0)
    await shop.comes_to(0)
    await shop.canary.promote()
    await shop.is_told("PausedByUser")
    await shop.is_reconciled()
    paused = await shop.as_written()
    assert paused["annotations"] == {**held["annotations"], scaled.PAUSED_REPLICAS: "0"}
    assert (await shop.canary.status())["currentStepIndex"] == shop.pause_after(50) - 1
    await shop.annotates(paused_replicas=None)
    await shop.comes_to_replicas(1)
    await shop.reaches(50)
    assert await shop.as_written() == held
    await shop.finishes()


async def test_05_zero_after(site: Site, opens: Opens) -> None:
    """5. Zero after. Given a promoted canary, when SetWeight(0) comes with stableRS == currentPodHash, then one patch
    removes hold, record and label; KEDA reaches 0 no sooner than cooldownPeriod later.
    """  # noqa: D205 -- the specification's sentence
    cooldown = 6
    shop = opens({}, scaling={"cooldownPeriod": cooldown})
    await shop.is_asleep()
    original = await shop.as_written()
    audit = site.audit
    await shop.releases(2)
    await shop.reaches(20)
    await shop.goes_on_to(50)
    await shop.finishes()
    await shop.is_as_written(original)
    await shop.comes_to_replicas(0)
    _, release = writes_to_keda(audit, site.namespace)
    assert annotations_of(release) == {scaled.FORCE: None, HOLD: None}
    zero = moments_of_scaling(audit, site.namespace)[-1]
    # The period runs from KEDA's last look at the held object, and KEDA notes that in whole seconds.
    assert (zero - release.at).total_seconds() > cooldown - scaled.POLLING - 1
