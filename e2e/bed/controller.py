"""The stock Argo Rollouts controller with one traffic-router plugin, against a bed's control plane.

The plugin is an executable file here and nothing more. It acts as the identity `plugin`: the controller itself
gets its own kubeconfig by a flag, so the variable KUBECONFIG, which both inherit, is the plugin's alone.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import yaml

from e2e.bed import binaries, processes, sessions, waiting
from e2e.bed.control_plane import SYSTEM_NAMESPACE
from e2e.bed.errors import ProcessDiedError
from e2e.bed.ports import free_port, with_free_port
from e2e.bed.processes import Command, Process

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from e2e.bed.control_plane import ControlPlane

READY = 60.0  # seconds
PLUGIN_NAME = "argoproj-labs/gatewayAPI"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A row of `trafficRouterPlugins`: an executable and the arguments it is started with.

    `location` is where the controller gets it, by default the executable itself; `sha256` is what it has to be.
    """

    executable: Path
    arguments: tuple[str, ...] = ()
    name: str = PLUGIN_NAME
    location: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the controller runs: further flags, and variables that it hands on to the plugin.

    Where it is not to be configured here, its ConfigMap is there already. `below` is a command that becomes what it is
    given as arguments: the controller.
    """

    flags: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    name: str = "rollouts-controller"
    identity: str = "rollouts-controller"
    plugin_identity: str = "plugin"
    configures: bool = True
    below: tuple[str, ...] = ()


class RolloutsController:
    """The controller process as an async context manager; without a plugin it routes no traffic."""

    def __init__(self, plane: ControlPlane, *plugins: Plugin, settings: Settings | None = None) -> None:
        """Starts nothing yet."""
        self._plane = plane
        self._plugins = plugins
        self._settings = settings or Settings()
        self._folder = plane.folder / self._settings.name
        self._started: Process | None = None

    async def __aenter__(self) -> Self:
        self._folder.mkdir(exist_ok=True)
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def pid(self) -> int:
        """The controller's process id."""
        return self._process.pid

    @property
    def folder(self) -> Path:
        """The controller's working directory; its copy of the plugin is below `plugin-bin`."""
        return self._folder

    @property
    def log(self) -> Path:
        """The controller's log, with the plugin's lines in it; it goes on over restarts."""
        return self._plane.layout.log(self._settings.name)

    def plugin_pids(self) -> list[int]:
        """The plugin processes that run now; none before the first Rollout asked for one."""
        return sessions.children(self.pid)

    async def start(self) -> None:
        """Starts the controller and waits until it is healthy."""
        if self._settings.configures:
            await self._configure()
        self._started = await with_free_port(self._start_on)

    async def stop(self, grace: float = processes.GRACE) -> None:
        """Stops the controller, and with it its plugins; with no grace it is killed outright."""
        if self._started is not None:
            await self._started.stop(grace)

    async def restart(self) -> None:
        """Stops and starts; the plugin is launched anew by the next reconcile."""
        await self.stop()
        await self.start()

    async def wait_for_log(self, pattern: str, *, within: float = 30.0, since: int = 0) -> str:
        """The first log line, from the byte `since` on, in which the regular expression is found."""

        async def ask() -> str | None:
            lines = self.log.read_bytes()[since:].decode(errors="replace").splitlines()
            return next((line for line in lines if re.search(pattern, line)), None)

        return await self._process.until(ask, within=within, what=f"a log line with {pattern!r}")

    async def wait_for_plugin(self, *, within: float = 30.0) -> int:
        """The process id of the plugin as soon as one runs."""

        async def ask() -> int | None:
            return next(iter(self.plugin_pids()), None)

        return await self._process.until(ask, within=within, what="a plugin process")

    @property
    def _process(self) -> Process:
        if self._started is None:
            raise ProcessDiedError("the controller was not started")
        return self._started

    async def _start_on(self, port: int) -> Process:
        async def healthy() -> bool | None:
            return await waiting.answers(f"http://127.0.0.1:{port}/healthz")

        async with contextlib.AsyncExitStack() as stack:
            process = await stack.enter_async_context(Process(self._command(port)))
            await process.until(healthy, within=READY, what="the controller is healthy")
            stack.pop_all()  # it is healthy: from now on `stop` stops it
        return process

    async def _configure(self) -> None:
        rows = [
            {
                "name": each.name,
                "location": each.location or f"file://{each.executable.resolve()}",
                "args": list(each.arguments),
                **({"sha256": each.sha256} if each.sha256 else {}),
            }
            for each in self._plugins
        ]
        await self._plane.admin.apply(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "argo-rollouts-config", "namespace": SYSTEM_NAMESPACE},
                "data": {"trafficRouterPlugins": yaml.safe_dump(rows)} if rows else {},
            }
        )

    def _command(self, health_port: int) -> Command:
        settings, plane = self._settings, self._plane
        program, *before = (*settings.below, str(binaries.program("rollouts-controller")))
        return Command(
            name=settings.name,
            program=Path(program),
            arguments=(
                *before,
                f"--kubeconfig={plane.kubeconfig(settings.identity)}",
                f"--namespace={SYSTEM_NAMESPACE}",
                "--leader-elect=false",
                f"--healthzPort={health_port}",
                f"--metricsPort={free_port()}",
                *settings.flags,
            ),
            log=plane.layout.log(settings.name),
            folder=self._folder,
            environment={
                "KUBECONFIG": str(plane.kubeconfig(settings.plugin_identity)),
                **settings.environment,
            },
            guarded=True,
        )
