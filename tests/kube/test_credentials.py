"""Which credentials are found, and what becomes of them."""

import asyncio
import base64
import json
import logging
import ssl
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.kube.fakes import FakeTime

from rollouts_router.kube import credentials
from rollouts_router.kube.credentials import TOKEN_CHECK_PERIOD, Credentials
from rollouts_router.kube.errors import CredentialsError
from rollouts_router.kube.sources import Sources

URL = "http://127.0.0.1:1"
POD = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}


async def _load(environment: dict[str, str], root: Path = Path("/nowhere")) -> Credentials:
    return await credentials.load(Sources(environment, root), clock=FakeTime().clock)


async def _of(config: Path, **environment: str) -> Credentials:
    return await _load({"KUBECONFIG": str(config), **environment})


@pytest.fixture
def service_account(tmp_path: Path, certificates: Path) -> Path:
    """The root of a pod's file system; the folder of the service account is below it."""
    root = tmp_path / "root"
    folder = Sources({}, root).service_account
    folder.mkdir(parents=True)
    (folder / "token").write_text("pod-1\n")
    (folder / "ca.crt").write_bytes((certificates / "ca.crt").read_bytes())
    return root


@pytest.mark.parametrize(
    ("user", "header"),
    [
        ({"token": "abc"}, "Bearer abc"),
        ({"username": "me", "password": "pw"}, "Basic " + base64.b64encode(b"me:pw").decode()),
        ({}, ""),
        ({"client-certificate": "/not/read/without/tls"}, ""),
    ],
)
async def test_a_user_shows_what_the_kubeconfig_gives_it(
    user: dict[str, str], header: str, kubeconfig: Callable[..., Path]
) -> None:
    loaded = await _of(kubeconfig(URL + "/", user=user))
    assert await loaded.authorization() == header
    assert loaded.base_url == URL
    assert loaded.tls is None


async def test_the_newline_at_the_end_of_a_token_file_is_not_part_of_the_token(
    kubeconfig: Callable[..., Path],
) -> None:
    config = kubeconfig(URL, user={"tokenFile": "token"})
    (config.parent / "token").write_text("abc\n")
    assert await (await _of(config)).authorization() == "Bearer abc"


async def test_a_plugin_is_run_for_its_token(kubeconfig: Callable[..., Path]) -> None:
    config = kubeconfig(URL, user={"exec": {"command": "./plugin", "apiVersion": "v1"}})
    plugin = config.parent / "plugin"
    plugin.write_text('#!/bin/sh\necho \'{"apiVersion": "v1", "status": {"token": "fresh"}}\'\n')
    plugin.chmod(0o700)
    assert await (await _of(config)).authorization() == "Bearer fresh"


async def test_a_plugin_is_run_for_its_certificate(
    kubeconfig: Callable[..., Path], certificates: Path
) -> None:
    answer = {
        "apiVersion": "v1",
        "status": {
            "clientCertificateData": (certificates / "client.crt").read_text(),
            "clientKeyData": (certificates / "client.key").read_text(),
        },
    }
    entry = {"command": "printf", "args": ["%s", json.dumps(answer)], "apiVersion": "v1"}
    loaded = await _of(kubeconfig("https://127.0.0.1:1", user={"exec": entry}), PATH="/usr/bin:/bin")
    assert loaded.tls is not None
    assert await loaded.authorization() == ""


async def test_a_pod_uses_its_service_account(service_account: Path) -> None:
    loaded = await _load(POD, service_account)
    assert loaded.base_url == "https://10.96.0.1:443"
    assert await loaded.authorization() == "Bearer pod-1"
    assert loaded.tls is not None
    assert loaded.tls.verify_mode is ssl.CERT_REQUIRED
    assert loaded.tls.check_hostname
    assert len(loaded.tls.get_ca_certs()) == 1


async def test_a_kubeconfig_comes_before_the_service_account(
    service_account: Path, kubeconfig: Callable[..., Path]
) -> None:
    in_home = kubeconfig(URL, name="home/.kube/config")
    home = {"HOME": str(in_home.parent.parent), **POD}
    assert (await _load(home, service_account)).base_url == URL
    missing = {"KUBECONFIG": "/no/such/file", **home}
    assert (await _load(missing, service_account)).base_url == "https://10.96.0.1:443"


async def test_a_kubeconfig_without_a_current_context_is_passed_over(
    service_account: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").write_text("current-context: ''\n")
    loaded = await _load({"KUBECONFIG": str(tmp_path / "empty"), **POD}, service_account)
    assert loaded.base_url == "https://10.96.0.1:443"


async def test_a_rotated_token_is_picked_up(service_account: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "kubernetes_asyncio.config.incluster_config.TOKEN_REFRESH_PERIOD", timedelta(seconds=-1)
    )
    time = FakeTime()
    sources = Sources(POD, service_account)
    loaded = await credentials.load(sources, clock=time.clock)
    (sources.service_account / "token").write_text("pod-2\n")
    assert await loaded.authorization() == "Bearer pod-1"
    time.now += TOKEN_CHECK_PERIOD
    assert await loaded.authorization() == "Bearer pod-2"


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("")], ids=["gone", "empty"])
async def test_a_token_that_cannot_be_read_again_stays_in_use(
    spoil: Callable[[Path], object],
    service_account: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(
        "kubernetes_asyncio.config.incluster_config.TOKEN_REFRESH_PERIOD", timedelta(seconds=-1)
    )
    time = FakeTime()
    sources = Sources(POD, service_account)
    loaded = await credentials.load(sources, clock=time.clock)
    spoil(sources.service_account / "token")
    time.now += TOKEN_CHECK_PERIOD
    with caplog.at_level(logging.DEBUG, "rollouts_router.kube.credentials"):
        assert await loaded.authorization() == "Bearer pod-1"
    assert "cannot be read again" in caplog.text


async def test_finding_nothing_names_every_place(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError) as caught:
        await _load({"HOME": str(tmp_path)}, tmp_path)
    text = str(caught.value)
    assert text.startswith("no Kubernetes credentials found; tried KUBECONFIG (not set), ")
    assert f"{tmp_path}/.kube/config (no such file)" in text
    assert f"KUBERNETES_SERVICE_HOST and {tmp_path}/var/run/secrets" in text
    with pytest.raises(CredentialsError, match=r"KUBECONFIG and HOME \(not set\), KUBERNETES_SERVICE_HOST"):
        await _load({})
    with pytest.raises(CredentialsError, match=r"KUBECONFIG=/a:/b \(no such file\)"):
        await _load({"KUBECONFIG": "/a:/b"})


def _token(expires: int) -> str:
    part = base64.urlsafe_b64encode(json.dumps({"exp": expires}).encode()).decode().rstrip("=")
    return f"h.{part}.s"


async def test_an_oidc_token_is_used_while_it_lasts(kubeconfig: Callable[..., Path]) -> None:
    token = _token(4_000_000_000)
    user = {"auth-provider": {"name": "oidc", "config": {"id-token": token}}}
    assert await (await _of(kubeconfig(URL, user=user))).authorization() == f"Bearer {token}"


@pytest.mark.parametrize(
    ("user", "text"),
    [
        (
            {"auth-provider": {"name": "oidc", "config": {"id-token": _token(1), "refresh-token": "secret"}}},
            "cannot refresh",
        ),
        ({"auth-provider": {"name": "oidc", "config": {"id-token": "no jwt"}}}, "JWT"),
        ({"auth-provider": {"name": "oidc"}}, "Expected key config"),
        ({"auth-provider": {"name": "gcp"}}, 'auth-provider "gcp" is not supported; use an exec plugin'),
        ({"token": "t", "as": "admin"}, 'acts as "admin": not supported'),
        ({"tokenFile": "/no/such/token"}, "No such file"),
    ],
)
async def test_what_cannot_be_done_safely_is_refused(
    user: dict[str, object], text: str, kubeconfig: Callable[..., Path]
) -> None:
    with pytest.raises(CredentialsError, match=text) as caught:
        await _of(kubeconfig(URL, user=user))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "cluster", "text"),
    [
        ("127.0.0.1:6443", {}, 'the server "127.0.0.1:6443" must begin with https:// or http://'),
        (URL, {"proxy-url": "socks5://me:secret@proxy"}, "only http:// and https:// proxies"),
        ("https://a", {"certificate-authority": "/no/such/ca"}, "/no/such/ca"),
        ("https://a", {"certificate-authority-data": "!"}, "kubeconfig: .*base64"),
        ("https://a", {"certificate-authority-data": "eHg="}, "certificate authority cannot be used"),
    ],
)
async def test_a_cluster_that_cannot_be_used_is_named(
    url: str, cluster: dict[str, str], text: str, kubeconfig: Callable[..., Path]
) -> None:
    with pytest.raises(CredentialsError, match=text) as caught:
        await _of(kubeconfig(url, cluster=cluster))
    assert "secret" not in str(caught.value)


async def test_the_proxy_of_the_environment_is_used_where_the_cluster_names_none(
    kubeconfig: Callable[..., Path],
) -> None:
    config = kubeconfig("http://api.test")
    assert (await _of(config, HTTP_PROXY="http://proxy:1")).proxy == "http://proxy:1"
    assert (await _of(config, HTTP_PROXY="http://proxy:1", NO_PROXY="api.test")).proxy == ""
    own = kubeconfig("http://api.test", cluster={"proxy-url": "http://own:2"})
    assert (await _of(own, HTTP_PROXY="http://proxy:1")).proxy == "http://own:2"


async def test_no_key_is_left_behind_in_any_file(
    kubeconfig: Callable[..., Path], certificates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    data = {
        f"client-{kind}-data": base64.b64encode((certificates / f"client.{end}").read_bytes()).decode()
        for kind, end in (("certificate", "crt"), ("key", "key"))
    }
    config = kubeconfig("https://127.0.0.1:1", user=data)
    for _ in range(2):  # the library remembers files by their content
        assert (await _of(config)).tls is not None
    assert list(scratch.iterdir()) == []


def test_key_material_is_readable_for_its_owner_only(tmp_path: Path) -> None:
    path = Path(credentials._filed(tmp_path / "key", base64.b64encode(b"k").decode()))
    assert path.read_bytes() == b"k"
    assert path.stat().st_mode & 0o777 == 0o600


async def test_no_text_made_of_credentials_shows_the_token(kubeconfig: Callable[..., Path]) -> None:
    assert "secret" not in repr(await _of(kubeconfig(URL)))


async def test_loading_does_not_stop_the_event_loop(kubeconfig: Callable[..., Path]) -> None:
    """Loading suspends: another task gets its turn before the files are read."""
    turns: list[str] = []

    async def load() -> None:
        await _of(kubeconfig(URL))
        turns.append("loaded")

    async def other() -> None:
        turns.append("other")
        await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load())
        tasks.create_task(other())
    assert turns == ["other", "loaded"]
