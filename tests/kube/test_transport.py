"""HTTP and TLS as they happen on a wire."""

import asyncio
import base64
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web
from tests.kube.api_server import ApiServer, Received, json_answer

from rollouts_router.kube import transport
from rollouts_router.kube.client import Client
from rollouts_router.kube.errors import ApiError, NoCredentials, Unavailable, Untrusted
from rollouts_router.kube.resources import Resource

THINGS = Resource("example.io", "v1", "things")


async def _get(client: Client) -> object:
    return await client.get(THINGS, namespace="shop", name="web")


async def test_a_server_that_is_not_there_is_unavailable(
    server: ApiServer, kubeconfig: Callable[..., Path], client_of: Callable[..., Client]
) -> None:
    client = client_of(kubeconfig(server.url))
    await server.stop()
    with pytest.raises(Unavailable, match="cannot be reached") as caught:
        await _get(client)
    assert caught.value.status == 0


@pytest.mark.parametrize(
    "spoken",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
        b"SSH-2.0-OpenSSH_9.0\r\n\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "something else"],
)
async def test_a_connection_that_breaks_off_or_speaks_something_else_is_unavailable(
    spoken: bytes, kubeconfig: Callable[..., Path], client_of: Callable[..., Client]
) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(spoken)
        writer.close()
        await writer.wait_closed()

    listener = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        with pytest.raises(Unavailable, match="cannot be reached"):
            await client_of(kubeconfig(f"http://127.0.0.1:{port}")).patch(
                THINGS, namespace="shop", name="web", operations=[], field_manager="tests"
            )


async def test_an_answer_beyond_the_limit_is_not_read(
    server: ApiServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER", 1000)
    server.answers(json_answer({"long": "x" * 1000}))
    with pytest.raises(Unavailable, match="longer than 1000 bytes"):
        await _get(client)
    assert await _get(client) == {"metadata": {"name": "one"}}


async def test_a_redirect_is_not_followed(server: ApiServer, client: Client) -> None:
    server.answers(web.Response(status=302, headers={"Location": "/elsewhere"}))
    with pytest.raises(ApiError, match="HTTP 302"):
        await _get(client)
    assert len(server.received) == 1


async def test_connections_are_kept_and_used_again(server: ApiServer, client: Client) -> None:
    """Sixteen at once open sixteen connections; the next sixteen open none."""
    together = asyncio.Barrier(16)

    async def note(_: Received) -> web.StreamResponse:
        await together.wait()
        return json_answer({})

    server.otherwise = note
    for _ in range(2):
        await asyncio.gather(*[_get(client) for _ in range(16)])
    assert len({request.peer for request in server.received}) == 16


async def test_the_path_of_the_servers_address_is_kept(
    server: ApiServer, kubeconfig: Callable[..., Path], client_of: Callable[..., Client]
) -> None:
    await _get(client_of(kubeconfig(f"{server.url}/k8s/clusters/c-1/")))
    assert server.received[0].target.startswith("/k8s/clusters/c-1/apis/example.io/")


async def test_the_proxy_of_the_kubeconfig_is_used(
    server: ApiServer, kubeconfig: Callable[..., Path], client_of: Callable[..., Client]
) -> None:
    client = client_of(kubeconfig("http://api.test", cluster={"proxy-url": server.url}))
    assert await _get(client) == {"metadata": {"name": "one"}}
    assert server.received[0].headers["Host"] == "api.test"


def _inline(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


@pytest.mark.parametrize("inline", [True, False], ids=["inline", "file"])
async def test_a_server_the_authority_vouches_for_is_trusted(
    inline: bool,  # noqa: FBT001 - a parameter of the table
    tls_server: ApiServer,
    certificates: Path,
    kubeconfig: Callable[..., Path],
    client_of: Callable[..., Client],
) -> None:
    authority = certificates / "ca.crt"
    cluster = (
        {"certificate-authority-data": _inline(authority)}
        if inline
        else {"certificate-authority": str(authority)}
    )
    client = client_of(kubeconfig(tls_server.url, cluster=cluster))
    assert await _get(client) == {"metadata": {"name": "one"}}


@pytest.mark.parametrize("cluster", [{}, {"certificate-authority": "other.crt"}], ids=["system", "other"])
async def test_a_server_nobody_vouches_for_gets_no_request(
    cluster: dict[str, str],
    tls_server: ApiServer,
    certificates: Path,
    kubeconfig: Callable[..., Path],
    client_of: Callable[..., Client],
) -> None:
    cluster = {key: str(certificates / value) for key, value in cluster.items()}
    with pytest.raises(Untrusted, match=r"not trusted.*; check the certificate authority"):
        await _get(client_of(kubeconfig(tls_server.url, cluster=cluster)))
    assert tls_server.received == []


async def test_a_new_authority_is_picked_up_at_the_next_call(
    tls_server: ApiServer,
    certificates: Path,
    kubeconfig: Callable[..., Path],
    client_of: Callable[..., Client],
) -> None:
    config = kubeconfig(tls_server.url, cluster={"certificate-authority": "ca.pem"})
    authority = config.parent / "ca.pem"
    authority.write_bytes((certificates / "other.crt").read_bytes())
    client = client_of(config)
    with pytest.raises(Untrusted):
        await _get(client)
    authority.write_bytes((certificates / "ca.crt").read_bytes())
    assert await _get(client) == {"metadata": {"name": "one"}}


async def test_a_server_of_another_name_needs_the_name_to_be_said(
    tls_server: ApiServer,
    certificates: Path,
    kubeconfig: Callable[..., Path],
    client_of: Callable[..., Client],
) -> None:
    url = tls_server.url.replace("127.0.0.1", "localhost")
    authority = {"certificate-authority": str(certificates / "ca.crt")}
    with pytest.raises(Untrusted):
        await _get(client_of(kubeconfig(url, cluster=authority)))
    named = {**authority, "tls-server-name": "api.test"}
    assert await _get(client_of(kubeconfig(url, cluster=named))) == {"metadata": {"name": "one"}}


async def test_only_the_kubeconfig_can_say_that_nothing_is_verified(
    tls_server: ApiServer, kubeconfig: Callable[..., Path], client_of: Callable[..., Client]
) -> None:
    client = client_of(kubeconfig(tls_server.url, cluster={"insecure-skip-tls-verify": True}))
    assert await _get(client) == {"metadata": {"name": "one"}}


@pytest.mark.parametrize("inline", [True, False], ids=["inline", "file"])
async def test_a_client_certificate_is_shown(
    inline: bool,  # noqa: FBT001 - a parameter of the table
    certificates: Path,
    kubeconfig: Callable[..., Path],
    client_of: Callable[..., Client],
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificates / "ca.crt"))
    context.load_cert_chain(certificates / "server.crt", certificates / "server.key")
    context.verify_mode = ssl.CERT_REQUIRED
    server = ApiServer()
    await server.start(context)
    files = {"client-certificate": certificates / "client.crt", "client-key": certificates / "client.key"}
    shown = {
        f"{key}-data" if inline else key: _inline(path) if inline else str(path)
        for key, path in files.items()
    }
    authority = {"certificate-authority": str(certificates / "ca.crt")}
    assert await _get(client_of(kubeconfig(server.url, user=shown, cluster=authority))) == {
        "metadata": {"name": "one"}
    }
    with pytest.raises(Unavailable):
        await _get(client_of(kubeconfig(server.url, user={}, cluster=authority, name="other")))
    await server.stop()


async def test_a_locked_key_is_an_error_and_no_question_at_the_terminal(
    certificates: Path, kubeconfig: Callable[..., Path], client_of: Callable[..., Client]
) -> None:
    user = {
        "client-certificate": str(certificates / "client.crt"),
        "client-key": str(certificates / "locked.key"),
    }
    with pytest.raises(NoCredentials, match="client certificate or its key cannot be used"):
        await _get(client_of(kubeconfig("https://127.0.0.1:1", user=user)))
