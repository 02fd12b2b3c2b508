"""`rollouts-router call` from its arguments to what is on the screen, against real servers and API servers in memory."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.fakes.door import Door, opened
from tests.fakes.manifests import manifest
from tests.fakes.objects import ref, rule, spec, weights
from tests.fakes.routers import Setup

from rollouts_router.client import place as place_module
from rollouts_router.client.run import FAILED, NOT_LIVE, call
from rollouts_router.kube.errors import Forbidden, Unavailable
from rollouts_router.kube.resources import Verb
from rollouts_router.router.desk import Desk

ONE = {"httpRoute": "a"}
MANAGED = {"trafficRouting": {"managedRoutes": [{"name": "h"}, {"name": "m"}]}}
WAITING = {"stableRS": "old", "currentPodHash": "new"}


@dataclass
class Shown:
    """What a call left behind."""

    status: int
    out: str
    err: str


class Screen:
    """Runs calls beside the server that they go to, and takes what they print."""

    def __init__(self, door: Door, address: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.door = door
        self._address = address
        self._capsys = capsys

    async def call(self, line: str) -> Shown:
        """Make one call with a loop of its own, as the command does."""
        arguments = ["--address", self._address, *line.split()]
        status = await asyncio.to_thread(call, arguments)
        return Shown(status, *self._capsys.readouterr())


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is the tests', so a call shall not take its log and its hooks."""
    monkeypatch.setattr("rollouts_router.client.run.route_everything", lambda _log: None)


@pytest.fixture
async def screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Screen]:
    """A server with routes a and b, and Rollout shop/web, whose route a is."""
    async with opened(tmp_path, "a", "b") as door:
        door.keep(manifest(ONE, **MANAGED))
        yield Screen(door, f"unix://{tmp_path}/s", capsys)


async def test_info_is_a_sentence_and_a_table(screen: Screen) -> None:
    shown = await screen.call("info")

    assert (shown.status, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert lines[0] == "rollouts-router 0.0.0, plugin argoproj-labs/gatewayAPI"
    assert lines[2].split() == ["KIND", "VERSIONS", "SERVED", "STEPS"]
    assert lines[3].split() == ["HTTPRoute", "v1,v1beta1", "?", "yes"]


async def test_discover_shows_routes_weights_and_why_not_others(screen: Screen) -> None:
    shown = await screen.call("discover shop/web")

    lines = shown.out.splitlines()
    assert lines[0].split() == ["ROUTE", "FOUND", "BY", "STEPS", "RULE", "WEIGHTS"]
    assert lines[1].split() == ["HTTPRoute", "shop/a", "httpRoute", "yes", "0", "stable=100", "canary=0"]
    assert lines[4].startswith("HTTPRoute shop/b   not selected   ")
    assert shown.status == 0


async def test_discover_shows_what_is_wrong(screen: Screen) -> None:
    screen.door.keep(manifest({"httpRoutes": [{"name": "gone"}], "httpRote": 1}))

    shown = await screen.call("discover --skip-unselected shop/web")

    assert shown.out.startswith("no routes in namespace shop\n")
    assert "problem: httproutes" in shown.out
    assert 'warning: unknown key "httpRote"' in shown.out


async def test_a_plan_shows_each_operation_and_changes_nothing(screen: Screen) -> None:
    shown = await screen.call("plan set-weight shop/web 30")

    lines = shown.out.splitlines()
    assert lines[0] == "HTTPRoute shop/a (v1), changed:"
    assert ["replace", "/spec/rules/0/backendRefs/1/weight", "30"] in [line.split() for line in lines]
    assert lines[-2:] == ["1 changed", "a plan: nothing was sent"]
    assert screen.door.setup.api.patches == []


async def test_a_weight_is_set_and_told(screen: Screen) -> None:
    shown = await screen.call("set-weight shop/web 30")

    assert weights(screen.door.setup.api.look("a")) == [[("stable", 70), ("canary", 30)]]
    assert [line.split() for line in shown.out.splitlines()] == [
        ["ROUTE", "RESULT", "DETAIL"],
        ["HTTPRoute", "shop/a", "changed", "1", "patch"],
        ["1", "changed"],
    ]
    assert (await screen.call("set-weight shop/web 30")).out.splitlines()[-1] == "1 unchanged"


async def test_a_dry_run_changes_nothing(screen: Screen) -> None:
    shown = await screen.call("set-weight shop/web 30 --dry-run")

    assert (shown.status, screen.door.setup.api.tried) == (0, 1)
    assert shown.out.splitlines()[-1] == "a dry run: nothing was kept"
    assert weights(screen.door.setup.api.look("a")) == [[("stable", 100), ("canary", 0)]]


async def test_steps_are_put_in_and_taken_out(screen: Screen) -> None:
    await screen.call("set-header shop/web h --header x=1")
    await screen.call("set-mirror shop/web m --all --percent 5")
    assert len(screen.door.setup.api.look("a")["spec"]["rules"]) == 2

    shown = await screen.call("remove shop/web")

    assert len(screen.door.setup.api.look("a")["spec"]["rules"]) == 1
    assert shown.out.splitlines()[-1] == "1 changed"


async def test_a_warning_is_shown(screen: Screen) -> None:
    shown = await screen.call("set-mirror shop/web m --path /only")

    assert "warning: HTTPRoute shop/a: nothing is mirrored" in shown.out


async def test_an_empty_outcome_is_said_to_be_one(screen: Screen) -> None:
    screen.door.keep(manifest(ONE))

    assert (await screen.call("remove shop/web")).out == "no routes\n"


async def test_verify_answers_with_its_exit_status_too(screen: Screen) -> None:
    screen.door.keep(manifest(ONE, steps=[{"setWeight": 30}], status=WAITING))

    late = await screen.call("verify shop/web 30")
    await screen.call("set-weight shop/web 30")
    live = await screen.call("verify shop/web 30")

    assert (late.status, late.out.splitlines()[0]) == (NOT_LIVE, "not verified")
    assert "does not carry the weights" in late.out
    assert (live.status, live.out) == (0, "verified\n")


async def test_a_watch_is_lines_as_they_come_until_its_time_is_over(screen: Screen) -> None:
    screen.door.keep(manifest({"httpRoutes": [{"name": "a"}, {"name": "b"}]}))

    shown = await screen.call("--timeout 0.5 watch shop/web --interval 1")

    lines = shown.out.splitlines()
    assert lines[0].split() == ["TIME", "ROUTE", "WEIGHTS", "LIVE", "REASON"]
    assert lines[1].split()[:6] == ["03:04:05", "HTTPRoute", "shop/a", "stable=100", "canary=0", "no"]
    assert lines[2].split()[2] == "shop/b"
    assert (shown.status, shown.err.split(":")[1]) == (FAILED, " DEADLINE_EXCEEDED")


async def test_json_and_yaml_are_the_whole_reply_with_whole_numbers(screen: Screen) -> None:
    as_json = json.loads((await screen.call("-o json plan set-weight shop/web 30")).out)
    as_yaml = yaml.safe_load((await screen.call("-o yaml plan set-weight shop/web 30")).out)

    assert as_json == as_yaml
    [route] = as_json["outcome"]["routes"]
    assert route["result"] == "ROUTE_RESULT_CHANGED"
    values = [each.get("value") for each in route["patches"][0]["operations"]]
    assert [(each, type(each)) for each in values if each in (70, 30)] == [(70, int), (30, int)]
    assert as_json["outcome"]["unchanged"] == 0


async def test_a_watch_is_a_line_of_json_or_a_document_of_yaml_a_message(screen: Screen) -> None:
    as_json = await screen.call("--timeout 0.5 -o json watch shop/web")
    as_yaml = await screen.call("--timeout 0.5 -o yaml watch shop/web")

    messages = [json.loads(line) for line in as_json.out.splitlines()]
    assert messages[0]["routes"][0]["route"]["name"] == "a"
    documents = list(yaml.safe_load_all(as_yaml.out))
    assert documents[0]["routes"][0]["route"] == messages[0]["routes"][0]["route"]
    assert documents[0].keys() == messages[0].keys()


# --- failures -------------------------------------------------------------------------------------------------


async def test_a_failure_is_told_with_its_facts_and_the_status_1(screen: Screen) -> None:
    screen.door.setup.api.faults[Verb.PATCH, "a"] = [lambda call: Forbidden(call, "you may not")]

    shown = await screen.call("set-weight shop/web 30")

    assert (shown.status, shown.out) == (FAILED, "")
    lines = shown.err.splitlines()
    assert lines[0].startswith("error: PERMISSION_DENIED: you may not (patch httproutes")
    assert "  reason: PERMISSION_MISSING" in lines
    assert "  verb: patch" in lines


async def test_a_failure_that_may_pass_says_when(screen: Screen) -> None:
    screen.door.setup.api.faults[Verb.GET, "a"] = [lambda call: Unavailable(call, "away")]

    assert (await screen.call("set-weight shop/web 30")).err.splitlines()[
        -1
    ] == "  the same call may succeed in 1 s"


async def test_an_address_where_nobody_is_is_told(
    screen: Screen, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nobody = Screen(screen.door, f"unix://{tmp_path}/nobody", capsys)

    shown = await nobody.call("info")

    assert shown.status == FAILED
    assert shown.err.startswith("error: UNAVAILABLE: ")
    assert "does `rollouts-router serve` listen there" in shown.err


@pytest.mark.parametrize("flags", ["--ca-file", "--token-file"])
async def test_a_file_that_cannot_be_read_is_told(screen: Screen, tmp_path: Path, flags: str) -> None:
    shown = await screen.call(f"{flags} {tmp_path}/none info")

    assert (shown.status, shown.out) == (FAILED, "")
    assert shown.err == f"error: {tmp_path}/none cannot be read: No such file or directory\n"


def test_who_stops_reading_ends_the_call_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def closed(_text: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("rollouts_router.client.run._tell", closed)
    with within(monkeypatch, Setup()):
        assert call(["info"]) == FAILED
    out, err = capfd.readouterr()
    assert out == ""
    assert not any(line.startswith(("error:", "Traceback", "BrokenPipe")) for line in err.splitlines())


# --- within the process -----------------------------------------------------------------------------------------


@dataclass
class Within:
    """What `assemble` would have made."""

    desk: Desk
    closed: bool = False

    async def aclose(self) -> None:
        """Take notice."""
        self.closed = True


@contextmanager
def within(monkeypatch: pytest.MonkeyPatch, setup: Setup) -> Iterator[Within]:
    """A process whose router is this one."""
    made = Within(setup.desk)
    setup.api.served |= {"rollouts": ("v1alpha1",)}
    contexts: list[str] = []

    def assemble(_settings: Any, _log: Any, *, context: str) -> Within:
        contexts.append(context)
        return made

    monkeypatch.setattr(place_module, "assemble", assemble)
    yield made
    assert contexts


def test_without_an_address_the_router_runs_in_this_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    setup = Setup()
    setup.api.create("a", spec(rule(ref("stable", 1), ref("canary", 0))))
    setup.api.objects["rollouts", "shop", "web"] = manifest(ONE)

    with within(monkeypatch, setup) as made:
        status = call(["set-weight", "shop/web", "20"])

    assert (status, capsys.readouterr().out.splitlines()[-1]) == (0, "1 changed")
    assert weights(setup.api.look("a")) == [[("stable", 80), ("canary", 20)]]
    assert made.closed


def test_a_failure_in_this_process_is_told_as_one_of_a_server(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with within(monkeypatch, Setup()) as made:
        status = call(["set-weight", "shop/none", "20"])

    assert (status, made.closed) == (FAILED, True)
    assert "error: NOT_FOUND: there is no Rollout none" in capsys.readouterr().err
