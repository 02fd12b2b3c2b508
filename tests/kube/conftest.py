"""Fixtures for Kubernetes access: a server, certificates, kubeconfigs, clients."""

import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
import yaml
from tests.kube.api_server import ApiServer
from tests.kube.fakes import FakeTime

from rollouts_router.kube.client import Client
from rollouts_router.kube.connect import connect
from rollouts_router.kube.sources import Sources
from rollouts_router.kube.throttle import Throttle


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    """A server without TLS, listening."""
    server = ApiServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def time() -> FakeTime:
    """The client's clock and sleep."""
    return FakeTime()


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Callable[..., Path]:
    """Writes a kubeconfig of one context."""

    def write(
        url: str,
        *,
        user: Mapping[str, object] | None = None,
        cluster: Mapping[str, object] | None = None,
        name: str = "config",
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        entries = {
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "it", "user": "me"}}],
            "clusters": [{"name": "it", "cluster": {"server": url, **(cluster or {})}}],
            "users": [{"name": "me", "user": {"token": "secret-1"} if user is None else user}],
        }
        path.write_text(yaml.safe_dump(entries))
        return path

    return write


@pytest.fixture
async def client_of(time: FakeTime) -> AsyncIterator[Callable[..., Client]]:
    """Makes clients that connect by a kubeconfig, and closes them."""
    made: list[Client] = []

    def make(config: Path, *, request_timeout: float = 10.0, in_flight: int = 16) -> Client:
        client = Client(
            partial(connect, Sources({"KUBECONFIG": str(config)}), clock=time.clock, user_agent="tests/1"),
            throttle=Throttle(qps=0, burst=0, clock=time.clock, sleep=time.sleep),
            sleep=time.sleep,
            request_timeout=request_timeout,
            in_flight=in_flight,
        )
        made.append(client)
        return client

    yield make
    for client in made:
        await client.aclose()


@pytest.fixture
def client(server: ApiServer, kubeconfig: Callable[..., Path], client_of: Callable[..., Client]) -> Client:
    """A client of the server without TLS."""
    return client_of(kubeconfig(server.url))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority, and a server and a client certificate it signed; other.crt is a stranger's."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command is needed to make certificates")
    folder = tmp_path_factory.mktemp("certificates")
    signer = "-CA ca.crt -CAkey ca.key -CAcreateserial"
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    (folder / "server.ext").write_text("subjectAltName=IP:127.0.0.1,DNS:api.test\n")
    (folder / "client.ext").write_text("extendedKeyUsage=clientAuth\n")
    commands = [
        f"req -x509 {key} -days 2 -subj /CN={n} -keyout {n}.key -out {n}.crt" for n in ("ca", "other")
    ]
    for name in ("server", "client"):
        commands += [
            f"req {key} -subj /CN={name} -keyout {name}.key -out {name}.csr",
            f"x509 -req -in {name}.csr -out {name}.crt -days 2 -extfile {name}.ext {signer}",
        ]
    commands.append("ec -in client.key -aes128 -passout pass:hidden -out locked.key")
    for command in commands:
        subprocess.run([openssl, *command.split()], cwd=folder, check=True, capture_output=True)  # noqa: S603 - our words
    return folder


@pytest.fixture
async def tls_server(certificates: Path) -> AsyncIterator[ApiServer]:
    """A server that the test's authority vouches for; it takes client certificates but does not ask for one."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificates / "ca.crt"))
    context.load_cert_chain(certificates / "server.crt", certificates / "server.key")
    context.verify_mode = ssl.CERT_OPTIONAL
    server = ApiServer()
    await server.start(context)
    yield server
    await server.stop()
