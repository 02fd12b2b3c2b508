"""Others write to the same routes in mid-canary: people, and the controllers of gateways. Nothing of theirs is lost."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects
from e2e.scenarios.application import Application
from e2e.scenarios.configs import AT_ONCE, by_name
from e2e.scenarios.journal import plugin_lines
from e2e.scenarios.routes import of_every_kind, one_of_each_kind

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.scenarios.routes import Route
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_WRITES = 5000  # by one writer; they stop when the canary is through, after a few hundred
MOST_MATCHES = 64  # that a rule may have
ROUTES = 12  # so many are read before the first is written that somebody always writes in between
UNVERIFIED = "does not carry the weights"
EXPERIMENTAL = {
    "retry": {"attempts": 2, "codes": [503]},
    "sessionPersistence": {"sessionName": "basket", "type": "Cookie"},
}
GATEWAY = "example.com/gateway"
LONG_AGO = "2026-01-01T00:00:00Z"


async def test_what_a_person_edits_in_mid_canary_stays_and_the_weights_hold(site: Site) -> None:
    routes = of_every_kind("shop", site.namespace)[0:1] + one_of_each_kind("shop", site.namespace)[1:]
    shop = Application(site=site, name="shop", config={**by_name(*routes), **AT_ONCE}, weights=(25, 50))
    await shop.is_deployed(*routes)
    rich, grpc = shop.routes[:2]
    await shop.releases(2)
    await shop.reaches(25)

    cors = {"type": "CORS", "cors": {"allowOrigins": ["https://example.com"], "maxAge": 60}}
    await _edits(site, rich, {"op": "add", "path": "/spec/rules/0/filters/-", "value": cors})
    for field, value in EXPERIMENTAL.items():
        await _edits(site, rich, {"op": "add", "path": f"/spec/rules/0/{field}", "value": value})
    in_front = objects.rule("shop", matches=[{"path": {"type": "Exact", "value": "/new"}}])
    await _edits(site, rich, {"op": "add", "path": "/spec/rules/0", "value": in_front})
    await _edits(site, grpc, {"op": "add", "path": "/metadata/labels", "value": {"team": "shop"}})
    await _edits(site, grpc, {"op": "remove", "path": "/spec/rules/0/backendRefs/0"})
    await shop.goes_on_to(50)
    await shop.finishes()


async def test_weights_that_somebody_resets_in_mid_canary_come_back_with_the_next_reconcile(
    site: Site,
) -> None:
    shop = Application(site=site, name="shop", config={"httpRoute": "web", **AT_ONCE}, weights=(30, 60))
    web = _route("web", site)
    await shop.is_deployed(web)
    await shop.releases(2)
    await shop.reaches(30)
    await site.admin.apply(web, manager="git")
    await shop.is_reconciled()
    await shop.comes_to(30)
    await shop.goes_on_to(60)
    await shop.finishes()


async def test_a_gateway_and_a_person_who_write_all_the_time_lose_nothing_and_do_not_stop_the_canary(
    site: Site,
) -> None:
    names = [f"web-{number}" for number in range(ROUTES)]
    # A route that is edited every moment never settles; here it is about what is written.
    config = {"httpRoutes": [{"name": name} for name in names], **AT_ONCE}
    shop = Application(site=site, name="shop", config=config, weights=(10, 20, 50, 80))
    await shop.is_deployed(*(_route(name, site) for name in names))
    await shop.releases(2)
    await shop.reaches(10)
    through = asyncio.Event()

    async def walks_on() -> None:
        for weight in (20, 50, 80):
            await shop.canary.promote()
            await shop.canary.wait_paused(shop.pause_after(weight))
        through.set()

    async with asyncio.TaskGroup() as group:
        writers = [group.create_task(_keeps_writing(site, shop.routes[at::2], through)) for at in range(2)]
        group.create_task(walks_on())

    for writer in writers:
        for name, last_status in writer.result().items():
            seen = await site.admin.get("HTTPRoute", name, site.namespace)
            assert seen["status"]["parents"][0]["conditions"] == [_accepted(last_status)]
    await shop.carries(80)
    await shop.finishes()
    # No conflict was left to the next reconcile.
    assert not [
        line
        for line in plugin_lines(site.journal)
        if f"{site.namespace}/" in line.text and UNVERIFIED in line.text
    ]


async def _edits(site: Site, route: Route, *operations: Object) -> None:
    """A person edits the route, and that is what it is to look like from now on."""
    in_progress = route.saved["metadata"].get("labels") or {}
    route.saved = await site.admin.json_patch(route.kind, route.name, site.namespace, operations)
    labels = route.saved["metadata"].get("labels", {})
    labels.pop(route.label, None)
    assert in_progress.items() <= labels.items()


async def _keeps_writing(site: Site, routes: list[Route], end: asyncio.Event) -> dict[str, str]:
    """Goes round the routes: a status as the controller of a gateway writes it, and a path that a person adds.

    The last status of each route, by its name.
    """
    said: dict[str, str] = {}
    for count in range(MOST_WRITES):
        route = routes[count % len(routes)]
        said[route.name] = f"write {count}"
        conditions = [_accepted(said[route.name])]
        parent = {"parentRef": {"name": "gateway"}, "controllerName": GATEWAY, "conditions": conditions}
        await site.admin.merge_patch(
            route.kind, route.name, site.namespace, {"status": {"parents": [parent]}}, subresource="status"
        )
        await _adds_path(site, route, f"/{count}")
        if end.is_set() and len(said) == len(routes):
            return said
    raise AssertionError(f"the canary did not get through while {MOST_WRITES} writes were made")


async def _adds_path(site: Site, route: Route, path: str) -> None:
    matches = route.saved["spec"]["rules"][0]["matches"]
    if len(matches) < MOST_MATCHES:
        match = {"path": {"type": "Exact", "value": path}}
        append = {"op": "add", "path": "/spec/rules/0/matches/-", "value": match}
        await site.admin.json_patch(route.kind, route.name, site.namespace, [append])
        matches.append(match)


def _route(name: str, site: Site) -> Object:
    rule = objects.rule("shop", matches=[{"path": {"type": "Exact", "value": "/"}}])
    return objects.route("HTTPRoute", name, site.namespace, rules=[rule])


def _accepted(message: str) -> Object:
    return {
        "type": "Accepted",
        "status": "True",
        "reason": "Accepted",
        "message": message,
        "lastTransitionTime": LONG_AGO,
    }
