"""What is measured on: routes and the Rollouts that they belong to, as values, and their creation in a bed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from e2e.bed import objects
from e2e.bed.kinds import kind_of
from e2e.bench.errors import NotMeasuredError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from e2e.bed.api import Api
    from e2e.bed.kinds import Object

PAGE: Final = 500  # objects of one LIST; what the plugin asks for, and the floor with it
CREATORS: Final = 16
PATHS: Final = ("/", "/api")  # a rule for each, with both Services in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A namespace with the routes of one Rollout or of several, and how these refer to their routes.

    A Rollout's routes carry the label `app` with its name; the Rollout selects them by it, or names them. With names
    of managed routes they take header and mirror steps.
    """

    namespace: str
    routes: int
    rollouts: int = 1
    by_name: bool = False
    managed: tuple[str, ...] = ()

    @property
    def apps(self) -> list[str]:
        """The names of the Rollouts."""
        return [f"app-{number}" for number in range(self.rollouts)]

    def rollout(self, app: str) -> Object:
        """A Rollout of the usual size for its strategy; it is only ever sent to the plugin."""
        names = [{"name": name} for name in self._names(app)]
        by_label = {"httpRouteSelector": {"matchLabels": {"app": app}, "useHeaderRoutes": bool(self.managed)}}
        plugin = {"httpRoutes": names} if self.by_name else by_label
        made = objects.rollout(app, self.namespace, steps=objects.steps(5, 25, 50), plugin=plugin)
        if self.managed:
            routing = made["spec"]["strategy"]["canary"]["trafficRouting"]
            routing["managedRoutes"] = [{"name": name} for name in self.managed]
        return made

    def objects(self) -> Iterator[Object]:
        """The routes, as a user would have written them."""
        for app in self.apps:
            rules = [objects.rule(app, matches=[_prefix(path)]) for path in PATHS]
            for name in self._names(app):
                yield objects.route("HTTPRoute", name, self.namespace, rules=rules, labels={"app": app})

    def reads(self) -> list[str]:
        """The request targets by which all routes are read, one GET a name or one LIST a Rollout."""
        kind = kind_of("HTTPRoute")
        if self.by_name:
            return [kind.path(name, self.namespace) for app in self.apps for name in self._names(app)]
        path = kind.path(None, self.namespace)
        return [f"{path}?limit={PAGE}&labelSelector={quote(f'app={app}', safe='')}" for app in self.apps]

    def _names(self, app: str) -> list[str]:
        return [f"{app}-route-{number}" for number in range(self.routes)]


async def furnish(api: Api, scenes: Iterable[Scene]) -> None:
    """Creates the namespaces and routes of all scenes.

    Raises:
        NotMeasuredError: The API refused one.
    """
    scenes = tuple(scenes)
    for scene in scenes:
        await api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": scene.namespace}})
    todo = (thing for scene in scenes for thing in scene.objects())
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(CREATORS):
                group.create_task(_create(api, todo))
    except ExceptionGroup as failures:
        raise NotMeasuredError(f"routes could not be created: {failures.exceptions[0]}") from failures


async def _create(api: Api, todo: Iterator[Object]) -> None:
    for thing in todo:
        await api.create(thing)


def _prefix(path: str) -> Object:
    return {"path": {"type": "PathPrefix", "value": path}}
