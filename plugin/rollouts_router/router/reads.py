"""The routes that a Rollout's configuration names or selects, as the API has them now. Decides nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from rollouts_router.core.config import BLOCK, NamedRoute, PluginConfig, RouteSource, Selector
from rollouts_router.core.errors import KindNotServedError, RoutingError
from rollouts_router.core.kinds import GROUP, KINDS, RouteKind
from rollouts_router.core.labels import Label
from rollouts_router.core.routes import Route, RouteKey, rules
from rollouts_router.core.selection import FoundRoute
from rollouts_router.kube.errors import ApiError, Forbidden, NotFound, NotServed
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

    def known(self, group: str, plural: str) -> tuple[str, ...]:
        """The versions as far as memory tells; asks nobody."""

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

    async def find(
        self, config: PluginConfig, *, kinds: Collection[RouteKind] = KINDS, missing_ok: bool = False
    ) -> Reading:
        """All routes of a configuration, read at once: one GET a name, one LIST a selector.

        Only those of `kinds`; with `missing_ok` a route, or a whole kind, that does not exist is passed over.
        Failures are a RoutingError where a named route or a kind does not exist, and an ApiError where the API
        did not answer as it should.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_outcome(read))
                for source in config.sources
                if source.kind in kinds
                for read in self._reads(config.namespace, source, missing_ok=missing_ok)
            ]
        outcomes = [task.result() for task in tasks]
        return Reading(
            routes=tuple(route for outcome in outcomes if isinstance(outcome, list) for route in outcome),
            failures=tuple(
                outcome
                for outcome in outcomes
                if isinstance(outcome, Exception)
                and not (missing_ok and isinstance(outcome, KindNotServedError))
            ),
        )

    async def get(self, key: RouteKey) -> Route:
        """One route, read anew.

        Raises:
            ApiError: The API did not answer as it should; `NotFound` when the route is gone.
        """

        async def read(resource: Resource) -> KubeObject:
            return await self._reader.get(resource, namespace=key.namespace, name=key.name)

        return Route(key, await self.through_served_version(key.kind, read))

    async def labelled(self, namespace: str, label: Label) -> tuple[list[Route], list[str]]:
        """All routes of a namespace with a label: `everywhere` with that query."""
        return await self.everywhere(namespace, f"{label.key}={label.value}")

    async def everywhere(self, namespace: str, query: str) -> tuple[list[Route], list[str]]:
        """All routes of a namespace that a label query finds, of every kind that the cluster is known to serve.

        One LIST a kind; the empty query finds every route. Kinds that may not be listed are left out; why, is in the second list.

        Raises:
            ApiError: The API did not answer as it should.
        """
        await self._versions.versions(GROUP, KINDS[0].plural)  # one question makes all kinds known
        kinds = [kind for kind in KINDS if kind.version(self._versions.known(GROUP, kind.plural))]
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_outcome(partial(self._list, kind, namespace, query))) for kind in kinds
            ]
        routes: list[Route] = []
        skipped: list[str] = []
        for outcome in [task.result() for task in tasks]:
            if isinstance(outcome, Forbidden | NotServed | KindNotServedError):
                skipped.append(str(outcome))
            elif isinstance(outcome, Exception):
                raise outcome
            else:
                routes += outcome
        return routes, skipped

    async def require_writable(self, route: Route) -> Resource:
        """See to it that a version is served through which the route can be written, and tell it.

        Raises:
            RoutingError: None is.
            ApiError: The API did not answer as it should.
        """
        return await self._resource(route.key.kind, route)

    async def through_served_version(
        self, kind: RouteKind, call: Callable[[Resource], Awaitable[_T]], *, to_write: Route | None = None
    ) -> _T:
        """`call` with the best served version of `kind`; once more, after asking the cluster, when that one is gone.

        Raises:
            RoutingError: The cluster serves no version that can be used, or none through which `to_write` can be
                written.
        """
        try:
            return await call(await self._resource(kind, to_write))
        except NotServed:
            self._versions.forget()
        return await call(await self._resource(kind, to_write))

    def _reads(
        self, namespace: str, source: RouteSource, *, missing_ok: bool
    ) -> list[Callable[[], Awaitable[list[FoundRoute]]]]:
        reads = [
            partial(self._named, RouteKey(source.kind, namespace, route.name), route, missing_ok=missing_ok)
            for route in source.named
        ]
        selected = (
            []
            if source.selector is None
            else [partial(self._selected, source.kind, namespace, source.selector)]
        )
        return [*reads, *selected]

    async def _named(self, key: RouteKey, route: NamedRoute, *, missing_ok: bool) -> list[FoundRoute]:
        try:
            found = await self.get(key)
        except NotFound as error:
            if missing_ok:
                return []
            raise RoutingError(
                f"{error}; {BLOCK}.{route.field} names it: create it, or correct the name",
                field=f"{BLOCK}.{route.field}",
                route=str(key),
            ) from error
        return [
            FoundRoute(
                route=found,
                field=route.field,
                use_header_routes=route.use_header_routes,
                rule_names=route.rule_names,
            )
        ]

    async def _selected(self, kind: RouteKind, namespace: str, selector: Selector) -> list[FoundRoute]:
        return [
            FoundRoute(route=route, use_header_routes=selector.use_header_routes)
            for route in await self._list(kind, namespace, selector.query)
        ]

    async def _list(self, kind: RouteKind, namespace: str, query: str) -> list[Route]:
        async def read(resource: Resource) -> list[KubeObject]:
            return await self._reader.list(resource, namespace=namespace, label_selector=query)

        items = await self.through_served_version(kind, read)
        return [_listed(kind, namespace, item) for item in items]

    async def _resource(self, kind: RouteKind, to_write: Route | None = None) -> Resource:
        held = len(rules(to_write)) if to_write is not None else 0
        served = await self._versions.versions(GROUP, kind.plural)
        if served and kind.version(served, held) is None:
            self._versions.forget()  # somebody may have followed the advice below
            served = await self._versions.versions(GROUP, kind.plural)
        version = kind.version(served, held)
        if version is not None:
            return Resource(GROUP, version, kind.plural)
        if to_write is not None and kind.version(served):
            raise RoutingError(_too_many_rules(to_write, held, served))
        others = f"; it serves only {', '.join(served)}" if served else ""
        raise KindNotServedError(
            f"this cluster serves no {kind.name} that can be used: install the Gateway API CRD"
            f" {kind.plural}.{GROUP} in one of the versions {', '.join(kind.versions)}{others}"
        )


def _too_many_rules(route: Route, held: int, served: tuple[str, ...]) -> str:
    kind = route.key.kind
    others = ", ".join(version for version in kind.versions if version not in kind.one_rule)
    return (
        f"{route.key} has {held} rules. This cluster serves {kind.plural}.{GROUP} as {', '.join(served)}, and a"
        f" {kind.name} of such a version holds one rule, so nobody can change this one. Split it into several with one"
        f" rule each, or have {others} served again (experimental channel of the Gateway API CRDs)"
    )


def _listed(kind: RouteKind, namespace: str, item: KubeObject) -> Route:
    metadata = item.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name:
        raise RoutingError(
            f"the API returned a {kind.name} without metadata.name from namespace {namespace};"
            " is this a Kubernetes API server?"
        )
    return Route(RouteKey(kind, namespace, name), item)


async def _outcome(read: Callable[[], Awaitable[_T]]) -> _T | RoutingError | ApiError:
    """The result or the foreseen error as a value, so that the first error in configuration order is the one told."""
    try:
        return await read()
    except (RoutingError, ApiError) as error:
        return error
