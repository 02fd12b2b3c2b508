"""The routes that a Rollout's configuration names or selects, as the API has them now. Decides nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from rollouts_router.core.config import BLOCK, NamedRoute, PluginConfig, RouteSource
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import GROUP, RouteKind
from rollouts_router.core.routes import Route, RouteKey
from rollouts_router.core.selection import FoundRoute
from rollouts_router.kube.errors import ApiError, NotFound, NotServed
from rollouts_router.kube.objects import KubeObject
from rollouts_router.kube.resources import Resource

_T = TypeVar("_T")


class Reader(Protocol):
    """What the router asks of the API."""

    async def get(self, resource: Resource, *, namespace: str, name: str) -> KubeObject:
        """One object."""

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> list[KubeObject]:
        """All objects of a namespace that match."""


class Versions(Protocol):
    """Which versions of a resource the cluster serves."""

    async def versions(self, group: str, plural: str) -> tuple[str, ...]:
        """The versions, none when it is not served at all; may answer from memory."""

    def forget(self) -> None:
        """Ask the cluster again next time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, and what could not be, both in the order of the configuration."""

    routes: tuple[FoundRoute, ...]
    failures: tuple[RoutingError | ApiError, ...] = ()


class RouteReads:
    """Reads routes in the best version that the cluster serves; nothing is remembered but the version."""

    def __init__(self, reader: Reader, versions: Versions) -> None:
        self._reader = reader
        self._versions = versions

    async def find(self, config: PluginConfig) -> Reading:
        """All routes of a configuration, read at once: one GET a name, one LIST a selector.

        Failures are a RoutingError where a named route or a kind does not exist, and an ApiError where the API
        did not answer as it should.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_outcome(read))
                for source in config.sources
                for read in self._reads(config.namespace, source)
            ]
        outcomes = [task.result() for task in tasks]
        return Reading(
            routes=tuple(route for outcome in outcomes if isinstance(outcome, list) for route in outcome),
            failures=tuple(outcome for outcome in outcomes if isinstance(outcome, Exception)),
        )

    async def get(self, key: RouteKey) -> Route:
        """One route, read anew.

        Raises:
            ApiError: The API did not answer as it should; `NotFound` when the route is gone.
        """

        async def read(resource: Resource) -> KubeObject:
            return await self._reader.get(resource, namespace=key.namespace, name=key.name)

        return Route(key, await self.through_served_version(key.kind, read))

    async def through_served_version(self, kind: RouteKind, call: Callable[[Resource], Awaitable[_T]]) -> _T:
        """`call` with the best served version of `kind`; once more, after asking the cluster, when that one is gone.

        Raises:
            RoutingError: The cluster serves no version that can be used.
        """
        try:
            return await call(await self._resource(kind))
        except NotServed:
            self._versions.forget()
        return await call(await self._resource(kind))

    def _reads(self, namespace: str, source: RouteSource) -> list[Callable[[], Awaitable[list[FoundRoute]]]]:
        named = [
            _bound(self._named, RouteKey(source.kind, namespace, route.name), route) for route in source.named
        ]
        selector = source.selector
        return (
            named
            if selector is None
            else [*named, _bound(self._selected, (source.kind, namespace), selector)]
        )

    async def _named(self, key: RouteKey, route: NamedRoute) -> list[FoundRoute]:
        try:
            return [FoundRoute(await self.get(key), route.field)]
        except NotFound as error:
            raise RoutingError(
                f"{error}; {BLOCK}.{route.field} names it: create it, or correct the name"
            ) from error

    async def _selected(self, where: tuple[RouteKind, str], selector: str) -> list[FoundRoute]:
        kind, namespace = where

        async def read(resource: Resource) -> list[KubeObject]:
            return await self._reader.list(resource, namespace=namespace, label_selector=selector)

        items = await self.through_served_version(kind, read)
        return [FoundRoute(_listed(kind, namespace, item)) for item in items]

    async def _resource(self, kind: RouteKind) -> Resource:
        served = await self._versions.versions(GROUP, kind.plural)
        version = next((each for each in kind.versions if each in served), None)
        if version is None:
            others = f"; it serves only {', '.join(served)}" if served else ""
            raise RoutingError(
                f"this cluster serves no {kind.name} that can be used: install the Gateway API CRD"
                f" {kind.plural}.{GROUP} in one of the versions {', '.join(kind.versions)}{others}"
            )
        return Resource(GROUP, version, kind.plural)


def _listed(kind: RouteKind, namespace: str, item: KubeObject) -> Route:
    metadata = item.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name:
        raise RoutingError(
            f"the API returned a {kind.name} without metadata.name from namespace {namespace};"
            " is this a Kubernetes API server?"
        )
    return Route(RouteKey(kind, namespace, name), item)


_A = TypeVar("_A")
_B = TypeVar("_B")


def _bound(call: Callable[[_A, _B], Awaitable[_T]], first: _A, second: _B) -> Callable[[], Awaitable[_T]]:
    return lambda: call(first, second)


async def _outcome(read: Callable[[], Awaitable[_T]]) -> _T | RoutingError | ApiError:
    """The result or the foreseen error as a value, so that the first error in configuration order is the one told."""
    try:
        return await read()
    except (RoutingError, ApiError) as error:
        return error
