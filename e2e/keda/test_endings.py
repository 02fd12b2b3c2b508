"""How a hold ends, whatever becomes of the canary, with a real KEDA and a stock controller."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from e2e.bed import waiting
from e2e.keda import scaled
from e2e.keda.calls import annotations_of, calls, writes_to_keda
from e2e.keda.ground import with_keda
from e2e.keda.shop import HOLD
from e2e.scenarios.site import SOON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.bed.kinds import Object
    from e2e.keda.conftest import Opens
    from e2e.keda.ground import Ground
    from e2e.keda.shop import Shop
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

RELEASE = {scaled.FORCE: None, HOLD: None}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground() -> AsyncIterator[Ground]:
    """The bed of this module; the flag makes the plugin sweep from its first moment."""
    async with with_keda("--keda=hold") as ground:
        yield ground


async def test_06_abort_and_08_retry_after_abort(site: Site, opens: Opens) -> None:
    """6. Abort. Given a canary held at 50, when it is aborted: no KEDA write until SetWeight(0), then Release; no
    value that raises R is ever written during the abort. 8. Retry after abort. When the user retries: the hold is
    acquired again, `prior` taken from the present (clean) object.
    """  # noqa: D205 -- the specification's sentences
    shop = await _in_mid_canary(opens)
    original = _without_hold(await shop.as_written())
    await shop.goes_on_to(50)
    audit = site.audit
    await shop.canary.abort()
    await shop.canary.wait_degraded()
    await shop.comes_to(0)
    await shop.is_as_written(original)
    written = [call.resource for call in calls(audit) if not call.is_read and call.resource != "events"]
    assert written == ["httproutes", "scaledobjects"]
    assert annotations_of(writes_to_keda(audit, site.namespace)[0]) == RELEASE

    await shop.annotates(force_activation="false")
    clean = await shop.as_written()
    await shop.canary.retry()
    assert (await shop.is_held())["prior"] == {scaled.FORCE: "false"}
    await shop.reaches(20)
    await shop.goes_on_to(50)
    await shop.finishes()
    await shop.is_as_written(clean)


async def test_10_plugin_restart(site: Site, ground: Ground, opens: Opens) -> None:
    """10. Plugin restart. Given a held canary, when the plugin is killed and the canary completes while it is down,
    then at InitPlugin the sweeper releases; the annotations equal the originals.
    """  # noqa: D205 -- the specification's sentence
    await _others_are_gone(site)
    shop = await _in_mid_canary(opens)
    held = await shop.as_written()
    await ground.controller.stop(grace=0)  # killed, and the plugin with it
    await shop.leaves_traffic_routing()
    await ground.controller.start()
    await shop.canary.promote(full=True)
    await shop.canary.wait(_is_promoted, "promoted without the plugin")
    assert ground.controller.plugin_pids() == []
    assert await shop.as_written() == held
    unrelated = opens(None, "unrelated")
    await unrelated.is_deployed(unrelated.route)
    assert ground.controller.plugin_pids() != []
    await shop.is_as_written(_without_hold(held))


async def test_17_two_rollouts(site: Site, opens: Opens) -> None:
    """17. Two Rollouts. Given a and b with own ScaledObjects, when a's canary ends while b's runs: only a's object is
    released.
    """  # noqa: D205 -- the specification's sentence
    one, other = await _in_mid_canary(opens, "one"), await _in_mid_canary(opens, "other")
    held = await other.scaled()
    audit = site.audit
    await one.goes_on_to(50)
    await one.finishes()
    await one.is_as_written(_without_hold(await one.as_written()))
    assert [call.name for call in writes_to_keda(audit, site.namespace)] == ["one"]
    assert await other.as_written() == scaled.what_people_wrote(held)
    await other.goes_on_to(50)
    await other.finishes()
    await other.is_as_written(_without_hold(scaled.what_people_wrote(held)))


async def test_25_new_revision_in_mid_canary(site: Site, opens: Opens) -> None:
    """25. New revision mid-canary (V2 replaced by V3): same record, hash updated, `prior` unchanged, one release at
    the end.
    """  # noqa: D205 -- the specification's sentence
    shop = opens({}, annotations={scaled.FORCE: "false"})
    shop.trigger.goes_to(1)
    await shop.is_open()
    original = await shop.as_written()
    audit = site.audit
    await shop.releases(2)
    await shop.reaches(20)
    second = await shop.is_held()
    await shop.releases(3)
    await shop.canary.wait(lambda status: status["currentPodHash"] != second["hash"], "version 3")
    third = await shop.is_held(by=(await shop.canary.status())["currentPodHash"])
    assert (third["uid"], third["prior"], third["wrote"]) == (second["uid"], second["prior"], second["wrote"])
    assert third["prior"] == {scaled.FORCE: "false"}
    await shop.reaches(20)
    await shop.goes_on_to(50)
    await shop.finishes()
    await shop.is_as_written(original)
    releases = [
        call for call in writes_to_keda(audit, site.namespace) if annotations_of(call).get(HOLD, "") is None
    ]
    assert len(releases) == 1


async def test_26_rollout_deleted_in_mid_canary(site: Site, opens: Opens) -> None:
    """26. Rollout deleted mid-canary: the sweeper releases within its interval."""
    shop = await _in_mid_canary(opens)
    original = _without_hold(await shop.as_written())
    await site.admin.delete("Rollout", shop.name, site.namespace)
    await shop.is_as_written(original)


async def _in_mid_canary(opens: Opens, name: str = "shop") -> Shop:
    """A shop with work, held at 20."""
    shop = opens({}, name)
    shop.trigger.goes_to(1)
    await shop.is_open()
    await shop.releases(2)
    await shop.reaches(20)
    assert (await shop.is_held())["prior"] == {scaled.FORCE: None}
    return shop


async def _others_are_gone(site: Site) -> None:
    """The namespaces of earlier tests are being deleted; a Rollout that is left there would start the plugin."""

    async def ask() -> bool | None:
        there = {each["metadata"]["namespace"] for each in await site.admin.list("Rollout")}
        return True if there <= {site.namespace} else None

    await waiting.until(ask, within=SOON, what="no Rollout in other namespaces")


def _without_hold(written: Object) -> Object:
    """What was there before, where nobody had annotated anything."""
    return {**written, "labels": {}, "annotations": {}}


def _is_promoted(status: Object) -> bool:
    return bool(status["stableRS"] == status["currentPodHash"])
