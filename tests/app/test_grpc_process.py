"""The gRPC plugin's process from its socket to its exit status, in this one; the launch is tests/process' matter."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.transports.go_plugin.conversing import PATIENCE, GrpcHost
from tests.transports.serving import Lines

from rollouts_router.app import grpc_process, process
from rollouts_router.methods.traffic_router import SERVICE
from rollouts_router.settings import Settings


@dataclass(slots=True)
class Door:
    """Remembers what was done at it, in order."""

    path: Path
    done: list[str] = field(default_factory=list)

    def place(self, bind: Callable[[str], None]) -> None:
        """Bind."""
        bind(str(self.path))
        self.done.append("placed" if self.path.is_socket() else "nothing placed")

    def announce(self) -> None:
        """Say where."""
        self.done.append("announced")

    def close(self) -> None:
        """Remove it."""
        self.done.append("closed")


@pytest.fixture
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without a cluster, and a process that nobody ends: this one goes on to the next test."""
    monkeypatch.setattr(process, "ender", lambda _clean_up: lambda _status: None)
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@asynccontextmanager
async def conversing() -> AsyncIterator[tuple[Door, "asyncio.Task[int]"]]:
    """The process' two halves, one after the other."""
    with TemporaryDirectory(prefix="rr-") as folder:
        door = Door(Path(folder) / "socket")
        server = await grpc_process._opened(door)
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            main = grpc_process._main(Settings(), server, door.close, Lines())
            yield door, tasks.create_task(main)


@pytest.mark.usefixtures("_nowhere")
async def test_the_host_is_told_where_once_somebody_listens_there() -> None:
    """Then it is served the router, and Shutdown is status 0."""
    async with conversing() as (door, task):
        assert door.done == ["placed", "announced"]
        async with GrpcHost.connected(door.path) as host:
            assert await host.ping(SERVICE) == await host.ping()
            await host.shut_down()
            assert await task == 0


@pytest.mark.usefixtures("_nowhere")
async def test_sigterm_comes_as_a_cancellation_and_is_status_zero() -> None:
    async with conversing() as (door, task), GrpcHost.connected(door.path):
        task.cancel()
        assert await task == 0


def test_what_the_door_raises_comes_out_as_it_is() -> None:
    """The command tells it in its own words."""

    class Closed(Door):
        def place(self, bind: Callable[[str], None]) -> None:
            raise LookupError("no folder")

    with pytest.raises(LookupError, match="no folder"):
        grpc_process.run(Settings(), Closed(Path()))
