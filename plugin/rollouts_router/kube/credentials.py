"""Finding and loading credentials: kubeconfig, else service account, in the order of client-go.

What is loaded is a plain value with a TLS context; no HTTP happens here. Everything that blocks runs in a thread.
Source: `k8s.io/client-go/tools/clientcmd` (DeferredLoadingClientConfig) and `rest.InClusterConfig`.
"""

import asyncio
import base64
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec import structs

from rollouts_router.kube import exec_plugin, kubeconfig, lean
from rollouts_router.kube.errors import CredentialsError
from rollouts_router.kube.kubeconfig import Cluster, Selection, User
from rollouts_router.kube.proxies import proxy_for
from rollouts_router.kube.sources import Sources
from rollouts_router.kube.throttle import Clock

TOKEN_CHECK_PERIOD: Final = 10.0
"""Seconds between looks at a service account's token; the loader itself reads the file once a minute at most."""

_logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Credentials:
    """How to reach a server and what to show it; an empty text means none."""

    base_url: str
    tls: ssl.SSLContext | None
    tls_server_name: str
    proxy: str
    configuration: lean.Configuration = field(repr=False)
    clock: Clock
    checked: float

    async def authorization(self) -> str:
        """The Authorization header of the next request. A rotated service account token is picked up."""
        hook = self.configuration.refresh_api_key_hook
        now = self.clock()
        if hook is not None and now - self.checked >= TOKEN_CHECK_PERIOD:
            self.checked = now
            await asyncio.to_thread(self._refresh, hook)
        # Files usually end in a newline, which the library keeps and no header may have.
        return self.configuration.api_key.get("BearerToken", "").strip()

    def _refresh(self, hook: Callable[[lean.Configuration], None]) -> None:
        try:
            hook(self.configuration)
        except (OSError, ValueError, lean.load().config_exception) as error:
            # As client-go: the old token stays until the server refuses it.
            _logger.debug("the service account token cannot be read again: %s", error)


async def load(sources: Sources, *, clock: Clock) -> Credentials:
    """Load what the first place that has any says. Raises CredentialsError, naming every place that was tried."""
    paths, tried = sources.kubeconfigs()
    found = await asyncio.to_thread(_existing, paths)
    selection = await asyncio.to_thread(kubeconfig.select, found, sources.context)
    if selection is not None:
        selection = await _with_plugin(selection, sources)
        return await asyncio.to_thread(_from_kubeconfig, selection, sources, clock)
    why = "no current context" if found else "no such file"
    places = [f"{tried} ({why})" if paths else tried]
    return await asyncio.to_thread(_from_service_account, sources, clock, places)


def _existing(paths: list[Path]) -> list[Path]:
    return [path for path in paths if path.exists()]


async def _with_plugin(selection: Selection, sources: Sources) -> Selection:
    """Refuse what we cannot do, and replace an exec entry by what the plugin hands out."""
    user = selection.user
    _refuse(user)
    if user.exec is None:
        return selection
    credential = await exec_plugin.run(user.exec, sources.environment)
    changed = structs.replace(
        user,
        exec=None,
        token=credential.token,
        client_certificate_data=_encoded(credential.client_certificate_data) or user.client_certificate_data,
        client_key_data=_encoded(credential.client_key_data) or user.client_key_data,
    )
    return structs.replace(selection, user=changed)


def _refuse(user: User) -> None:
    if user.impersonate:
        # Ignoring it would act with more rights than were meant.
        raise CredentialsError(f'the kubeconfig user acts as "{user.impersonate}": not supported')
    provider = user.auth_provider.name if user.auth_provider else "oidc"
    if provider != "oidc":
        raise CredentialsError(f'kubeconfig auth-provider "{provider}" is not supported; use an exec plugin')


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _from_kubeconfig(selection: Selection, sources: Sources, clock: Clock) -> Credentials:
    library = lean.load()
    configuration = library.configuration()
    # The key is in a file, which nobody else may read, for as long as it takes to load it.
    with TemporaryDirectory() as folder:
        try:
            loader = library.kube_config_loader(_one_context(selection, Path(folder)), config_base_path="")
            asyncio.run(loader.load_and_set(configuration))  # in this thread: it reads files
        except (library.config_exception, *_MALFORMED) as error:
            raise CredentialsError(f"kubeconfig: {error}") from error
        return _credentials(configuration, sources, clock)


_MALFORMED: Final = (OSError, ValueError, TypeError, AttributeError)
"""What the library raises besides its own exception for input that it did not expect."""


def _one_context(selection: Selection, folder: Path) -> dict[str, object]:
    """The selection as a kubeconfig of one context, with files in place of inline data.

    The library would write inline data to files that stay until the process ends.
    """
    cluster, user = _filed_cluster(selection.cluster, folder), _filed_user(selection.user, folder)
    return {
        "current-context": "it",
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "clusters": [{"name": "it", "cluster": msgspec.to_builtins(cluster)}],
        "users": [{"name": "it", "user": msgspec.to_builtins(_without_refresh(user))}],
    }


def _filed_cluster(cluster: Cluster, folder: Path) -> Cluster:
    data = cluster.certificate_authority_data
    path = _filed(folder / "ca.crt", data) or cluster.certificate_authority
    return structs.replace(cluster, certificate_authority=path, certificate_authority_data="")


def _filed_user(user: User, folder: Path) -> User:
    return structs.replace(
        user,
        client_certificate=_filed(folder / "client.crt", user.client_certificate_data)
        or user.client_certificate,
        client_certificate_data="",
        client_key=_filed(folder / "client.key", user.client_key_data) or user.client_key,
        client_key_data="",
    )


def _filed(path: Path, data: str) -> str:
    if not data:
        return ""
    path.touch(mode=0o600)
    path.write_bytes(base64.b64decode("".join(data.split()), validate=True))  # YAML may have folded it
    return str(path)


def _without_refresh(user: User) -> User:
    """The library refreshes OIDC tokens without verifying the provider's certificate: it must not."""
    provider = user.auth_provider
    if provider is None or not provider.config:
        return user
    kept = {key: value for key, value in provider.config.items() if key != "refresh-token"}
    return structs.replace(user, auth_provider=structs.replace(provider, config=kept))


def _from_service_account(sources: Sources, clock: Clock, tried: list[str]) -> Credentials:
    library = lean.load()
    configuration = library.configuration()
    folder = sources.service_account
    loader = library.in_cluster_loader(
        token_filename=str(folder / "token"),
        cert_filename=str(folder / "ca.crt"),
        environ=sources.environment,
    )
    try:
        loader.load_and_set(configuration)
    except (library.config_exception, *_MALFORMED) as error:
        places = ", ".join([*tried, f"KUBERNETES_SERVICE_HOST and {folder} ({error})"])
        raise CredentialsError(f"no Kubernetes credentials found; tried {places}") from error
    return _credentials(configuration, sources, clock)


def _credentials(configuration: lean.Configuration, sources: Sources, clock: Clock) -> Credentials:
    base_url = configuration.host
    scheme = urlsplit(base_url).scheme
    if scheme not in {"http", "https"}:
        raise CredentialsError(f'the server "{base_url}" must begin with https:// or http://')
    proxy = configuration.proxy or proxy_for(base_url, sources.environment)
    if proxy and urlsplit(proxy).scheme not in {"http", "https"}:
        raise CredentialsError("only http:// and https:// proxies are supported")
    return Credentials(
        base_url=base_url,
        tls=_tls(configuration) if scheme == "https" else None,
        tls_server_name=configuration.tls_server_name or "",
        proxy=proxy,
        configuration=configuration,
        clock=clock,
        checked=clock(),
    )


def _tls(configuration: lean.Configuration) -> ssl.SSLContext:
    if configuration.verify_ssl:
        context = _verifying(configuration.ssl_ca_cert)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the kubeconfig says insecure-skip-tls-verify
    if configuration.cert_file:
        try:
            # An encrypted key would be asked for at the terminal: the empty password makes that an error.
            context.load_cert_chain(configuration.cert_file, configuration.key_file, password="")
        except OSError as error:
            raise CredentialsError(f"the client certificate or its key cannot be used: {error}") from error
    return context


def _verifying(authorities: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=authorities)
    except OSError as error:
        raise CredentialsError(f"the certificate authority cannot be used: {error}") from error
    # As in Go: newer Pythons refuse authorities without key identifiers, which many clusters have.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
