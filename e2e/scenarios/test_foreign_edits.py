"""Others write to the same routes in mid-canary: people, and the controllers of gateways. Nothing of theirs is lost."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects
from e2e.bed.api import ApiError
from e2e.bed.kinds import kind_of
from e2e.scenarios import gateways
from e2e.scenarios.application import Application
from e2e.scenarios.configs import by_name
from e2e.scenarios.routes import of_every_kind, one_of_each_kind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from e2e.bed.kinds import Object
    from e2e.scenarios.routes import Route
    from e2e.scenarios.site import Site

    Edit: TypeAlias = Callable[[Site, Route, list[str]], Awaitable[None]]

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_WRITES = 5000  # by one writer; they stop when the canary is through, after a few hundred
MOST_HOSTNAMES = 16  # that a route may have
STATUS_WRITES_PER_EDIT = 10
EXPERIMENTAL = {
    "retry": {"attempts": 2, "codes": [503]},
    "sessionPersistence": {"sessionName": "basket", "type": "Cookie"},
}


async def test_what_a_person_edits_in_mid_canary_stays_and_the_weights_hold(site: Site) -> None:
    routes = of_every_kind("shop", site.namespace)[0:1] + one_of_each_kind("shop", site.namespace)[1:]
    shop = Application(site=site, name="shop", config=by_name(*routes), weights=(25, 50))
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
    shop = Application(site=site, name="shop", config={"httpRoute": "web"}, weights=(30, 60))
    web = objects.route("HTTPRoute", "web", site.namespace, rules=[objects.rule("shop")])
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
    routes = one_of_each_kind("shop", site.namespace)[:2]
    shop = Application(site=site, name="shop", config=by_name(*routes), weights=(10, 20, 50, 80))
    await shop.is_deployed(*routes)
    web, grpc = shop.routes
    await shop.releases(2)
    await shop.reaches(10)
    through = asyncio.Event()

    async def walks_on() -> None:
        for weight in (20, 50, 80):
            await shop.canary.promote()
            await shop.canary.wait_paused(shop.pause_after(weight))
        through.set()

    async with asyncio.TaskGroup() as group:
        patching = group.create_task(_keeps_writing(site, web, through, _patches_hostnames))
        replacing = group.create_task(_keeps_writing(site, grpc, through, _replaces_hostnames))
        group.create_task(walks_on())

    for route, writer in ((web, patching), (grpc, replacing)):
        last, route.saved["spec"]["hostnames"] = writer.result()
        seen = await site.admin.get(route.kind, route.name, site.namespace)
        assert {each["message"] for each in seen["status"]["parents"][0]["conditions"]} == {last}
    await shop.carries(80)
    await shop.finishes()


async def _edits(site: Site, route: Route, *operations: Object) -> None:
    """A person edits the route, and that is what it is to look like from now on."""
    in_progress = route.saved["metadata"].get("labels") or {}
    route.saved = await site.admin.json_patch(route.kind, route.name, site.namespace, operations)
    labels = route.saved["metadata"].get("labels", {})
    labels.pop(route.label, None)
    assert in_progress.items() <= labels.items()


async def _keeps_writing(site: Site, route: Route, end: asyncio.Event, edit: Edit) -> tuple[str, list[str]]:
    """Writes the status all the time, as the controller of a gateway does, and a hostname now and then, as a person.

    The last status, and all hostnames.
    """
    hostnames: list[str] = []
    seen: Object | None = None
    for count in range(1, MOST_WRITES):
        last = f"write {count}"
        conditions = gateways.conditions(seen or route.saved, message=last)
        seen = await gateways.reports(site, route, conditions)
        if count % STATUS_WRITES_PER_EDIT == 0 and len(hostnames) < MOST_HOSTNAMES:
            hostnames.append(f"host-{count}.test")
            await edit(site, route, hostnames)
        if end.is_set():
            return last, hostnames
    raise AssertionError(f"the canary did not get through while {MOST_WRITES} writes were made")


async def _patches_hostnames(site: Site, route: Route, hostnames: list[str]) -> None:
    added = {"op": "add", "path": "/spec/hostnames", "value": hostnames}
    await site.admin.json_patch(route.kind, route.name, site.namespace, [added])


async def _replaces_hostnames(site: Site, route: Route, hostnames: list[str]) -> None:
    """Reads the object and writes the whole of it, as `kubectl edit` does."""
    path = kind_of(route.kind).path(route.name, site.namespace)
    for _ in range(MOST_WRITES):
        whole = await site.admin.get(route.kind, route.name, site.namespace)
        whole["spec"]["hostnames"] = hostnames
        if await _is_stored(site, path, whole):
            return


async def _is_stored(site: Site, path: str, whole: Object) -> bool:
    """Not when somebody else has written in between."""
    try:
        await site.admin.request("PUT", path, body=whole)
    except ApiError as error:
        if error.status == 409:
            return False
        raise
    return True
