"""The product under a stock go-plugin host that allows gRPC and nothing else: launch, calls, ping, end, refusals."""

from __future__ import annotations

import os
import signal
import stat
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from e2e.bed import objects, waiting
from e2e.doors.conftest import COMMAND
from e2e.doors.driver import OK, LaunchedDoor, Reply
from e2e.hosts.driver import HostError, Plugin, Session
from e2e.hosts.lines import NEWEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object
    from e2e.hosts.answers import Ending

APP: Final = "shop"
MARK: Final = "ROLLOUTS_TEST_MARK"
STANDING: Final = {"currentStepIndex": 0, "stableRS": "old", "currentPodHash": "new"}
QUICK: Final = 2_000_000.0  # microseconds: after as long the host kills
GONE: Final = 10.0  # seconds for a plugin to notice that its host has died
CROWD: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder of its own for one plugin process, and a mark by which all that it leaves behind is found."""

    folder: Path
    mark: str

    def plugin(self, kubeconfig: Path, *arguments: str) -> Plugin:
        """The product's command with these credentials."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "KUBECONFIG": str(kubeconfig),
            MARK: self.mark,
        }
        return Plugin(command=(str(COMMAND), *arguments), environment=environment)

    def left(self) -> list[str]:
        """Processes and sockets that are there now."""
        pids = [path.name for path in Path("/proc").iterdir() if path.name.isdecimal()]
        return [*map(str, self.sockets()), *filter(self._owns, pids)]

    def sockets(self) -> list[Path]:
        """Sockets that are there now."""
        return [path for path in self.folder.rglob("*") if stat.S_ISSOCK(path.lstat().st_mode)]

    def _owns(self, pid: str) -> bool:
        try:
            return self.mark.encode() in Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:  # it may end while we look
            return False


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A place that must be left as it was found."""
    here = Place(folder=tmp_path, mark=uuid.uuid4().hex)
    yield here
    assert here.left() == []


@pytest.fixture
def nowhere(place: Place) -> Plugin:
    """The plugin without a cluster."""
    return place.plugin(place.folder / "none", "--protocol", "grpc")


@pytest.mark.asyncio(loop_scope="session")
async def test_every_call_of_the_service_on_a_real_api_server(
    plane: ControlPlane, plugin: Plugin, namespace: str
) -> None:
    """Launch, dispense, the eight calls, what only this door offers, ping, and an end within the host's patience."""
    admin = plane.admin
    rule = objects.rule(APP)
    for thing in (
        *objects.services(APP, namespace),
        objects.route("HTTPRoute", "web", namespace, rules=[rule]),
        _rollout(namespace),
    ):
        await admin.create(thing)
    await admin.merge_patch("Rollout", APP, namespace, {"status": STANDING}, subresource="status")
    about = {"rollout": {"reference": {"namespace": namespace, "name": APP}}}

    async def weights() -> dict[str, int]:
        return objects.weights_of(await admin.get("HTTPRoute", "web", namespace))

    async with LaunchedDoor(replace(plugin, command=(*plugin.command, "--protocol", "grpc"))) as door:
        assert door.ready.protocol == "grpc"
        info = (await door.call("GetInfo", {})).message
        found = (await door.call("Discover", about)).message
        plan = (await door.call("Plan", {"setWeight": {**about, "weight": 30}})).message
        before = await weights()
        set_weight = (await door.call("SetWeight", {**about, "weight": 30})).message
        after = await weights()
        verdict = (await door.call("VerifyWeight", {**about, "weight": 30})).message
        header = [{"name": "X-Test", "value": {"exact": "yes"}}]
        copied = [{"path": {"prefix": "/"}}]
        led = await door.call("SetHeaderRoute", {**about, "name": "testers", "match": header})
        mirrored = await door.call("SetMirrorRoute", {**about, "name": "copies", "match": copied})
        with_rules = await admin.get("HTTPRoute", "web", namespace)
        removed = (await door.call("RemoveManagedRoutes", about)).message
        hashes = (await door.call("UpdateHash", {**about, "canaryHash": "a", "stableHash": "b"})).message
        watched = (await door.call("Watch", about, messages=1)).messages
        pinged = await door.ping()
        ending = await door.quit()

    assert info["pluginName"] == "argoproj-labs/gatewayAPI"
    assert [route["route"]["name"] for route in found["routes"]] == ["web"]
    assert before == {f"{APP}-stable": 100, f"{APP}-canary": 0}
    assert after == {f"{APP}-stable": 70, f"{APP}-canary": 30}
    assert plan["outcome"]["routes"][0]["patches"] == set_weight["outcome"]["routes"][0]["patches"]
    assert verdict["verdict"] == "VERDICT_VERIFIED"
    assert (led.code, mirrored.code) == (OK, OK)
    assert len(with_rules["spec"]["rules"]) == 2
    assert removed["outcome"]["changed"] == 1
    assert hashes["outcome"].get("changed", 0) == 0
    assert (len(watched), watched[0]["total"]) == (1, 1)
    assert pinged.code == OK
    _assert_graceful(ending)


async def test_without_a_cluster_each_call_says_so_and_the_end_is_graceful(nowhere: Plugin) -> None:
    """A status with its details, for many calls at once, and nothing on stderr that the host would not understand."""
    about = {"rollout": {"reference": {"namespace": "default", "name": APP}}}
    calls = [{"id": at, "method": "SetWeight", "request": {**about, "weight": at}} for at in range(CROWD)]

    async with LaunchedDoor(nowhere) as door:
        for call in calls:
            door.send({**call, "background": True})
        replies = [await door.answer(Reply) for _ in calls]
        ending = await door.quit()

    assert {reply.id for reply in replies} == set(range(CROWD))
    for reply in replies:
        assert reply.code == "Unavailable"
        assert reply.detail("ErrorInfo")["reason"] == "CREDENTIALS_REFUSED"
    _assert_graceful(ending)


async def test_an_interrupt_from_the_terminal_is_the_hosts_business(nowhere: Plugin) -> None:
    """Ctrl-C reaches the whole process group; only the host decides when the plugin ends."""
    async with LaunchedDoor(nowhere) as door:
        os.kill(door.ready.pid, signal.SIGINT)
        assert (await door.ping()).code == OK
        _assert_graceful(await door.quit())


async def test_the_plugin_does_not_outlive_a_crashed_host(nowhere: Plugin, place: Place) -> None:
    """Nobody tells the plugin anything then: the connection just ends."""
    async with LaunchedDoor(nowhere) as door:
        door.crash()

        async def left() -> bool | None:
            return None if place.left() else True

        await waiting.until(left, within=GONE, what=lambda: f"{place.left()} gone")


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("-auto-mtls", "Turn AutoMTLS off in the host."),
        ("-multiplex", "Turn GRPCBrokerMultiplex off in the host."),
    ],
)
async def test_a_host_that_asks_for_more_is_told_what_to_change(
    nowhere: Plugin, flag: str, said: str
) -> None:
    """One sentence, which go-plugin shows as what the plugin said."""
    with pytest.raises(HostError, match=said):
        async with LaunchedDoor(nowhere, flag):
            pytest.fail("it must not come up")


async def test_the_stock_controllers_host_takes_net_rpc_only(nowhere: Plugin, place: Place) -> None:
    """The flag is not for the Argo Rollouts controller: go-plugin says so, and kills the process at once."""
    with pytest.raises(HostError, match='unsupported plugin protocol "grpc"'):
        async with Session(NEWEST, nowhere):
            pytest.fail("it must not come up")
    for path in place.sockets():
        path.unlink()  # nobody who is killed can take it along


def _rollout(namespace: str) -> Object:
    plugin = {"httpRoute": "web", "verify": {"mode": "spec", "settleSeconds": 0}}
    made = objects.rollout(APP, namespace, steps=objects.steps(30), plugin=plugin)
    routing = made["spec"]["strategy"]["canary"]["trafficRouting"]
    routing["managedRoutes"] = [{"name": "testers"}, {"name": "copies"}]
    return made


def _assert_graceful(ending: Ending) -> None:
    assert (ending.exit_code, ending.signal, ending.error) == (0, "", "")
    assert ending.us < QUICK
    for said in ending.said:
        assert not said.message.startswith("{"), "go-plugin did not understand this line"
        assert said.level != "error"
