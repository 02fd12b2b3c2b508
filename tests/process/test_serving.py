"""`rollouts-router serve` as people and clusters run it: what it does, whom it refuses, and that others go on."""

import asyncio
import resource
import signal
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import pytest
from aiohttp import web
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from tests.fakes.manifests import inline, manifest, referred
from tests.kube.api_server import Received, hang
from tests.process.cluster import ALL, READS, ROLLOUT, Cluster, cluster
from tests.process.serving import PATIENCE, Serving, refused, serving
from tests.transports.standalone import certificates
from tests.transports.standalone.certificates import CN, O

from rollouts_router.v1 import traffic_router_pb2 as v1
from rollouts_router.v1.traffic_router_pb2_grpc import TrafficRouterStub

Code = grpc.StatusCode
LOOPBACK = ("--listen", "127.0.0.1:0")
SET = v1.SetWeightRequest(rollout=referred(), weight=20)
THOUSAND = 1000
QUESTIONS = 200  # the answers have megabytes, and a client that does not read makes room for 64 KiB
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"  # and empty SETTINGS


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="rr-") as path:
        yield Path(path)


@asynccontextmanager
async def served(
    folder: Path, *arguments: str, **rights: tuple[str, ...]
) -> AsyncIterator[tuple[Serving, Cluster]]:
    """A server on loopback and its cluster."""
    async with (
        cluster(**rights) as behind,
        serving(folder, *LOOPBACK, *arguments, kubeconfig=behind.kubeconfig(folder)) as server,
    ):
        yield server, behind


def bearer(token: str) -> list[tuple[str, str]]:
    """The metadata of a call."""
    return [("authorization", f"Bearer {token}")]


async def outcome(call: object) -> tuple[Code, str]:
    """How a call ends, with its text."""
    try:
        async with asyncio.timeout(PATIENCE):
            await call  # type: ignore[misc] - whatever a stub returns
    except grpc.aio.AioRpcError as error:
        return error.code(), error.details() or ""
    return Code.OK, ""


async def is_alive(channel: grpc.aio.Channel) -> bool:
    """Whether the server answers."""
    answer = await health_pb2_grpc.HealthStub(channel).Check(
        health_pb2.HealthCheckRequest(), timeout=PATIENCE
    )
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def test_on_a_socket_it_moves_traffic_for_its_user_and_ends_in_order(folder: Path) -> None:
    path = folder / "r.sock"
    async with cluster() as behind:
        where = ("--listen", f"unix://{path}")
        async with serving(folder, *where, kubeconfig=behind.kubeconfig(folder)) as server:
            mode = path.stat().st_mode
            async with server.channel() as channel:
                assert await is_alive(channel)
                reply = await TrafficRouterStub(channel).SetWeight(SET)
            status = await server.ended(signal.SIGTERM)

        assert (reply.outcome.changed, behind.weights) == (1, [80, 20])
        assert behind.reviews == []
        assert (stat.S_ISSOCK(mode), stat.S_IMODE(mode)) == (True, 0o600)
        assert (status, path.exists()) == (0, False)


async def test_ctrl_c_is_an_orderly_end_too_and_streams_are_told(folder: Path) -> None:
    async with served(folder) as (server, _), server.channel() as channel:
        watch = TrafficRouterStub(channel).Watch(v1.WatchRequest(rollout=referred()))
        first = await watch.read()
        ended = await server.ended(signal.SIGINT)

        assert first.total == 1
        assert ended == 0
        assert await outcome(watch.read()) == (Code.UNAVAILABLE, "the server ends; connect again")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--listen", "0.0.0.0:0"],
            "--listen 0.0.0.0:0 is no loopback address: give --tls-cert, --tls-key and one of",
        ),
        (["--listen", "[::]:0", "--token-auth"], "is no loopback address"),
        (["--listen", "unix:///none/s"], "cannot serve: there is no folder /none for the socket"),
        (["--tls-cert", "/none", "--tls-key", "/none"], "cannot serve: /none: No such file"),
    ],
)
async def test_what_is_not_safe_or_not_there_is_a_sentence_and_nobody_listens(
    folder: Path, arguments: list[str], sentence: str
) -> None:
    status, said = await refused(folder, *arguments)

    assert status in {1, 2}
    assert sentence in said
    assert "Traceback" not in said


async def test_tokens_let_in_who_has_one_and_do_what_he_may_do_himself(folder: Path) -> None:
    async with (
        served(folder, "--token-auth", alice=ALL, bob=READS) as (server, behind),
        server.channel() as channel,
    ):
        stub = TrafficRouterStub(channel)
        strangers = [
            await outcome(stub.SetWeight(SET)),
            await outcome(stub.SetWeight(SET, metadata=bearer("garbage"))),
            await outcome(stub.GetInfo(v1.GetInfoRequest())),
        ]
        reader = await outcome(stub.SetWeight(SET, metadata=bearer("token-of-bob")))
        assert behind.weights == [100, 0]
        plan = await stub.Plan(v1.PlanRequest(set_weight=SET), metadata=bearer("token-of-bob"))
        writer = await outcome(stub.SetWeight(SET, metadata=bearer("token-of-alice")))

    assert [code for code, _ in strangers] == [Code.UNAUTHENTICATED] * 3
    assert reader[0] is Code.PERMISSION_DENIED
    assert 'user "bob" may not do this' in reader[1]
    assert "patch httproutes.gateway.networking.k8s.io shop/web" in reader[1]
    assert plan.outcome.changed == 1
    assert writer[0] is Code.OK
    assert behind.weights == [80, 20]
    written = [line for line in server.log if line["@message"] == "patched on behalf of a caller"]
    assert [line["user"] for line in written] == ["alice"]
    assert "token-of" not in str(server.log)


async def test_tokens_over_tls_as_other_machines_send_them(folder: Path) -> None:
    ca = certificates.authority()
    crt, key = certificates.server(ca).write(folder, "server")
    tls = ("--tls-cert", str(crt), "--tls-key", str(key), "--token-auth")
    token = grpc.access_token_call_credentials("token-of-alice")
    credentials = grpc.composite_channel_credentials(grpc.ssl_channel_credentials(ca.pem), token)
    async with served(folder, *tls, alice=ALL) as (server, behind):
        async with server.channel() as plain:
            assert (await outcome(TrafficRouterStub(plain).SetWeight(SET)))[0] is Code.UNAVAILABLE
        async with server.channel(credentials) as channel:
            await TrafficRouterStub(channel).SetWeight(SET)

    assert behind.weights == [80, 20]


async def test_a_manifest_does_not_let_anybody_write_or_speak_for_what_he_may_not(folder: Path) -> None:
    """Neither a route that he may not write, nor a Rollout that he may not even see, whatever the manifest says."""
    forged = v1.SetWeightRequest(rollout=inline(manifest({"httpRoute": "web"}, name="forged")), weight=100)
    rights = {"bob": READS, "eve": ("patch", "list")}
    async with (
        served(folder, "--token-auth", **rights) as (server, behind),
        server.channel() as channel,
    ):
        set_weight = TrafficRouterStub(channel).SetWeight
        writes = await outcome(set_weight(forged, metadata=bearer("token-of-bob")))
        speaks = await outcome(set_weight(forged, metadata=bearer("token-of-eve")))

    assert (writes[0], speaks[0]) == (Code.PERMISSION_DENIED, Code.PERMISSION_DENIED)
    assert "get rollouts.argoproj.io shop/forged" in speaks[1]
    assert behind.weights == [100, 0]


async def test_without_the_cluster_s_word_nobody_comes_in(folder: Path) -> None:
    async with served(folder, "--token-auth", alice=ALL) as (server, behind), server.channel() as channel:
        await behind.server.stop()
        code, text = await outcome(
            TrafficRouterStub(channel).SetWeight(SET, metadata=bearer("token-of-alice"))
        )

        assert (code, text.partition(";")[0]) == (
            Code.UNAVAILABLE,
            "the API server cannot be asked whose token this is",
        )
        assert await is_alive(channel)


async def test_certificates_let_in_who_has_one_and_nobody_else(folder: Path) -> None:
    ca = certificates.authority()
    crt, key = certificates.server(ca).write(folder, "server")
    ca_file, _ = ca.write(folder, "ca")
    tls = ("--tls-cert", str(crt), "--tls-key", str(key), "--client-ca", str(ca_file))

    def showing(*attributes: tuple[object, str]) -> grpc.ChannelCredentials:
        mine = certificates.client(ca, *attributes)  # type: ignore[arg-type] - object identifiers
        return grpc.ssl_channel_credentials(ca.pem, mine.key_pem, mine.pem)

    shown = {
        "none": grpc.ssl_channel_credentials(ca.pem),
        "plain text": None,
        "two names": showing((CN, "alice"), (CN, "bob")),
        "bob": showing((CN, "bob")),
        "alice": showing((CN, "alice"), (O, "devs")),
    }
    codes = {}
    async with served(folder, *tls, alice=ALL, bob=READS) as (server, behind):
        for name, credentials in shown.items():
            async with server.channel(credentials) as channel:
                codes[name] = (await outcome(TrafficRouterStub(channel).SetWeight(SET)))[0]

    assert codes == {
        "none": Code.UNAVAILABLE,
        "plain text": Code.UNAVAILABLE,
        "two names": Code.UNAUTHENTICATED,
        "bob": Code.PERMISSION_DENIED,
        "alice": Code.OK,
    }
    assert behind.reviews[-1]["spec"]["user"] == "alice"
    assert behind.reviews[-1]["spec"]["groups"] == ["devs", "system:authenticated"]


async def test_a_large_rollout_passes_and_an_oversized_message_does_not(folder: Path) -> None:
    large = manifest({"httpRoute": "web"})
    large["spec"]["template"] = {"annotation": "x" * (1 << 20)}
    huge = manifest({"httpRoute": "x" * (5 << 20)})
    async with (
        served(folder) as (server, behind),
        server.channel(None, ("grpc.max_send_message_length", -1)) as channel,
    ):
        stub = TrafficRouterStub(channel)
        passed = await stub.SetWeight(v1.SetWeightRequest(rollout=inline(large), weight=20))
        code, text = await outcome(stub.SetWeight(v1.SetWeightRequest(rollout=inline(huge), weight=99)))

        assert passed.outcome.changed == 1
        assert code is Code.RESOURCE_EXHAUSTED
        assert "larger than max" in text
        assert behind.weights == [80, 20]
        assert await is_alive(channel)


async def test_a_client_that_never_reads_is_let_go_and_others_go_on(folder: Path) -> None:
    """It asks for the schema again and again, and takes none of the answers. If it ever reads on it learns why."""
    async with (
        served(folder, "--patience", "0.5", "--log-level", "debug") as (server, _),
        server.channel(None, ("grpc.http2.bdp_probe", 0)) as slow,
        server.channel() as other,
    ):
        question = reflection_pb2.ServerReflectionRequest(
            file_containing_symbol="rollouts_router.v1.TrafficRouter"
        )
        stream = reflection_pb2_grpc.ServerReflectionStub(slow).ServerReflectionInfo()
        for _ in range(QUESTIONS):
            await stream.write(question)
        assert await is_alive(other)
        await server.says(code="DEADLINE_EXCEEDED", reason="the client did not read for 0.5 s")
        assert await is_alive(other)
        end = await outcome(_read_out(stream))

    assert end == (Code.DEADLINE_EXCEEDED, "the client did not read for 0.5 s")


async def _read_out(stream: Any) -> None:
    while await stream.read() is not grpc.aio.EOF:
        pass


async def test_a_thousand_connections_are_too_many_and_those_who_are_there_go_on(folder: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8 * THOUSAND), hard))
    async with served(folder) as (server, _), AsyncExitStack() as stack:
        early = await stack.enter_async_context(server.channel())
        assert await is_alive(early)
        crowd = await _crowd(server.where)
        closed = [writer for reader, writer in crowd if await _is_closed(reader)]
        late = await stack.enter_async_context(server.channel())
        refusal = await outcome(health_pb2_grpc.HealthStub(late).Check(health_pb2.HealthCheckRequest()))
        assert await is_alive(early)
        memory = server.peak_memory()

        for _, writer in crowd:
            writer.close()
        check = health_pb2_grpc.HealthStub(late).Check(
            health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=PATIENCE
        )
        assert (await check).status == health_pb2.HealthCheckResponse.SERVING
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert len(crowd) == THOUSAND
    assert len(closed) == THOUSAND - 255  # 256 in all, one of them the early client's
    assert refusal[0] is Code.UNAVAILABLE
    assert memory < 300 << 20


async def _crowd(where: str) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A thousand clients that begin as every client does, and then say nothing."""
    host, _, port = where.rpartition(":")
    crowd = []
    for _ in range(THOUSAND):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(PREFACE)
        crowd.append((reader, writer))
    return crowd


async def _is_closed(reader: asyncio.StreamReader) -> bool:
    """Whether nothing came but the end: who stays is sent the server's settings first."""
    async with asyncio.timeout(PATIENCE):
        try:
            return await reader.read(9) == b""
        except ConnectionError:
            return True


async def test_metrics_are_published_when_they_are_asked_for(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{free.getsockname()[1]}"
    async with served(folder, "--metrics-listen", where) as (server, _), server.channel() as channel:
        await TrafficRouterStub(channel).SetWeight(SET)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://{where}/metrics") as answer:
                page = await answer.text()
            async with session.get(f"http://{where}/readyz") as answer:
                ready = answer.status

    assert ready == 200
    for line in (
        'rollouts_router_calls_total{code="OK",method="/rollouts_router.v1.TrafficRouter/SetWeight"} 1.0',
        'rollouts_router_patches_total{resource="httproutes",result="applied"} 1.0',
        'rollouts_router_weight{backend="canary",namespace="shop",rollout="web"} 20.0',
        'rollouts_router_weight{backend="stable",namespace="shop",rollout="web"} 80.0',
    ):
        assert line in page


async def test_a_warning_says_that_loopback_is_for_everybody_on_the_machine(folder: Path) -> None:
    async with served(folder) as (server, _), server.channel() as channel:
        assert await is_alive(channel)
        await server.ended(signal.SIGTERM)

        assert [
            line["@level"] for line in server.log if "every user of this machine" in line["@message"]
        ] == ["warn"]


async def test_a_second_signal_ends_it_at_once(folder: Path) -> None:
    """While a call waits for a cluster that does not answer."""
    async with served(folder) as (server, behind), server.channel() as channel:
        asked = asyncio.Event()

        async def never(request: Received) -> web.StreamResponse:
            if request.target.startswith(ROLLOUT):
                asked.set()
            return await hang(request)

        behind.server.otherwise = never
        call = TrafficRouterStub(channel).SetWeight(SET)
        async with asyncio.TaskGroup() as tasks:
            ending = tasks.create_task(outcome(call))
            async with asyncio.timeout(PATIENCE):
                await asked.wait()
            server.process.send_signal(signal.SIGTERM)
            await server.says(**{"@message": "the server ends"})
            assert server.process.returncode is None
            status = await server.ended(signal.SIGTERM)

    assert status == 1
    assert ending.result()[0] in {Code.UNAVAILABLE, Code.CANCELLED}
