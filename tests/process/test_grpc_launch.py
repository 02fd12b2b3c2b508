"""The real command with `--protocol grpc`, from exec to its end, as a go-plugin host sees it."""

import grp
import os
import re
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from grpc_health.v1 import health_pb2
from tests.process.spawned import Ended, environment, run, spawned
from tests.test_log import controller_reads
from tests.transports.go_plugin.conversing import GrpcHost

GRPC = ("--protocol", "grpc")
LINE = re.compile(rb"1\|1\|unix\|(/[^|]+)\|grpc\|\n")
STUBBORN = (str(Path(__file__).with_name("stubborn_service.py")),)
SERVING = health_pb2.HealthCheckResponse.SERVING


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket, checked to be left empty."""
    with tempfile.TemporaryDirectory(prefix="rr-") as path:
        yield Path(path)
        assert [entry for entry in Path(path).rglob("*") if not entry.is_dir()] == []


def in_order(ended: Ended, line: bytes) -> None:
    """Assert what holds for every end in order: nothing behind the line, lines the host can read."""
    assert LINE.fullmatch(line), line
    assert ended.stdout == line
    for logged in ended.stderr.splitlines(keepends=True):
        controller_reads(logged)
    assert ended.status == 0


async def test_a_session_from_the_handshake_to_shutdown(folder: Path) -> None:
    """The handshake line says grpc; the socket is private; SIGINT is ignored; Shutdown is answered, then status 0."""
    async with spawned(folder, *GRPC) as child, GrpcHost.connected(child.path) as host:
        child.process.send_signal(signal.SIGINT)
        mode = stat.S_IMODE(child.path.stat().st_mode)
        health = await host.ping()
        await host.shut_down()
        ended = await child.end()

    assert (mode, health) == (0o600, SERVING)
    assert child.path.parent == folder
    in_order(ended, child.line)


async def test_the_process_does_not_outlive_its_host(folder: Path) -> None:
    """The host died: its connection ends without a word."""
    async with spawned(folder, *GRPC) as child:
        async with GrpcHost.connected(child.path):
            pass
        ended = await child.end()

    in_order(ended, child.line)


@pytest.mark.parametrize("by_signal", [True, False])
async def test_the_end_comes_whatever_calls_do(folder: Path, by_signal: bool) -> None:  # noqa: FBT001 - parametrized
    """A call that will not be cancelled is left behind, and what it prints reaches nobody."""
    async with spawned(folder, *GRPC, program=STUBBORN) as child, GrpcHost.connected(child.path) as host:
        waiting = host.channel.unary_unary("/test.Stubborn/Wait")(b"")
        await host.ping()  # behind the call, so it is there too
        if by_signal:
            child.process.terminate()
        else:
            await host.shut_down()
        ended = await child.end()
        waiting.cancel()

    in_order(ended, child.line)
    messages = [controller_reads(line)["@message"] for line in ended.stderr.splitlines(keepends=True)]
    assert "stubborn" in messages


@pytest.mark.parametrize("connects", [True, False])
async def test_sigterm_is_an_end_in_order(folder: Path, connects: bool) -> None:  # noqa: FBT001 - parametrized
    async with spawned(folder, *GRPC) as child:
        if connects:
            async with GrpcHost.connected(child.path):
                child.process.terminate()
                ended = await child.end()
        else:
            child.process.terminate()
            ended = await child.end()

    in_order(ended, child.line)


async def test_the_socket_is_where_and_whose_the_host_wants_it(folder: Path) -> None:
    wanted = folder / "sockets"
    wanted.mkdir()
    group = grp.getgrgid(os.getgid()).gr_name
    env = environment(folder, {"PLUGIN_UNIX_SOCKET_DIR": str(wanted), "PLUGIN_UNIX_SOCKET_GROUP": group})

    async with spawned(folder, *GRPC, env=env) as child:
        about = child.path.stat()
        child.process.terminate()
        ended = await child.end()

    assert child.path.parent == wanted
    assert (stat.S_IMODE(about.st_mode), about.st_gid) == (0o660, os.getgid())
    in_order(ended, child.line)


@pytest.mark.parametrize(
    ("wish", "advice"),
    [
        ({"PLUGIN_CLIENT_CERT": "-----BEGIN CERTIFICATE-----"}, "Turn AutoMTLS off in the host."),
        ({"PLUGIN_MULTIPLEX_GRPC": "true"}, "Turn GRPCBrokerMultiplex off in the host."),
    ],
)
async def test_what_a_host_asks_in_vain_is_told_with_what_to_change(
    folder: Path, wish: dict[str, str], advice: str
) -> None:
    """Before anything listens: a host that was told later would only see its own error."""
    ended = await run(folder, *GRPC, env=environment(folder, wish))

    assert (ended.status, ended.stdout) == (1, b"")
    assert ended.stderr.decode().strip().endswith(advice)
    assert len(ended.stderr.splitlines()) == 1


async def test_a_host_that_names_multiplexing_without_wanting_it_reads_that_there_is_none(
    folder: Path,
) -> None:
    env = environment(folder, {"PLUGIN_MULTIPLEX_GRPC": "false"})

    async with spawned(folder, *GRPC, env=env) as child:
        child.process.terminate()
        ended = await child.end()

    assert child.line.endswith(b"|grpc||false\n")
    assert ended.status == 0


async def test_a_launch_that_cannot_succeed_says_why_and_what_to_do(folder: Path) -> None:
    env = environment(folder, {"PLUGIN_UNIX_SOCKET_DIR": str(folder / "missing")})

    ended = await run(folder, *GRPC, env=env)

    assert (ended.status, ended.stdout) == (1, b"")
    told = ended.stderr.splitlines()[-1]  # behind what the gRPC library has to say of the cause
    assert told.startswith(
        b"[ERROR] rollouts-router cannot start: no socket can be made: gRPC cannot listen at "
    )
    assert b"Set PLUGIN_UNIX_SOCKET_DIR to a writable folder" in told
    assert b"Traceback" not in ended.stderr


async def test_a_protocol_that_does_not_exist_is_a_usage_error(folder: Path) -> None:
    ended = await run(folder, "--protocol=http")

    assert (ended.status, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(
        b'invalid value "http" for flag -protocol: must be netrpc or grpc\nUsage of '
    )
