"""Each profile and preset of the chart, installed and rolled through by the stock controller."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pytest
from tests.charts.examples import values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.bed.kinds import Object
    from e2e.kit.releases import Kit, Release

pytestmark = pytest.mark.asyncio(loop_scope="session")

HASH: Final = (
    "rollouts-pod-template-hash"  # by this label the controller points a Service at one version's pods
)
PRESETS: Final[Mapping[str, tuple[Object, list[int]]]] = {
    "standard": ({}, [5, 25, 50, 100]),
    "peak": ({"trafficProfile": "peak"}, [2, 5, 10, 25, 50, 75, 100]),
    "conservative": ({"pace": {"preset": "conservative"}}, [10, 50, 100]),
    "conservative-peak": (
        {"pace": {"preset": "conservative"}, "trafficProfile": "peak"},
        [5, 10, 25, 50, 75, 100],
    ),
}
UNTIL_PROMOTED: Final[Object] = {
    "name": "staff",
    "headers": [{"name": "x-staff", "exact": "yes"}],
    "approve": True,
}


async def test_every_preset_walks_through_its_weights_and_is_promoted(kit: Kit) -> None:
    names = list(PRESETS)
    releases = await asyncio.gather(*(kit.install(PRESETS[name][0], name=name) for name in names))
    await asyncio.gather(*(each.roll() for each in releases))
    await asyncio.gather(*(each.is_promoted() for each in releases))
    for name, release in zip(names, releases, strict=True):
        assert [each for each in release.weights_given() if each] == PRESETS[name][1]
        await release.comes_to(0)


async def test_a_critical_service_shows_a_group_first_and_keeps_its_rule_to_the_end(kit: Kit) -> None:
    testers = {"name": "testers", "headers": [{"name": "x-tester", "prefix": "beta-"}], "approve": True}
    given = {"criticality": "critical", "audiences": [UNTIL_PROMOTED, testers], "pace": {"hold": "1h"}}
    shop = await kit.install(given)
    assert (await shop.canary.get())["spec"]["replicas"] == 3

    await shop.roll()
    await shop.canary.wait_paused(2)
    assert await shop.weight() == 0
    assert await _header_rules(shop) == {"x-staff": "shop-canary"}
    assert (await shop.canary.status())["canary"]["weights"]["canary"]["weight"] == 0
    await shop.canary.promote()
    await shop.canary.wait_paused(4)
    assert await _header_rules(shop) == {"x-staff": "shop-canary", "x-tester": "shop-canary"}
    await shop.canary.promote()
    await shop.canary.wait_paused(7)
    assert await shop.weight() == 5
    assert await _header_rules(shop) == {"x-staff": "shop-canary", "x-tester": "shop-canary"}

    await shop.canary.promote(full=True)
    await shop.is_promoted()
    await shop.comes_to(0)
    assert await _header_rules(shop) == {}


async def test_an_abort_takes_every_weight_back(kit: Kit) -> None:
    shop = await kit.install({"pace": {"weights": [40, 100], "hold": "1h"}})
    await shop.roll()
    await shop.canary.wait_paused(1)
    assert await shop.weight() == 40
    await shop.canary.abort()
    await shop.canary.wait_degraded()
    await shop.comes_to(0)


async def test_the_chart_may_be_applied_again_in_mid_canary_and_changes_nothing(kit: Kit) -> None:
    """All but the routes: their weights are Git's then, which docs/gitops.md is about."""
    shop = await kit.install({"pace": {"weights": [40, 100], "hold": "1h"}})
    await kit.apply({**shop.values, "image": "shop:2"})
    await shop.canary.wait_paused(1)
    before = await _generations(shop)
    await kit.apply({**shop.values, "image": "shop:2"})
    assert await _generations(shop) == before


async def test_routes_of_other_kinds_carry_the_weight_too(kit: Kit) -> None:
    shop = await kit.install({**values("grpc-and-tcp"), "pace": {"weights": [30, 100], "hold": "1h"}})
    await shop.roll()
    await shop.canary.wait_paused(1)
    for kind, name in (("GRPCRoute", "shop"), ("TCPRoute", "shop-feed")):
        route = await shop.admin.get(kind, name, shop.namespace)
        assert [each["weight"] for each in route["spec"]["rules"][0]["backendRefs"]] == [70, 30]


async def test_raw_steps_are_played_as_they_are(kit: Kit) -> None:
    given = values("raw-steps")
    given["steps"][2]["pause"] = {}
    shop = await kit.install({**given, "pace": None})
    await shop.roll()
    await shop.canary.wait_paused(2)
    rule = (await shop.admin.get("HTTPRoute", "shop", shop.namespace))["spec"]["rules"][0]
    assert [each["type"] for each in rule["filters"]] == ["RequestHeaderModifier", "RequestMirror"]
    await shop.canary.promote()
    await shop.canary.wait_paused(6)
    assert await shop.weight() == 20
    await shop.canary.promote()
    await shop.is_promoted()


async def test_what_keda_scales_is_held_while_the_canary_lasts(kit: Kit) -> None:
    given = values("keda")["autoscaling"]
    shop = await kit.install({"autoscaling": {**given, "scaleInHold": False}, "pace": {"hold": "1h"}})
    await shop.roll()
    await shop.canary.wait_paused(1)
    assert await _is_kept_from_zero(shop)
    await shop.canary.promote(full=True)
    await shop.is_promoted()
    await shop.admin.wait_until(
        "ScaledObject", "shop", shop.namespace, lambda thing: not _annotation(thing), what="is put back"
    )


async def test_blue_green_shows_the_new_version_and_switches_when_somebody_promotes(kit: Kit) -> None:
    shop = await kit.install({**values("blue-green"), "pace": None, "plugin": None})
    old = await _version(shop, "shop-active")
    await shop.roll()
    await shop.canary.wait(lambda status: status.get("phase") == "Paused", "paused before the switch")
    assert await _version(shop, "shop-active") == old
    assert await _version(shop, "shop-preview") != old
    await shop.canary.promote()
    await shop.is_promoted()
    assert await _version(shop, "shop-active") == await _version(shop, "shop-preview") != old
    sets = await shop.admin.list("ReplicaSet", shop.namespace, f"{HASH}={old}")
    assert [each["spec"]["replicas"] for each in sets] == [2]  # the way back


@pytest.mark.parametrize("name", ["worker-kafka", "worker-sqs"])
async def test_a_worker_is_replaced_in_parts(kit: Kit, name: str) -> None:
    shop = await kit.install({**values(name), "host": None, "plugin": None, "autoscaling": {"type": "none"}})
    await shop.roll()
    await shop.is_promoted()
    steps = (await shop.canary.get())["spec"]["strategy"]["canary"]["steps"]
    assert (await shop.canary.status())["currentStepIndex"] == len(steps)
    assert not await shop.admin.list("Service", shop.namespace)


async def test_a_worker_that_may_be_at_zero_is_a_deployment_that_rolls(kit: Kit) -> None:
    given = {**values("worker-deployment"), "host": None, "plugin": None, "port": None}
    shop = await kit.apply({**given, "autoscaling": {"type": "none"}})
    await shop.admin.wait_until("Deployment", "shop", shop.namespace, _is_rolled, within=60, what="is rolled")
    await kit.apply({**given, "autoscaling": {"type": "none"}, "image": "shop:2"})
    await shop.admin.wait_until("Deployment", "shop", shop.namespace, _is_rolled, within=60, what="is rolled")


async def _header_rules(shop: Release) -> dict[str, str]:
    """Which backend each header leads to in the route of the host."""
    rules = (await shop.admin.get("HTTPRoute", "shop", shop.namespace))["spec"]["rules"]
    return {
        match["headers"][0]["name"]: rule["backendRefs"][0]["name"]
        for rule in rules
        for match in rule["matches"]
        if "headers" in match
    }


async def _generations(shop: Release) -> dict[str, int]:
    """The generation of every object of the release but its routes; those that have none have 0."""
    kinds = [(each["kind"], each["metadata"]["name"]) for each in shop.rendered.objects]
    found = {
        f"{kind} {name}": await shop.admin.get(kind, name, shop.namespace)
        for kind, name in kinds
        if not kind.endswith("Route")
    }
    return {name: thing["metadata"].get("generation", 0) for name, thing in found.items()}


async def _version(shop: Release, service: str) -> str:
    return str((await shop.admin.get("Service", service, shop.namespace))["spec"]["selector"][HASH])


async def _is_kept_from_zero(shop: Release) -> bool:
    return _annotation(await shop.admin.get("ScaledObject", "shop", shop.namespace)) == "true"


def _annotation(scaled: Object) -> str:
    return str(scaled["metadata"].get("annotations", {}).get("autoscaling.keda.sh/force-activation", ""))


def _is_rolled(deployment: Object) -> bool:
    status = deployment.get("status", {})
    return (
        status.get("observedGeneration"),
        status.get("updatedReplicas"),
        status.get("availableReplicas"),
    ) == (
        deployment["metadata"]["generation"],
        *[deployment["spec"]["replicas"]] * 2,
    ) and status.get("replicas") == deployment["spec"]["replicas"]
