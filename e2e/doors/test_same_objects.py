"""The same calls through every door leave the same objects, byte for byte, and fail with the same sentences."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from e2e.doors.driver import DialledDoor, LaunchedDoor
from e2e.doors.serving import serving
from e2e.doors.table import APP, STANDING, TABLE, Call, Row
from e2e.doors.ways import ByManifest, ByNetRpc, ByReference, Way
from e2e.hosts.driver import Plugin, Session
from e2e.hosts.lines import NEWEST
from e2e.scenarios.routes import KINDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object
    from e2e.doors.ways import Result

PLACE: Final = "NAMESPACE"
OWN: Final = ("uid", "resourceVersion", "creationTimestamp")  # of an object, however it came to be as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A namespace with the objects of one row, for one of the ways."""

    plane: ControlPlane
    namespace: str
    way: Way

    async def furnish(self, row: Row) -> None:
        """A team saves its objects."""
        await self.plane.create_namespace(self.namespace)
        for thing in (*row.things(self.namespace), row.rollout(self.namespace)):
            await self.plane.admin.create(thing)
        await self._stands(STANDING)

    async def play(self, call: Call) -> tuple[Result, list[str]]:
        """One call; its result and the routes behind it, both without what is this namespace's own."""
        if call.status:
            await self._stands(call.status)
        rollout = await self.plane.admin.get("Rollout", APP, self.namespace)
        result = await self.way.call(call, rollout)
        return replace(result, error=result.error.replace(self.namespace, PLACE)), await self._routes()

    async def _stands(self, status: Mapping[str, object]) -> None:
        patch = {"status": dict(status)}
        await self.plane.admin.merge_patch("Rollout", APP, self.namespace, patch, subresource="status")

    async def _routes(self) -> list[str]:
        found = await asyncio.gather(*(self.plane.admin.list(kind, self.namespace) for kind in KINDS))
        return [self._canonical(thing) for things in found for thing in things]

    def _canonical(self, thing: Object) -> str:
        metadata = {name: value for name, value in thing["metadata"].items() if name not in OWN}
        metadata["managedFields"] = [
            {name: value for name, value in entry.items() if name != "time"}
            for entry in metadata["managedFields"]
        ]
        text = json.dumps({**thing, "metadata": metadata}, sort_keys=True, indent=1)
        return text.replace(self.namespace, PLACE)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ways(plugin: Plugin) -> AsyncIterator[Iterable[Way]]:
    """Every way, each into a router process of its own: two that a host has launched, and one that serves."""
    over_grpc = replace(plugin, command=(*plugin.command, "--protocol", "grpc"))
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(Session(NEWEST, plugin))
        launched = await stack.enter_async_context(LaunchedDoor(over_grpc))
        server = await stack.enter_async_context(serving(plugin, "same-objects"))
        dialled = await stack.enter_async_context(DialledDoor(server.address))
        yield ByNetRpc(session), ByManifest(launched), ByReference(dialled)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.title)
async def test_every_door_leaves_the_same_objects(row: Row, plane: ControlPlane, ways: Iterable[Way]) -> None:
    """Step by step: the routes are equal, and so are the errors and the verdicts."""
    mark = uuid.uuid4().hex[:8]
    stages = [Stage(plane=plane, namespace=f"door-{at}-{mark}", way=way) for at, way in enumerate(ways)]
    await asyncio.gather(*(stage.furnish(row) for stage in stages))

    for at, call in enumerate(row.calls):
        played = [await stage.play(call) for stage in stages]
        (first, routes), *others = played
        step = f"call {at}, {call.method}"
        assert all(part in first.error for part in call.told), step
        assert first.verdict == call.verdict, step
        for result, found in others:
            assert result == first, step
            assert found == routes, step
