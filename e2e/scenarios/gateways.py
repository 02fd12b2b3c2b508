"""Plays the controller of a gateway, as far as a route's status tells of it. No gateway runs in a bed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.scenarios.routes import Route
    from e2e.scenarios.site import Site

CONTROLLER = "example.com/gateway"
PARENT = "gateway"  # what `objects.route` names
LONG_AGO = "2026-01-01T00:00:00Z"
GOOD = {"Accepted": "True", "ResolvedRefs": "True"}


def conditions(seen: Object, message: str = "", **statuses: str) -> list[Object]:
    """What a gateway says of a route that it has seen like this: all is well, but for these conditions."""
    return [
        {
            "type": name,
            "status": status,
            "reason": name if status == "True" else "BackendNotFound",
            "message": message,
            "observedGeneration": seen["metadata"]["generation"],
            "lastTransitionTime": LONG_AGO,
        }
        for name, status in {**GOOD, **statuses}.items()
    ]


async def reports(site: Site, route: Route, said: list[Object]) -> Object:
    """Writes this to the route's status; the route as it is then."""
    parent = {"parentRef": {"name": PARENT}, "controllerName": CONTROLLER, "conditions": said}
    status = {"status": {"parents": [parent]}}
    return await site.admin.merge_patch(route.kind, route.name, route.namespace, status, subresource="status")


async def catches_up(site: Site, *routes: Route) -> None:
    """The gateway has seen these routes as they are now, and all is well."""
    for route in routes:
        await reports(site, route, conditions(await site.admin.get(route.kind, route.name, route.namespace)))
