"""SetWeight through gRPC beside net/rpc and beside the floors: one client on one route, and a crowd, each on its own.

Over net/rpc a host has one connection, whoever calls in it; over gRPC each client of the crowd has one of its own. Both
send the whole Rollout. Turns are taken as in `rounds`, and checked in the same way.
"""

from __future__ import annotations

import contextlib
import itertools
import statistics
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from e2e.bench import floors, jobs, plugins
from e2e.bench.errors import NotMeasuredError
from e2e.bench.figures import Column, Row, Samples, Unit
from e2e.bench.floors import MICROSECONDS
from e2e.bench.plugins import Call
from e2e.bench.rounds import HIGHEST, LOWEST
from e2e.bench.scenes import Scene, furnish
from e2e.doors.driver import OK, DialledDoor, LaunchedDoor, Together
from e2e.doors.serving import Server, serving
from e2e.hosts.driver import Plugin, Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from e2e.bed.api import Api
    from e2e.bed.control_plane import ControlPlane
    from e2e.bench.floors import Loop

CLIENTS: Final = 64
ONE: Final = Scene(namespace="bench-door-one", routes=1, by_name=True)
CROWD: Final = Scene(namespace="bench-door-crowd", routes=1, rollouts=CLIENTS, by_name=True)
KIBIBYTE: Final = 1024  # bytes
WARM_UP: Final = 1  # rounds whose times are not kept
PERCENT: Final = 100


class Turn(Protocol):
    """Somebody who gives all Rollouts of a scene a weight."""

    async def set_weight(self, scene: Scene, weight: int, *, changes: bool) -> Call:
        """Every Rollout at the same moment; `changes` is whether the weight differs from what is there."""
        ...


@dataclass(frozen=True, slots=True)
class _NetRpc:
    session: Session

    async def set_weight(self, scene: Scene, weight: int, *, changes: bool) -> Call:  # noqa: ARG002 - finds it out
        return await plugins.set_weight(self.session, scene, weight)


@dataclass(frozen=True, slots=True)
class _Grpc:
    door: LaunchedDoor | DialledDoor

    async def set_weight(self, scene: Scene, weight: int, *, changes: bool) -> Call:  # noqa: ARG002 - finds it out
        calls = [
            {
                "id": app,
                "method": "SetWeight",
                "request": {"rollout": {"manifest": scene.rollout(app)}, "weight": weight},
            }
            for app in scene.apps
        ]
        together = await self.door.ask({"parallel": calls}, Together)
        failed = next((reply for reply in together.parallel if reply.code != OK), None)
        if failed:
            raise NotMeasuredError(f"SetWeight of {scene.namespace}/{failed.id} over gRPC: {failed.error}")
        each = tuple(reply.us / MICROSECONDS for reply in together.parallel)
        return Call(total=together.us / MICROSECONDS, each=each)


@dataclass(frozen=True, slots=True)
class _Floor:
    api: Api
    loop: Loop

    async def set_weight(self, scene: Scene, weight: int, *, changes: bool) -> Call:
        routes = await self.api.list("HTTPRoute", scene.namespace)
        writes = jobs.writes(routes, weight) if changes else []
        job = jobs.Job(reads=scene.reads(), writes=writes, in_flight=scene.rollouts)
        return Call(total=await self.loop.perform(job), each=())


@dataclass(slots=True)
class _Kept:
    changed: dict[Column, list[float]] = field(default_factory=lambda: defaultdict(list))
    unchanged: dict[Column, list[float]] = field(default_factory=lambda: defaultdict(list))
    each: dict[Column, list[float]] = field(default_factory=lambda: defaultdict(list))


async def rows(plane: ControlPlane, rounds: int) -> list[Row]:
    """So many rounds of everybody, as rows.

    Raises:
        NotMeasuredError: A call failed, or left a route without its weight.
        HostError: The plugin did not come up.
    """
    await furnish(plane.admin, (ONE, CROWD))
    async with _everybody(plane) as (session, launched, crowd, server, loops):
        fast: dict[Column, Turn] = {Column.OURS: _NetRpc(session), Column.GRPC: _Grpc(launched), **loops}
        one = await _play(plane.admin, fast, ONE, rounds)
        many = await _play(plane.admin, fast | {Column.GRPC: _Grpc(crowd)}, CROWD, rounds)
        nothing = await _nothing(session, launched, rounds)
        memory = {
            Column.OURS: await plugins.resident(session),
            Column.GRPC: server.resident() * KIBIBYTE / plugins.MEGABYTE,
        }
        handshake = launched.ready.handshake_us / MICROSECONDS
    title = f"{CLIENTS} clients at once, a route each, changed"
    return [
        _row("door handshake", "launch to handshake with --protocol grpc", {Column.GRPC: [handshake]}),
        _row("door nothing", "Type or GetInfo, a call without any API request", nothing),
        _row("door one changed", "1 route, Rollout in the call, changed", one.changed),
        _row("door one unchanged", "1 route, Rollout in the call, unchanged", one.unchanged),
        _row("door crowd", f"{title}: all of them", many.changed),
        _row("door p50", f"{title}: p50 of a call", _percentile(many.each, 50)),
        _row("door p99", f"{title}: p99 of a call", _percentile(many.each, 99)),
        Row(
            key="door rss",
            text=f"RSS after {CLIENTS} clients",
            unit=Unit.MEGABYTES,
            samples={column: Samples.of([value]) for column, value in memory.items()},
        ),
    ]


@contextlib.asynccontextmanager
async def _everybody(
    plane: ControlPlane,
) -> AsyncIterator[tuple[Session, LaunchedDoor, DialledDoor, Server, dict[Column, Turn]]]:
    """A plugin over net/rpc, one over gRPC, a server with a client for each of the crowd, and the floors."""
    netrpc = plugins.plugin(plugins.our_command(), plane, plugins.OURS_IDENTITY)
    grpc = Plugin(command=(*netrpc.command, "--protocol", "grpc"), environment=netrpc.environment)
    to = floors.server(plane, plugins.OURS_IDENTITY)
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(Session(plugins.LINE, netrpc))
        launched = await stack.enter_async_context(LaunchedDoor(grpc))
        server = await stack.enter_async_context(serving(netrpc, "bench"))
        crowd = DialledDoor(server.address, "-connections", str(CLIENTS))
        await stack.enter_async_context(crowd)
        loops = {
            Column.PYTHON_LOOP: _Floor(plane.admin, await stack.enter_async_context(floors.PythonLoop(to))),
            Column.GO_LOOP: _Floor(plane.admin, await stack.enter_async_context(floors.GoLoop(to))),
        }
        yield session, launched, crowd, server, dict[Column, Turn](loops)


async def _play(api: Api, turns: Mapping[Column, Turn], scene: Scene, rounds: int) -> _Kept:
    weights = itertools.cycle(range(LOWEST, HIGHEST + 1))
    order = deque(turns)
    for _ in range(WARM_UP):
        await _round(api, turns, order, scene=scene, weights=weights, kept=_Kept())
    kept = _Kept()
    for _ in range(rounds):
        await _round(api, turns, order, scene=scene, weights=weights, kept=kept)
        order.rotate()
    return kept


async def _nothing(session: Session, door: LaunchedDoor, rounds: int) -> dict[Column, list[float]]:
    """What each wire itself costs."""
    replies = [await door.call("GetInfo", {}) for _ in range(rounds)]
    return {
        Column.OURS: [await plugins.ping(session) for _ in range(rounds)],
        Column.GRPC: [reply.us / MICROSECONDS for reply in replies],
    }


async def _round(
    api: Api,
    turns: Mapping[Column, Turn],
    order: deque[Column],
    *,
    scene: Scene,
    weights: Iterator[int],
    kept: _Kept,
) -> None:
    for column in order:
        weight = next(weights)
        call = await turns[column].set_weight(scene, weight, changes=True)
        kept.changed[column].append(call.total)
        kept.each[column] += call.each
        again = await turns[column].set_weight(scene, weight, changes=False)
        kept.unchanged[column].append(again.total)
        await _check(api, column, scene, weight)


async def _check(api: Api, column: Column, scene: Scene, weight: int) -> None:
    routes = await api.list("HTTPRoute", scene.namespace)
    wrong = [route["metadata"]["name"] for route in routes if not jobs.carries(route, weight)]
    if wrong or len(routes) != scene.rollouts:
        raise NotMeasuredError(
            f"{column.value} left {len(wrong)} of {len(routes)} routes in {scene.namespace} without weight {weight}"
        )


def _percentile(each: Mapping[Column, list[float]], percent: int) -> dict[Column, list[float]]:
    """Of all calls of all rounds; the floors make no calls."""
    return {
        column: [statistics.quantiles(values, n=PERCENT)[percent - 1]]
        for column, values in each.items()
        if values
    }


def _row(key: str, text: str, samples: Mapping[Column, list[float]]) -> Row:
    of = {column: Samples.of(values) for column, values in samples.items()}
    return Row(key=key, text=text, unit=Unit.MILLISECONDS, samples=of)
