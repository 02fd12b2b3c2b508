"""The plugin under the real host of each release line, without a cluster: the API server refuses connections.

So every call that needs the cluster must come back with a sentence about that, and none may hang, kill the
process or disturb another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import stat
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from e2e.bed import objects, waiting
from e2e.hosts.answers import Ending, Reply, Together
from e2e.hosts.driver import Plugin, Session, conformance
from e2e.hosts.lines import LINES, NEWEST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from e2e.bed.kinds import Object
    from e2e.hosts.answers import Walk

COMMAND: Final = Path(sys.executable).with_name("rollouts-router")
MARK: Final = "ROLLOUTS_TEST_MARK"
CROWD: Final = 20
IDLE: Final = 45.0  # seconds: the host sends its first keepalive after 30 and closes the session 10 later
QUICK: Final = 1_000_000.0  # microseconds for a graceful end; the host itself would kill after two seconds
GONE: Final = 10.0  # seconds for a plugin to notice that its host has died

PING: Final[Object] = {"ping": True}
WITHOUT_CLUSTER: Final = {
    "InitPlugin",
    "Ping",
    "Type",
    "UpdateHash",
    "Ping at the end",
    "InitPlugin of a second instance",
    "Type of a second instance",
    "RemoveManagedRoutes",  # in mid-canary what fails is told by the SetWeight behind it
    "VerifyWeight",  # "not verified", which is asked again; after an error the controller would ask no more
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder of its own for one plugin process, and marks by which all that it leaves behind is found."""

    folder: Path
    mark: str

    def plugin(self, port: int) -> Plugin:
        """The product's command, with the API server at this port of the loopback address."""
        kubeconfig = self.folder / "kubeconfig"
        kubeconfig.write_text(json.dumps(_kubeconfig(port)))
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "KUBECONFIG": str(kubeconfig),
            MARK: self.mark,
        }
        return Plugin(command=(str(COMMAND),), environment=environment)

    def sockets(self) -> list[Path]:
        """Sockets that are in the folder now."""
        return [path for path in self.folder.rglob("*") if stat.S_ISSOCK(path.lstat().st_mode)]

    def processes(self) -> list[int]:
        """Processes that run with this place's environment now: the host, the plugin and their children."""
        return [pid for pid in _pids() if self.mark.encode() in _environment(pid)]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A place that must be left as it was found."""
    here = Place(folder=tmp_path, mark=uuid.uuid4().hex)
    yield here
    assert here.processes() == []
    assert here.sockets() == []


@pytest.fixture
def dead(place: Place) -> Iterator[Plugin]:
    """The plugin with an API server that refuses connections: its port is taken, but nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield place.plugin(taken.getsockname()[1])


@pytest.fixture
async def silent(place: Place) -> AsyncIterator[Plugin]:
    """The plugin with an API server that takes connections and never answers."""
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1")
    async with server:
        yield place.plugin(server.sockets[0].getsockname()[1])


@pytest.mark.parametrize("line", LINES)
async def test_every_call_of_every_release_line_is_answered(line: str, dead: Plugin, place: Place) -> None:
    """The host calls every method, twenty at once, with a megabyte, and on a second instance."""
    walk = await conformance(line, dead, _rollout_file(place))

    _assert_answers(walk)
    _assert_graceful(walk.ending)


@pytest.mark.slow
async def test_a_silent_session_outlives_the_keepalive(dead: Plugin, place: Place) -> None:
    """The host's keepalive pings are answered while nobody calls, so the last calls still arrive."""
    walk = await conformance(NEWEST, dead, _rollout_file(place), idle=IDLE)

    _assert_answers(walk)
    _assert_graceful(walk.ending)


@pytest.mark.parametrize("line", LINES)
async def test_answers_do_not_mix(line: str, dead: Plugin) -> None:
    """Of many calls at once, each gets the answer to its own Rollout: the flaw is in another place in each."""
    rollouts = [
        _rollout(f"app-{at}", {"httpRoutes": [{"name": "route"}] * at + [{"name": 7}]}) for at in range(CROWD)
    ]
    calls = [{"id": at, "method": "SetWeight", "rollout": rollout} for at, rollout in enumerate(rollouts)]

    async with Session(line, dead) as session:
        together = await session.ask({"parallel": calls}, Together)

    assert [reply.id for reply in together.parallel] == list(range(CROWD))
    for reply in together.parallel:
        assert f"httpRoutes[{reply.id}].name" in reply.error


async def test_ping_and_quit_do_not_wait_for_calls(silent: Plugin) -> None:
    """A cluster that hangs holds up neither the controller's Ping nor its end."""
    call = {"method": "SetWeight", "rollout": _rollout(), "weight": 5, "background": True}

    async with Session(NEWEST, silent) as session:
        for _ in range(CROWD):
            session.send(call)
        ping = await session.ask(PING, Reply)
        ending = await session.quit()

    assert (ping.method, ping.error) == ("Ping", "")
    _assert_graceful(ending)


async def test_an_interrupt_from_the_terminal_is_the_controllers_business(dead: Plugin) -> None:
    """Ctrl-C reaches the whole process group; only the controller decides when the plugin ends."""
    async with Session(NEWEST, dead) as session:
        os.kill(session.ready.pid, signal.SIGINT)
        ping = await session.ask(PING, Reply)
        ending = await session.quit()

    assert ping.error == ""
    _assert_graceful(ending)


async def test_the_plugin_does_not_outlive_a_crashed_controller(dead: Plugin, place: Place) -> None:
    """Nobody tells the plugin anything then: the connection just ends."""
    async with Session(NEWEST, dead) as session:
        session.crash()

        async def left() -> bool | None:
            return None if place.processes() or place.sockets() else True

        await waiting.until(left, within=GONE, what=lambda: f"{place.processes()} and {place.sockets()} gone")


def _assert_answers(walk: Walk) -> None:
    failed = {step: reply.error for step, reply in walk.replies.items() if reply.error}
    assert set(walk.replies) - set(failed) == WITHOUT_CLUSTER
    for error in (*failed.values(), *(reply.error for reply in walk.together.parallel[1:])):
        _assert_sentence(error)
    assert walk.replies["Type"].type == walk.replies["Type of a second instance"].type == "GatewayAPI"
    assert walk.replies["VerifyWeight"].verified == "NotVerified"
    assert len(walk.together.parallel) == 1 + CROWD
    assert walk.together.parallel[0].error == ""  # the Ping


def _assert_sentence(error: str) -> None:
    """Names the API server that could not be reached or the Rollout that asks too much, and is fit for an Event."""
    assert "127.0.0.1" in error or "default/shop" in error
    assert "\n" not in error
    assert "internal error" not in error


def _assert_graceful(ending: Ending) -> None:
    assert (ending.exit_code, ending.signal, ending.error) == (0, "", "")
    assert ending.us < QUICK
    for said in ending.said:
        assert not said.message.startswith("{"), "go-plugin did not understand this line"
        assert said.level != "error"


def _rollout(name: str = "shop", plugin: Object | None = None) -> Object:
    rollout = objects.rollout(
        name, "default", steps=objects.steps(25, 50), plugin=plugin or {"httpRoute": name}
    )
    rollout["spec"]["strategy"]["canary"]["trafficRouting"]["managedRoutes"] = [{"name": "testers"}]
    rollout["status"] = {"currentStepIndex": 0, "stableRS": "7c9b", "currentPodHash": "5d4f"}
    return rollout


def _rollout_file(place: Place) -> Path:
    file = place.folder / "rollout.json"
    file.write_text(json.dumps(_rollout()))
    return file


def _kubeconfig(port: int) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "clusters": [{"name": "test", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "test", "user": {"token": "test"}}],
    }


def _pids() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdecimal()]


def _environment(pid: int) -> bytes:
    with contextlib.suppress(OSError):  # it may end while we look
        return Path(f"/proc/{pid}/environ").read_bytes()
    return b""
