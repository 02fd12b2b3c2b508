"""A namespace in a bed, with the plugin's rights in it: where one scenario takes place."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from e2e.bed import waiting
from e2e.scenarios import journal
from e2e.scenarios.journal import Journal
from e2e.scenarios.routes import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from e2e.bed.api import Api
    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object
    from e2e.scenarios.routes import Split

SOON = 45.0  # seconds; the controller retries a failed reconcile after ten at the latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The place; `journal` is the controller's log from the scenario's beginning on."""

    plane: ControlPlane
    namespace: str
    journal: Journal

    @property
    def admin(self) -> Api:
        """Whoever may do everything."""
        return self.plane.admin

    @property
    def audit(self) -> Journal:
        """API calls from now on; in a bed with an audit log."""
        return Journal.from_now(self.plane.audit_log)

    async def saves(self, route: Object) -> Route:
        """A team creates a route."""
        return Route(await self.admin.create(route))

    async def seen(self, route: Route) -> Object | None:
        """The route as it is now, None when it is gone."""
        return await self.admin.find(route.kind, route.name, route.namespace)

    async def differences(self, routes: Sequence[Route], *splits: Split, in_progress: bool) -> str:
        """How routes differ from what was saved with just these weights; empty when they do not."""
        found = await asyncio.gather(*map(self.seen, routes))
        texts = (
            route.differences(now, *splits, in_progress=in_progress)
            for route, now in zip(routes, found, strict=True)
        )
        return "\n".join(text for text in texts if text)

    async def controller_says(self, *parts: str) -> str:
        """A line of the controller's log, about something in this namespace, that holds all these parts."""
        quoted = [part.replace('"', '\\"') for part in parts]  # as the controller writes a text

        async def ask() -> str | None:
            lines = (line for line in self.journal.lines() if self.namespace in line)
            return next((line for line in lines if all(part in line for part in quoted)), None)

        return await waiting.until(ask, within=SOON, what=f"a line of the controller's log with {parts}")

    async def is_untouched(self, route: Route) -> None:
        """Nobody has written the route since it was saved, not even what it says already."""
        now = await self.seen(route)
        assert now is not None
        assert now["metadata"]["resourceVersion"] == route.saved["metadata"]["resourceVersion"]


@contextlib.asynccontextmanager
async def fresh_site(
    plane: ControlPlane, controller_log: Path, *, granted: bool = True
) -> AsyncIterator[Site]:
    """A namespace of one's own. What the plugin said meanwhile is looked through at the end."""
    site = Site(
        plane=plane,
        namespace=f"team-{uuid.uuid4().hex[:8]}",
        journal=Journal.from_now(controller_log),
    )
    await plane.create_namespace(site.namespace)
    if granted:
        await plane.grant_plugin(site.namespace)
    yield site
    assert not journal.flaws(site.journal)
    assert not journal.crashes(site.journal)
    await plane.admin.delete("Namespace", site.namespace)
