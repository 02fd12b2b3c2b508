"""The run: beds, scenes, rounds, launches, memory and request counts, in this order, into one report."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from e2e.bed import access
from e2e.bed.control_plane import ControlPlane
from e2e.bed.identities import Identity
from e2e.bench import doors, floors, launches, machine, plugins
from e2e.bench.errors import NotMeasuredError
from e2e.bench.figures import Column, Row, Samples, Unit
from e2e.bench.report import Report, report
from e2e.bench.rounds import HIGHEST, LOWEST, Rounds
from e2e.bench.scenes import Scene, furnish
from e2e.bench.steps import AGAIN, FOUND, MANAGED, PUT_IN, TAKEN_OUT, StepRounds
from e2e.bench.traffic import Audit
from e2e.hosts.driver import HostError, Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from e2e.bench.floors import Loop
    from e2e.bench.rounds import Taken
    from e2e.hosts.driver import Plugin

RULES: Final = Path(__file__).parents[2] / "manifests" / "rbac.yaml"
WEIGHTS: Final = (LOWEST, HIGHEST)

ONE: Final = Scene(namespace="bench-one", routes=1, by_name=True)
HUNDRED: Final = Scene(namespace="bench-100", routes=100)
_TOLD: Final = {
    PUT_IN: "put in",
    FOUND: "asked for again, the first time",
    AGAIN: "asked for again, any later time",
    TAKEN_OUT: "taken out",
}
STEPS: Final = Scene(namespace="bench-steps", routes=100, managed=MANAGED)
FLEET: Final = Scene(namespace="bench-fleet", routes=10, rollouts=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How often: rounds of weights by scene, rounds of each step by scene, and launches."""

    rounds: Mapping[Scene, int]
    steps: Mapping[Scene, int]
    launches: int
    doors: int = 0  # rounds of net/rpc beside gRPC; none leaves them out


FULL: Final = Plan(
    rounds={
        ONE: 40,
        Scene(namespace="bench-1", routes=1): 40,
        Scene(namespace="bench-10", routes=10): 30,
        HUNDRED: 15,
        Scene(namespace="bench-1000", routes=1000): 5,
        FLEET: 5,
    },
    steps={STEPS: 10},
    launches=15,
    doors=30,
)
QUICK: Final = Plan(
    rounds={
        ONE: 10,
        Scene(namespace="bench-1", routes=1): 10,
        Scene(namespace="bench-10", routes=10): 6,
        HUNDRED: 4,
        Scene(namespace="bench-1000", routes=1000): 1,
        FLEET: 1,
    },
    steps={STEPS: 2},
    launches=5,
    doors=5,
)


async def run(plan: Plan, say: Callable[[str], None]) -> Report:
    """Measures everything; `say` is told what is going on.

    Raises:
        BedError: Something could not be measured, or the bed failed.
    """
    load = {"before": machine.load()}
    async with _bed((*plan.rounds, *plan.steps), audit=False, say=say) as plane:
        run = _Run(plane, plan, say)
        await run.launch_all()
        await run.play_all()
        await run.compare_doors()
        facts = await machine.facts(plane.admin)
    load["after"] = machine.load()
    async with _bed((HUNDRED,), audit=True, say=say) as plane:
        counted = await _count(plane, say)
    return report(facts, load, run.rows, counted, run.missing)


@dataclass(slots=True)
class _Run:
    """The timed part, on one bed."""

    plane: ControlPlane
    plan: Plan
    say: Callable[[str], None]
    rows: list[Row] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    async def launch_all(self) -> None:
        """The first launch warms the disk and gives the one route its weight; it is not kept."""
        everybody = {column: launches.Launches() for column in _commands()}
        bare: list[tuple[float, float]] = []
        for number in range(1 + self.plan.launches):
            self.say(f"launch {number} of {self.plan.launches}")
            for column, plugin in self._plugins().items():
                kept = everybody[column] if number else launches.Launches()
                await kept.launch(plugin, ONE, LOWEST)
            bare.append(await launches.bare())
        times, memory = zip(*bare[1:], strict=True)
        self._launch_rows(everybody, Samples.of(times), Samples.of(memory))

    async def play_all(self) -> None:
        """All scenes in one life of the plugins, so that their memory shows what each has left behind.

        A scene that cannot be measured is missing from the report; the others are there.
        """
        server = floors.server(self.plane, plugins.OURS_IDENTITY)
        async with contextlib.AsyncExitStack() as stack:
            sessions = {
                column: await stack.enter_async_context(Session(plugins.LINE, plugin))
                for column, plugin in self._plugins().items()
            }
            loops: dict[Column, Loop] = {
                Column.PYTHON_LOOP: await stack.enter_async_context(floors.PythonLoop(server)),
                Column.GO_LOOP: await stack.enter_async_context(floors.GoLoop(server)),
            }
            turns = Rounds(api=self.plane.admin, sessions=sessions, loops=loops)
            for scene, number in self.plan.rounds.items():
                self.say(f"{number} rounds on {_title(scene)}")
                try:
                    self._scene_rows(scene, await turns.run(scene, number))
                except NotMeasuredError as error:
                    self.missing.append(f"{_title(scene)}: {error}")
                await self._memory_row(scene, sessions)
            steps = StepRounds(api=self.plane.admin, session=sessions[Column.OURS], loops=loops)
            for scene, number in self.plan.steps.items():
                await self._play_steps(steps, scene, number)
                await self._memory_row(scene, sessions)
            await self._nothing_row(sessions)

    async def _play_steps(self, steps: StepRounds, scene: Scene, number: int) -> None:
        for step in scene.managed:
            title = f"{step} step, {_title(scene)}"
            self.say(f"{number} rounds of {title}")
            try:
                taken = await steps.run(scene, step, number)
            except NotMeasuredError as error:
                self.missing.append(f"{title}: {error}")
                continue
            for what, told in _TOLD.items():
                self._row(f"{step} {scene.routes} {what}", f"{title}, {told}", taken[what])

    async def compare_doors(self) -> None:
        """The same calls through net/rpc and through gRPC."""
        if self.plan.doors:
            self.say(f"{self.plan.doors} rounds of net/rpc beside gRPC")
            try:
                self.rows += await doors.rows(self.plane, self.plan.doors)
            except (NotMeasuredError, HostError) as error:
                self.missing.append(f"gRPC: {error}")

    def _plugins(self) -> dict[Column, Plugin]:
        return {
            column: plugins.plugin(command, self.plane, _IDENTITIES[column])
            for column, command in _commands().items()
        }

    def _launch_rows(
        self, everybody: Mapping[Column, launches.Launches], bare: Samples, bare_memory: Samples
    ) -> None:
        floor, memory = {Column.BARE: bare}, {Column.BARE: bare_memory}
        handshake = {column: Samples.of(kept.handshake) for column, kept in everybody.items()}
        dispensed = {column: Samples.of(kept.dispensed) for column, kept in everybody.items()}
        first = {column: Samples.of(kept.first_call) for column, kept in everybody.items()}
        at_rest = {column: Samples.of(kept.at_rest) for column, kept in everybody.items()}
        self._row("handshake", "launch to handshake", handshake | floor)
        self._row("dispensed", "launch to dispensed client", dispensed)
        self._row("first call", "first call of a process, one route, unchanged", first)
        self._row("rss at rest", "RSS at rest", at_rest | memory, Unit.MEGABYTES)

    def _scene_rows(self, scene: Scene, taken: Taken) -> None:
        title, key = _title(scene), _key(scene)
        self._row(f"{key} changed", f"{title}, changed", taken.changed)
        self._row(f"{key} unchanged", f"{title}, unchanged", taken.unchanged)
        if scene.rollouts > 1:
            self._row(f"{key} single", f"{title}, changed, each call on its own", taken.single)

    async def _memory_row(self, scene: Scene, sessions: Mapping[Column, Session]) -> None:
        memory = {
            column: Samples.of([await plugins.resident(session)]) for column, session in sessions.items()
        }
        self._row(f"rss after {_key(scene)}", f"RSS after {_title(scene)}", memory, Unit.MEGABYTES)

    async def _nothing_row(self, sessions: Mapping[Column, Session]) -> None:
        """What the wire itself costs: a call that asks the API nothing."""
        times = {
            column: Samples.of([await plugins.ping(session) for _ in range(max(self.plan.rounds.values()))])
            for column, session in sessions.items()
        }
        self._row("type", "Type, a call without any API request", times)

    def _row(
        self, key: str, text: str, samples: Mapping[Column, Samples], unit: Unit = Unit.MILLISECONDS
    ) -> None:
        self.rows.append(Row(key=key, text=text, unit=unit, samples=dict(samples)))


_IDENTITIES: Final = {Column.OURS: plugins.OURS_IDENTITY, Column.PEER: plugins.PEER_IDENTITY}


def _commands() -> dict[Column, tuple[str, ...]]:
    """What is launched: ours, and the peer if there is one."""
    commands = {Column.OURS: plugins.our_command(), Column.PEER: plugins.peer_command()}
    return {column: command for column, command in commands.items() if command}


@contextlib.asynccontextmanager
async def _bed(
    scenes: Sequence[Scene], *, audit: bool, say: Callable[[str], None]
) -> AsyncIterator[ControlPlane]:
    """A control plane with the scenes in it and the rights granted; there is no node and no controller of ours."""
    say("a control plane starts")
    peer = Identity(name=plugins.PEER_IDENTITY)
    async with ControlPlane(channel="standard", audit=audit, nodes=(), extra_identities=(peer,)) as plane:
        await plane.grant_plugin(rules=RULES)
        await plane.admin.apply(plugins.peer_role())
        await access.grant(plane.admin, plugins.PEER_ROLE, plugins.PEER_IDENTITY)
        say("routes are created")
        await furnish(plane.admin, scenes)
        yield plane


async def _count(plane: ControlPlane, say: Callable[[str], None]) -> dict[str, dict[str, int]]:
    """The requests of three calls on a hundred routes; the first one of a process asks more."""
    say("requests are counted")
    counted: dict[str, dict[str, int]] = {}
    for column, command in _commands().items():
        audit = Audit(plane.audit_log, _IDENTITIES[column])
        plugin = plugins.plugin(command, plane, _IDENTITIES[column])
        async with Session(plugins.LINE, plugin) as session:
            for call, weight in zip(("first call", "unchanged", "changed"), _weights_of_count(), strict=True):
                await plugins.set_weight(session, HUNDRED, weight)
                counted[f"{column.value}, {HUNDRED.routes} routes, {call}"] = await audit.count()
    return counted


def _weights_of_count() -> tuple[int, ...]:
    return LOWEST, LOWEST, HIGHEST


def _key(scene: Scene) -> str:
    if scene.rollouts > 1:
        return "fleet"
    if scene.managed:
        return f"steps {scene.routes}"
    return "one" if scene.by_name else str(scene.routes)


def _title(scene: Scene) -> str:
    routes = f"{scene.routes:,} route{'s' if scene.routes > 1 else ''}"
    if scene.rollouts > 1:
        return f"{scene.rollouts} Rollouts of {routes} at once"
    if scene.managed:
        return f"{routes} that take steps"
    return f"{routes} by {'name' if scene.by_name else 'label'}"
