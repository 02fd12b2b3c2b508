"""An API server in memory: versions, requests, JSON Patch by a library of other people, and what goes wrong."""

import asyncio
import copy
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonpatch
import jsonpointer
from tests.fakes.selectors import matches
from tests.fakes.store import Json, Key, Store

from rollouts_router.core.kinds import KINDS
from rollouts_router.kube.errors import ApiError, NotFound, NotServed, TestFailed
from rollouts_router.kube.resources import Call, Resource, Verb


async def at_once(_call: Call) -> None:
    """Let others run while a request travels."""
    await asyncio.sleep(0)


@dataclass(kw_only=True)
class FakeApi(Store):
    """Reader, Patcher and Versions at once.

    Attributes:
        served: Versions of each kind, by its plural.
        travel: Awaited before a request is looked at; may block, or do something to the objects.
        faults: The next errors for a verb and name, each used once.
        calls: Every request, in order of arrival.
        patches: Operations of every patch that arrived.
        tried: How many of them were dry runs.
        most: How many requests were under way at once.
        asked: How often the cluster was asked for its versions.
    """

    served: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {kind.plural: kind.versions[:1] for kind in KINDS}
    )
    travel: Callable[[Call], Awaitable[None]] = at_once
    faults: dict[tuple[Verb, str], list[Callable[[Call], ApiError]]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    patches: list[Sequence[Mapping[str, Any]]] = field(default_factory=list)
    tried: int = 0
    most: int = 0
    asked: int = 0
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _under_way: int = 0

    def named(self, verb: Verb) -> list[str]:
        """Names of what such requests asked for, in order of arrival."""
        return [call.name for call in self.calls if call.verb is verb]

    async def versions(self, group: str, plural: str) -> tuple[str, ...]:
        """Versions from memory, of all kinds at once."""
        if plural not in self._known:
            self.asked += 1
            self._known = dict(self.served)
        return self._known.get(plural, ())

    def known(self, group: str, plural: str) -> tuple[str, ...]:
        """What the memory holds."""
        return self._known.get(plural, ())

    def forget(self) -> None:
        """Empty the memory."""
        self._known = {}

    async def get(self, resource: Resource, *, namespace: str, name: str) -> Json:
        """One object."""
        key = await self._arrive(Call(verb=Verb.GET, resource=resource, namespace=namespace, name=name))
        return copy.deepcopy(self.objects[key])

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> list[Json]:
        """The objects that match, in order of creation."""
        await self._arrive(Call(verb=Verb.LIST, resource=resource, namespace=namespace))
        return [
            copy.deepcopy(found)
            for (plural, space, _), found in self.objects.items()
            if (plural, space) == (resource.plural, namespace)
            and matches(label_selector, found["metadata"].get("labels") or {})
        ]

    async def patch(
        self,
        resource: Resource,
        *,
        namespace: str,
        name: str,
        operations: Sequence[Mapping[str, object]],
        field_manager: str,
        dry_run: bool = False,
    ) -> Json:
        """Apply all or nothing; in a dry run keep nothing either."""
        assert field_manager == "rollouts-router"
        call = Call(verb=Verb.PATCH, resource=resource, namespace=namespace, name=name)
        self.patches.append(operations)
        self.tried += dry_run
        key = await self._arrive(call)
        before = self.objects[key]
        try:
            self.put(key, jsonpatch.apply_patch(before, list(operations)))
        except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
            raise TestFailed(call, str(error), status=422) from error
        after = copy.deepcopy(self.objects[key])
        if dry_run:
            self.objects[key] = before
        return after

    async def _arrive(self, call: Call) -> Key:
        self.calls.append(call)
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        try:
            await self.travel(call)
        finally:
            self._under_way -= 1
        if call.resource.version not in self.served.get(call.resource.plural, ()):
            raise NotServed(call, "404 page not found", status=404)
        if faults := self.faults.get((call.verb, call.name)):
            raise faults.pop(0)(call)
        key = (call.resource.plural, call.namespace, call.name)
        if call.name and key not in self.objects:
            raise NotFound(call, f'{call.resource} "{call.name}" not found', status=404)
        return key
