"""One glance at a cluster: each object and list is read once, however many Rollouts it concerns."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from rollouts_router.doctor.facts import Maybe, Unread
from rollouts_router.kube.decisions import Decisions
from rollouts_router.kube.errors import ApiError, NotFound, NotServed
from rollouts_router.kube.objects import KubeObject
from rollouts_router.kube.resources import Resource
from rollouts_router.kube.throttle import Clock
from rollouts_router.router.reads import Reader

_T = TypeVar("_T")

_FOR_GOOD: Final = float("inf")
_MOST: Final = 20_000
"""Answers kept; a list is one of them. Beyond it things are read again."""

_MOST_AT_ONCE: Final = 16
"""Rollouts looked at side by side; as many requests are in flight at most."""


class Glances:
    """Reads through to `reader`, and remembers what came. What failed is asked for again.

    `clock` shows monotonic seconds. Nobody may change what comes from here.
    """

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._objects: Decisions[tuple[Resource, str, str], KubeObject] = Decisions(
            seconds=_FOR_GOOD, most=_MOST, clock=clock
        )
        self._lists: Decisions[tuple[Resource, str, str], list[KubeObject]] = Decisions(
            seconds=_FOR_GOOD, most=_MOST, clock=clock
        )
        self.turn = asyncio.Semaphore(_MOST_AT_ONCE)

    async def get(self, resource: Resource, *, namespace: str, name: str) -> KubeObject:
        """One object. Raises ApiError."""

        async def ask() -> KubeObject:
            return await self._reader.get(resource, namespace=namespace, name=name)

        return await self._objects.get((resource, namespace, name), ask)

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> list[KubeObject]:
        """All objects of a namespace that match, of all namespaces when it is empty. Raises ApiError."""

        async def ask() -> list[KubeObject]:
            return await self._reader.list(resource, namespace=namespace, label_selector=label_selector)

        return await self._lists.get((resource, namespace, label_selector), ask)

    async def found(self, resource: Resource, namespace: str, name: str) -> Maybe[KubeObject | None]:
        """One object; None when it does not exist, or its kind is not served."""
        try:
            return await self.get(resource, namespace=namespace, name=name)
        except (NotFound, NotServed):
            return None
        except ApiError as error:
            return Unread(str(error))

    async def listed(
        self, resource: Resource, namespace: str, label_selector: str = ""
    ) -> Maybe[tuple[KubeObject, ...]]:
        """All objects of a namespace."""
        return await told(self._tuple(resource, namespace, label_selector))

    async def _tuple(self, resource: Resource, namespace: str, label_selector: str) -> tuple[KubeObject, ...]:
        return tuple(await self.list(resource, namespace=namespace, label_selector=label_selector))


async def told(asking: Awaitable[_T]) -> Maybe[_T]:
    """What comes of it, or why nothing does."""
    try:
        return await asking
    except ApiError as error:
        return Unread(str(error))
