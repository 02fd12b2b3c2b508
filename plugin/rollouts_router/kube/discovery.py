"""Which versions of a resource the server serves: reading discovery documents, and remembering good news.

Asking is the client's work. What is absent is never remembered: a definition may be installed at any moment.
Source: Kubernetes API concepts, "API discovery" (APIGroup and APIResourceList).
"""

import asyncio
from collections.abc import Mapping
from typing import Protocol

import msgspec

from rollouts_router.kube.objects import KubeObject

Served = Mapping[str, tuple[str, ...]]
"""From a resource's plural to the versions it is served in, the server's favourite first."""


class Serves(Protocol):
    """Whoever can ask the server; the client does."""

    async def served(self, group: str) -> Served:
        """Every resource of the group; empty when the server does not know the group. Raises ApiError."""
        ...


class _Version(msgspec.Struct, frozen=True):
    version: str


class _Group(msgspec.Struct, frozen=True):
    versions: list[_Version]


class _Listed(msgspec.Struct, frozen=True):
    name: str


class _Resources(msgspec.Struct, frozen=True):
    resources: list[_Listed] | None = None


def versions_of(document: KubeObject) -> tuple[str, ...]:
    """The versions an APIGroup names, in the server's order. Raises msgspec.ValidationError otherwise."""
    return tuple(entry.version for entry in msgspec.convert(document, _Group).versions)


def plurals_of(document: KubeObject) -> tuple[str, ...]:
    """The resources an APIResourceList names, without subresources. Raises msgspec.ValidationError otherwise."""
    listed = msgspec.convert(document, _Resources).resources or []
    return tuple(entry.name for entry in listed if "/" not in entry.name)


def by_plural(found: Mapping[str, tuple[str, ...]]) -> Served:
    """Turn version -> plurals into plural -> versions, keeping the order of the versions."""
    served: dict[str, tuple[str, ...]] = {}
    for version, plurals in found.items():
        for plural in plurals:
            served[plural] = (*served.get(plural, ()), version)
    return served


class Discovery:
    """Remembers what is served until told to forget."""

    def __init__(self, server: Serves) -> None:
        self._server = server
        self._known: dict[str, Served] = {}
        self._asking = asyncio.Lock()

    async def versions(self, group: str, plural: str) -> tuple[str, ...]:
        """The versions the resource is served in; empty when it is not served at all. Raises ApiError."""
        if plural not in self._known.get(group, {}):
            async with self._asking:  # the others wait for the first one's answer
                await self._ask(group, plural)
        return self.known(group, plural)

    def known(self, group: str, plural: str) -> tuple[str, ...]:
        """The versions as far as they are remembered, for who does not need to know them enough to ask."""
        return self._known.get(group, {}).get(plural, ())

    def forget(self) -> None:
        """Ask anew next time; for a 404 on a resource that was served before."""
        self._known.clear()

    async def _ask(self, group: str, plural: str) -> None:
        if plural not in self._known.get(group, {}):
            self._known[group] = await self._server.served(group)
