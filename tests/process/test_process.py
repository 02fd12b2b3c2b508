"""The real command, from exec to its end, as the controller sees it."""

import grp
import os
import re
import signal
import stat
import tempfile
from pathlib import Path

import pytest
from tests.process.spawned import Ended, Spawned, environment, run, spawned
from tests.test_log import controller_reads
from tests.transports.fake_host import NIL, PING, RST, SYN, TRUE, WINDOW_UPDATE, FakeHost, data, frame

from rollouts_router.app.process import CRASHED
from rollouts_router.cli import REGISTRATION

BADLY_BEHAVED = (str(Path(__file__).with_name("badly_behaved.py")),)
LINE = re.compile(rb"1\|1\|unix\|(/[^|]+)\|netrpc\|\n")


def in_order(ended: Ended, line: bytes, *, status: int = 0) -> None:
    """Assert what holds however a plugin ends: nothing behind the line, lines the controller can read."""
    assert ended.stdout == line
    for logged in ended.stderr.splitlines(keepends=True):
        controller_reads(logged)
    assert ended.status == status
    assert not socket_of(line).exists()


def socket_of(line: bytes) -> Path:
    """The path in a handshake line."""
    match = LINE.fullmatch(line)
    assert match is not None, line
    return Path(match[1].decode())


def is_empty(folder: Path) -> bool:
    """Whether nothing is left in a folder."""
    return not list(folder.iterdir())


def children_of(child: Spawned) -> str:
    """The process ids of a child's own children."""
    return Path(f"/proc/{child.process.pid}/task/{child.process.pid}/children").read_text()


def peak_memory(child: Spawned) -> int:
    """Bytes of memory a child has had at most."""
    status = Path(f"/proc/{child.process.pid}/status").read_text()
    return 1024 * int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0])


@pytest.fixture
def folder() -> Path:
    """A folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="rr-") as path:
        yield Path(path)


async def test_a_session_from_the_handshake_to_quit(folder: Path) -> None:
    """The handshake line and nothing else on stdout, one process, SIGINT ignored, status 0, nothing left."""
    async with spawned(folder) as child:
        async with FakeHost.connected(child.path) as host:
            child.process.send_signal(signal.SIGINT)
            stream = await host.greeted()
            kind = await host.call(stream, "Plugin.Type", NIL)
            started = await host.call(stream, "Plugin.InitPlugin", NIL)
            ping = await host.call(1, "Control.Ping", TRUE)
            mode = stat.S_IMODE(child.path.stat().st_mode)
            children = children_of(child)
            await host.call(1, "Control.Quit", TRUE)
        ended = await child.end()

    assert (kind.value, started.value, ping.error) == ("GatewayAPI", {}, "")
    assert mode == 0o600
    assert children == ""
    assert child.path.parent == folder
    in_order(ended, child.line)
    assert is_empty(folder)


async def test_noise_of_any_kind_reaches_neither_stdout_nor_the_controllers_parser(folder: Path) -> None:
    async with spawned(folder, "-loglevel=trace", program=BADLY_BEHAVED) as child:
        async with FakeHost.connected(child.path) as host:
            await host.call(await host.greeted(), "Plugin.Type", NIL)
            await host.call(1, "Control.Quit", TRUE)
        ended = await child.end()

    in_order(ended, child.line)
    messages = [controller_reads(line)["@message"] for line in ended.stderr.splitlines(keepends=True)]
    assert any("a library's warning" in str(message) for message in messages)
    assert "b'\\x00\\xff\\n'" in messages


async def test_lines_are_text_if_asked_for(folder: Path) -> None:
    async with spawned(folder, "-logformat", "text", program=BADLY_BEHAVED) as child:
        async with FakeHost.connected(child.path) as host:
            await host.call(await host.greeted(), "Plugin.Type", NIL)
            await host.call(1, "Control.Quit", TRUE)
        ended = await child.end()

    lines = ended.stderr.splitlines()
    assert all(re.match(rb"\[(DEBUG|INFO|WARN|ERROR)\] ", line) for line in lines)
    assert any(b"ValueError: first line\\nsecond line" in line for line in lines)


@pytest.mark.parametrize("method", ["SetWeight", "VerifyWeight"])
async def test_quit_ends_the_process_whatever_its_calls_do(folder: Path, method: str) -> None:
    """Calls that wait are cancelled; those that will not be, and a clean-up that hangs, are left behind."""
    async with spawned(folder, program=BADLY_BEHAVED) as child:
        async with FakeHost.connected(child.path) as host:
            host.ask(await host.greeted(), f"Plugin.{method}", NIL)
            answer = await host.call(1, "Control.Quit", TRUE)
        ended = await child.end()

    assert answer.error == ""
    in_order(ended, child.line)


async def test_sigterm_ends_the_process_whatever_its_calls_do(folder: Path) -> None:
    async with spawned(folder, program=BADLY_BEHAVED) as child, FakeHost.connected(child.path) as host:
        stream = await host.greeted()
        host.ask(stream, "Plugin.VerifyWeight", NIL)
        await host.call(1, "Control.Ping", TRUE)
        child.process.terminate()
        ended = await child.end()

    in_order(ended, child.line)


async def test_sigterm_before_the_host_has_connected_leaves_nothing(folder: Path) -> None:
    async with spawned(folder) as child:
        child.process.terminate()
        ended = await child.end()

    in_order(ended, child.line)


async def test_the_process_does_not_outlive_its_host(folder: Path) -> None:
    """The host died in the middle of calls: its connection ends without a word."""
    async with spawned(folder) as child:
        async with FakeHost.connected(child.path) as host:
            host.ask(await host.greeted(), "Plugin.Type", NIL)
        ended = await child.end()

    in_order(ended, child.line)


async def test_a_broken_plugin_stream_is_an_end_with_a_line_that_says_why(folder: Path) -> None:
    async with spawned(folder) as child, FakeHost.connected(child.path) as host:
        stream = await host.greeted()
        host.writer.write(frame(WINDOW_UPDATE, RST, stream, 0))
        ended = await child.end()

    in_order(ended, child.line, status=CRASHED)
    (line,) = ended.stderr.splitlines(keepends=True)
    said = controller_reads(line)
    assert (said["@level"], said["@message"]) == ("error", "the plugin ends")
    assert (
        said["reason"] == f"the host broke the protocol: the host reset stream {stream}, which carried calls"
    )


async def test_a_flood_is_not_kept(folder: Path) -> None:
    """Fifty megabytes to whoever takes them, and pings, leave the memory as it was."""
    async with spawned(folder) as child, FakeHost.connected(child.path) as host:
        stream = await host.greeted()
        await host.call(stream, "Plugin.Type", NIL)
        before = peak_memory(child)
        for _ in range(200):
            await host.send(3, b"\x00" * (256 * 1024))
        host.writer.write(frame(PING, SYN, 0, 1) * 50_000)
        await host.until(lambda: len(host.pongs) == 50_000)
        grown = peak_memory(child) - before
        host.writer.write(data(stream, b"\xff" * 10_000))
        ended = await child.end()

    assert grown < 16 * 1024 * 1024
    in_order(ended, child.line, status=CRASHED)


@pytest.mark.parametrize("cookie", [None, "", "metricprovider"])
async def test_without_the_cookie_a_person_is_told_what_this_is(folder: Path, cookie: str | None) -> None:
    env = environment(folder)
    del env["ARGO_ROLLOUTS_RPC_PLUGIN"]
    if cookie is not None:
        env["ARGO_ROLLOUTS_RPC_PLUGIN"] = cookie

    ended = await run(folder, env=env)

    assert ended.status == 1
    assert ended.stdout == b""
    assert (REGISTRATION in ended.stderr.decode()) == (cookie is None)
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize("versions", [None, "1", "2,1"])
async def test_the_version_of_the_protocol_is_one(folder: Path, versions: str | None) -> None:
    env = environment(folder)
    del env["PLUGIN_PROTOCOL_VERSIONS"]
    if versions is not None:
        env["PLUGIN_PROTOCOL_VERSIONS"] = versions

    async with spawned(folder, env=env) as child:
        child.process.terminate()
        ended = await child.end()

    in_order(ended, child.line)


async def test_the_socket_is_where_and_whose_the_host_wants_it(folder: Path) -> None:
    wanted = folder / "sockets"
    wanted.mkdir()
    group = grp.getgrgid(os.getgid()).gr_name
    env = environment(folder, {"PLUGIN_UNIX_SOCKET_DIR": str(wanted), "PLUGIN_UNIX_SOCKET_GROUP": group})

    async with spawned(folder, env=env) as child:
        about = child.path.stat()
        child.process.terminate()
        ended = await child.end()

    assert child.path.parent == wanted
    assert (stat.S_IMODE(about.st_mode), about.st_gid) == (0o660, os.getgid())
    in_order(ended, child.line)


async def test_a_launch_that_cannot_succeed_says_why_and_what_to_do(folder: Path) -> None:
    env = environment(folder, {"PLUGIN_UNIX_SOCKET_DIR": str(folder / "missing")})

    ended = await run(folder, env=env)

    assert (ended.status, ended.stdout) == (1, b"")
    assert ended.stderr.startswith(b"[ERROR] rollouts-router cannot start: no socket can be made: ")
    assert b"Set PLUGIN_UNIX_SOCKET_DIR to a writable folder" in ended.stderr
    assert ended.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["-kubeClientQPS=many"], 2, b'invalid value "many" for flag -kubeClientQPS: parse error\nUsage'),
        (["-nonsense"], 2, b"flag provided but not defined: -nonsense\nUsage"),
        (["--help"], 0, b"Usage of rollouts-router:\n"),
    ],
)
async def test_the_command_line_is_judged_before_the_handshake(
    folder: Path, arguments: list[str], status: int, said: bytes
) -> None:
    ended = await run(folder, *arguments)

    assert (ended.status, ended.stdout) == (status, b"")
    assert ended.stderr.startswith(said)
