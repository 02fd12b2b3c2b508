"""What others have said of the workload stays theirs: users, other autoscalers, GitOps, a workload that is referred to.

With a real KEDA and a stock controller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from e2e.bed import waiting
from e2e.keda import scaled
from e2e.keda.calls import calls, writes_to_keda
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

REFERS: Object = {
    "template": None,
    "workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
}
AT_ONCE: Object = {
    "horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}}
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground() -> AsyncIterator[Ground]:
    """The bed of this module."""
    async with with_keda() as ground:
        yield ground


@pytest.mark.parametrize("own", ["true", "false"])
async def test_13_users_own_force_activation(site: Site, opens: Opens, own: str) -> None:
    """13. User's own force-activation "true": nothing is written or recorded; still "true" at the end. With "false":
    set "true", restored to "false".
    """  # noqa: D205 -- the specification's sentence
    shop = opens({}, annotations={scaled.FORCE: own})
    shop.trigger.goes_to(1)
    await shop.is_open()
    original = await shop.as_written()
    audit = site.audit
    await shop.releases(2)
    await shop.reaches(20)
    assert (await shop.as_written())["annotations"][scaled.FORCE] == "true"
    await shop.goes_on_to(50)
    await shop.finishes()
    await shop.is_as_written(original)
    assert len(writes_to_keda(audit, site.namespace)) == (0 if own == "true" else 2)


async def test_14_users_own_paused_scale_in(opens: Opens) -> None:
    """14. User's own paused-scale-in. Given it is present, `scaleIn: hold`: not recorded, not removed at the end."""
    shop = opens({"scaleIn": "hold"}, annotations={scaled.PAUSED_SCALE_IN: "true"})
    shop.trigger.goes_to(1)
    await shop.is_open()
    original = await shop.as_written()
    await shop.releases(2)
    await shop.reaches(20)
    assert (await shop.is_held())["wrote"] == {scaled.FORCE: "true"}
    await shop.goes_on_to(50)
    await shop.finishes()
    await shop.is_as_written(original)


async def test_scale_in_hold_keeps_every_pod_through_the_canary_and_lets_go_afterwards(opens: Opens) -> None:
    """`scaleIn: hold` (6.1), with real autoscaling between one and many: work ends, and no pod goes before the end."""
    shop = opens({"scaleIn": "hold"}, scaling={"advanced": AT_ONCE})
    shop.trigger.goes_to(4)
    await shop.is_open()
    await shop.comes_to_replicas(4)
    original = await shop.as_written()
    await shop.releases(2)
    await shop.reaches(20)
    shop.trigger.goes_to(1)
    await shop.trigger.is_seen(6)
    assert await shop.replicas_now() == 4
    await shop.goes_on_to(50)
    await shop.finishes()
    await shop.is_as_written(original)
    await shop.comes_to_replicas(1)


async def test_16_argo_cd_clean(site: Site, opens: Opens) -> None:
    """16. Argo CD clean. Given a manifest without such a key, self-heal on: the Application stays Synced, the
    ScaledObject Healthy (not Suspended) during the canary.
    """  # noqa: D205 -- the specification's sentence
    shop = opens({})
    shop.trigger.goes_to(1)
    await shop.is_open()
    await shop.releases(2)
    await shop.reaches(20)
    held = await shop.scaled()
    healed = await site.admin.apply(shop.scaled_object(), "team")
    assert scaled.what_people_wrote(healed) == scaled.what_people_wrote(held)
    assert healed["metadata"]["generation"] == held["metadata"]["generation"]
    assert HOLD in healed["metadata"]["annotations"]
    # Argo CD calls a ScaledObject Suspended when KEDA says Paused.
    assert scaled.condition(healed, "Paused") != "True"
    assert scaled.condition(healed, "Ready") == "True"


async def test_19_workload_ref(site: Site, opens: Opens) -> None:
    """19. workloadRef. Given a Rollout with workloadRef, ScaledObject on the Rollout: as 1 to 5."""
    shop = opens({}, rollout_spec=REFERS)
    await site.admin.apply(_deployment(shop))
    await shop.is_asleep()
    original = await shop.as_written()
    await site.admin.apply(_deployment(shop, image="app:2"))
    await shop.is_held()
    await shop.is_told("ScaledToZero")
    await shop.reaches(20)
    assert await shop.available() == 1
    await shop.goes_on_to(50)
    await shop.finishes()
    await shop.is_as_written(original)
    await shop.comes_to_replicas(0)


async def test_19_workload_ref_targeted(site: Site, opens: Opens) -> None:
    """19. workloadRef. Given the ScaledObject targets the Deployment: no writes, warning."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"}
    shop = opens({}, rollout_spec=REFERS, scaling={"scaleTargetRef": target})
    await site.admin.apply(_deployment(shop))
    shop.trigger.goes_to(1)
    await shop.is_open()
    audit = site.audit
    await site.admin.apply(_deployment(shop, image="app:2"))
    await shop.is_told("NotTheRollout")
    await shop.reaches(20)
    await shop.goes_on_to(50)
    await shop.finishes()
    assert writes_to_keda(audit, site.namespace) == []


async def test_20_hpa_not_from_keda_and_21_scale_up_in_mid_step(site: Site, opens: Opens) -> None:
    """20. HPA not from KEDA. Given a plain HPA, no ScaledObject: no patch, no error; the capacity gate uses R set by
    that HPA. 21. Scale-up mid-step. No RPC comes during the resize, and the weight on the route never exceeds the
    asked one.
    """  # noqa: D205 -- the specification's sentences
    shop = opens({})
    await shop.is_deployed(shop.route)
    await site.admin.apply(scaled.autoscaler("shop", site.namespace, target="shop", minimum=2))
    await shop.comes_to_replicas(2)
    await shop.canary.wait_healthy()
    audit = site.audit
    await shop.releases(2)
    await shop.reaches(20)
    await shop.goes_on_to(50)
    assert await shop.available() == 1
    await site.admin.apply(scaled.autoscaler("shop", site.namespace, target="shop", minimum=8))
    await shop.comes_to_replicas(8)

    async def half() -> bool | None:
        return True if await shop.available() == 4 else None

    await waiting.until(half, within=SOON, what="half of eight pods are new")
    await shop.finishes()
    asked = list(calls(audit))
    assert [call for call in asked if call.is_to_keda and not call.is_read] == []
    written = [int(number) for call in asked for number in _canary_weights(call.body)]
    assert written == [20, 50, 100, 0]


def _deployment(shop: Shop, image: str = "app:1") -> Object:
    """What the Rollout refers to; it has no pods of its own."""
    labels = {"app": shop.name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": shop.name, "namespace": shop.site.namespace},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": shop.name, "image": image}]},
            },
        },
    }


def _canary_weights(body: Object | list[Object]) -> list[int]:
    """What a JSON Patch of a route gives the canary, which is the second backend of its only rule."""
    operations = body if isinstance(body, list) else []
    return [
        each["value"]
        for each in operations
        if (each["op"], each["path"]) == ("replace", "/spec/rules/0/backendRefs/1/weight")
    ]
