"""The way to a server with TLS, certificates and a token; that without is in test_run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest
from tests.fakes.log import Lines
from tests.fakes.routers import Setup
from tests.transports.standalone.certificates import Issued, authority, client, server

from rollouts_router.client.options import Place
from rollouts_router.client.place import PlaceError, channel_to, metadata_of
from rollouts_router.methods.traffic_router import TrafficRouter
from rollouts_router.v1 import traffic_router_pb2 as v1
from rollouts_router.v1.traffic_router_pb2_grpc import TrafficRouterStub, add_TrafficRouterServicer_to_server


@dataclass
class Guard(grpc.aio.ServerInterceptor):
    """Takes down what callers show."""

    shown: list[dict[str, str | bytes]] = field(default_factory=list)

    async def intercept_service(
        self, continuation: object, handler_call_details: grpc.HandlerCallDetails
    ) -> object:
        """Let everybody in."""
        self.shown.append(dict(handler_call_details.invocation_metadata))
        return await continuation(handler_call_details)


@asynccontextmanager
async def guarded(issued: Issued, clients: Issued | None = None) -> AsyncIterator[tuple[str, Guard]]:
    """A server with this certificate, which wants one of its clients if an authority for them is given."""
    guard = Guard()
    made = grpc.aio.server(interceptors=[guard])
    setup = Setup()
    servicer = TrafficRouter(
        setup.desk, setup.log, version="0.0.0", now=lambda: pytest.fail("nobody watches")
    )
    add_TrafficRouterServicer_to_server(servicer, made)
    credentials = grpc.ssl_server_credentials(
        [(issued.key_pem, issued.pem)],
        root_certificates=clients.pem if clients else None,
        require_client_auth=clients is not None,
    )
    port = made.add_secure_port("127.0.0.1:0", credentials)
    await made.start()
    try:
        yield f"127.0.0.1:{port}", guard
    finally:
        await made.stop(None)


async def info(place: Place) -> v1.GetInfoResponse:
    """Ask the server what it is."""
    async with channel_to(place, Lines()) as channel:
        reply: v1.GetInfoResponse = await TrafficRouterStub(channel).GetInfo(
            v1.GetInfoRequest(), metadata=metadata_of(place), timeout=10
        )
        return reply


async def test_a_server_that_an_authority_vouches_for_gets_certificate_and_token(tmp_path: Path) -> None:
    servers, clients = authority(), authority("clients")
    trusted, _ = servers.write(tmp_path, "ca")
    certificate, key = client(clients).write(tmp_path, "client")
    (tmp_path / "token").write_text("a.b-c\n")
    async with guarded(server(servers), clients) as (address, guard):
        place = Place(
            address=address,
            tls=True,
            authorities=trusted,
            certificate=certificate,
            key=key,
            token=tmp_path / "token",
        )

        assert (await info(place)).version == "0.0.0"
        assert guard.shown[0]["authorization"] == "Bearer a.b-c"


async def test_a_server_that_nobody_trusted_vouches_for_is_not_asked(tmp_path: Path) -> None:
    stranger, _ = authority("stranger").write(tmp_path, "ca")
    async with guarded(server(authority())) as (address, guard):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await info(Place(address=address, tls=True, authorities=stranger))

        assert error.value.code() is grpc.StatusCode.UNAVAILABLE
        assert guard.shown == []


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"one\ntwo", "é".encode(), b"\x00"])
def test_a_file_without_a_token_is_refused_before_anything_is_sent(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)

    with pytest.raises(PlaceError, match="token holds no token"):
        metadata_of(Place(address="127.0.0.1:1", token=tmp_path / "token"))
