"""Events on the Rollout: what an operator looks for stands where `kubectl describe rollout` shows it, if that is permitted."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from e2e.bed import access, objects, waiting
from e2e.bed.kinds import RBAC, kind_of
from e2e.scenarios import journal
from e2e.scenarios.configs import AT_ONCE
from e2e.scenarios.site import SOON
from e2e.scenarios.steps.expected import header_step, mirror_step
from e2e.scenarios.steps.stepping import SCALE, Stepping

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROLE = "rollouts-router-events"
ROUTER = "rollouts-router"
TESTERS = header_step("testers", x_user={"exact": "alice"})
SHADOW = mirror_step("shadow", {"path": {"prefix": "/"}}, percentage=10)
STEPS = (SCALE, TESTERS, SHADOW, {"setWeight": 30}, objects.FOREVER)


async def test_steps_that_nothing_takes_succeed_and_say_so_in_one_event_each(site: Site) -> None:
    await _may_write_events(site)
    shop = await _at_thirty(site)

    found = await _events(site, shop)
    assert sorted(event["message"].split(" ", 2)[:2] for event in found) == [
        ["setHeaderRoute", "testers"],
        ["setMirrorRoute", "shadow"],
    ]
    for event in found:
        assert (event["type"], event["reason"]) == ("Warning", "RoutingStepWithoutEffect")
        assert event["source"]["component"] == event["reportingComponent"] == ROUTER
        assert "takes such steps" in event["message"]
    await shop.ends()
    assert len(await _events(site, shop)) == len(found)


async def test_whoever_overwrites_weights_is_named_in_an_event_that_counts_how_often(site: Site) -> None:
    await _may_write_events(site)
    shop = await _at_thirty(site)

    for times in (1, 2):
        await site.admin.json_patch(
            "TCPRoute",
            "web",
            site.namespace,
            [
                {"op": "replace", "path": f"/spec/rules/0/backendRefs/{at}/weight", "value": weight}
                for at, weight in enumerate((100, 0))
            ],
        )
        await shop.is_reconciled()
        await shop.comes_to(30)
        event = await _event(site, shop, "WeightsOverwritten", count=times)
        assert "field manager" in event["message"]
        # What is found again by the very next call is no news: a call that finds nothing has to come between. The first
        # line may be of the call that repaired.
        await _is_reconciled_through(site, shop)
        await _is_reconciled_through(site, shop)
    await shop.ends()


async def _is_reconciled_through(site: Site, shop: Stepping) -> None:
    """A reconcile of the Rollout has come to its end."""
    later = dataclasses.replace(site, journal=journal.Journal.from_now(site.journal.path))
    await shop.is_reconciled()
    await later.controller_says("Reconciliation completed", f"rollout={shop.name}")


async def test_without_the_permission_all_goes_on_and_that_is_said_once(site: Site) -> None:
    shop = await _at_thirty(site)
    await shop.ends()

    assert await _events(site, shop) == []
    (line,) = [
        line for line in journal.plugin_lines(site.journal) if f"namespace={site.namespace} " in line.text
    ]
    assert line.level == "INFO"
    assert line.text.startswith("no Events are written in this namespace")
    assert "events" in line.text


async def _at_thirty(site: Site) -> Stepping:
    """A canary over a TCPRoute, which takes neither header nor mirror steps, behind one of each."""
    shop = Stepping(
        site=site,
        name="shop",
        config={"tcpRoute": "web", **AT_ONCE},
        managed=("testers", "shadow"),
        steps=list(STEPS),
    )
    await shop.is_deployed(objects.route("TCPRoute", "web", site.namespace, rules=[objects.rule("shop")]))
    await shop.releases(2)
    await shop.pauses(0, weight=30)
    return shop


async def _may_write_events(site: Site) -> None:
    """The plugin gets what the manifest offers for it."""
    rule = {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]}
    await site.admin.apply(
        {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": ROLE}, "rules": [rule]}
    )
    await access.grant(site.admin, ROLE, "plugin", site.namespace)


async def _events(site: Site, shop: Stepping) -> list[Object]:
    """The router's Events, found as `kubectl describe` finds them: by the Rollout's kind, name and uid."""
    rollout = await shop.canary.get()
    about = {
        "kind": "Rollout",
        "name": shop.name,
        "namespace": site.namespace,
        "uid": rollout["metadata"]["uid"],
    }
    selector = ",".join(f"involvedObject.{field}={value}" for field, value in about.items())
    answer = await site.admin.request(
        "GET", kind_of("Event").path(None, site.namespace), query={"fieldSelector": selector}
    )
    assert isinstance(answer, dict)
    return [event for event in answer["items"] if event["source"].get("component") == ROUTER]


async def _event(site: Site, shop: Stepping, reason: str, *, count: int) -> Object:
    """The one Event of this reason, as soon as it has happened so often."""

    async def ask() -> Object | None:
        found = [event for event in await _events(site, shop) if event["reason"] == reason]
        return found[0] if [event["count"] for event in found] == [count] else None

    return await waiting.until(ask, within=SOON, what=f"{reason}, {count} times")
