"""Kubeconfig files: reading, merging, and picking the current user and cluster. No credential is used here.

Sources: Kubernetes, "Organizing Cluster Access Using kubeconfig Files" (the first file to set a value wins) and
`k8s.io/client-go/tools/clientcmd`. kubernetes_asyncio merges too, but lets the last file's current context win.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import yaml
from msgspec import structs

from rollouts_router.kube.errors import CredentialsError
from rollouts_router.kube.exec_plugin import Exec

MAX_FILE: Final = 4 * 1024 * 1024
"""Bytes of one kubeconfig; those with hundreds of clusters have a few hundred thousand."""


class Cluster(msgspec.Struct, frozen=True, rename="kebab", omit_defaults=True):
    """Where a server is and how it proves itself."""

    server: str = ""
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""


class AuthProvider(msgspec.Struct, frozen=True):
    """The older kind of credential plugin, built into clients."""

    name: str
    config: dict[str, str] | None = None


class User(msgspec.Struct, frozen=True, rename="kebab", omit_defaults=True):
    """How we prove ourselves."""

    token: str = ""
    token_file: str = msgspec.field(default="", name="tokenFile")
    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    username: str = ""
    password: str = ""
    exec: Exec | None = None
    auth_provider: AuthProvider | None = None
    impersonate: str = msgspec.field(default="", name="as")


class Context(msgspec.Struct, frozen=True):
    """A pair of user and cluster, and the namespace that is meant when none is said."""

    cluster: str = ""
    user: str = ""
    namespace: str | None = None


class _Entry(msgspec.Struct, frozen=True):
    name: str
    cluster: Cluster | None = None
    user: User | None = None
    context: Context | None = None


class _File(msgspec.Struct, frozen=True, rename="kebab"):
    clusters: list[_Entry] | None = None
    users: list[_Entry] | None = None
    contexts: list[_Entry] | None = None
    current_context: str | None = None


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """A context's cluster and user, with absolute paths, and its namespace, empty when it names none."""

    cluster: Cluster
    user: User
    namespace: str = ""


_S = TypeVar("_S", bound=msgspec.Struct)


def select(paths: Sequence[Path], wanted: str = "") -> Selection | None:
    """Merge the files and pick what a context names, the current one unless one is wanted; None when there is none.

    Raises CredentialsError for a file that cannot be read or understood, or a context that is not complete.
    It never quotes a file: any line of it may hold a secret.
    """
    files = [_read(path) for path in paths]
    current = wanted or next((file.current_context for file in files if file.current_context), None)
    if not current:
        return None
    context = _find("context", current, (file.contexts for file in files)).context or Context()
    cluster = _find("cluster", context.cluster, (file.clusters for file in files)).cluster or Cluster()
    if not context.user:
        return Selection(cluster=cluster, user=User(), namespace=context.namespace or "")
    user = _find("user", context.user, (file.users for file in files)).user
    return Selection(cluster=cluster, user=user or User(), namespace=context.namespace or "")


def _find(kind: str, name: str, files: Iterable[Sequence[_Entry] | None]) -> _Entry:
    """The first entry of that name wins, whole: entries are not merged field by field."""
    for entries in files:
        for entry in entries or ():
            if entry.name == name:
                return entry
    raise CredentialsError(f'the kubeconfig has no {kind} "{name}"')


def _read(path: Path) -> _File:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE + 1)
    except OSError as error:
        raise CredentialsError(f"kubeconfig {path} cannot be read: {error.strerror}") from error
    if len(text) > MAX_FILE:
        raise CredentialsError(f"kubeconfig {path} is longer than {MAX_FILE} bytes")
    return _absolute(_decode(path, text), path.absolute().parent)


def _decode(path: Path, text: bytes) -> _File:
    try:
        return msgspec.convert(yaml.safe_load(text) or {}, _File)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark is not None else ""
        # Without the cause: its text quotes the line.
        raise CredentialsError(f"kubeconfig {path} is not YAML{line}") from None
    except msgspec.ValidationError as error:
        raise CredentialsError(f"kubeconfig {path}: {error}") from error


def _absolute(file: _File, folder: Path) -> _File:
    """Paths in a kubeconfig are relative to its folder."""
    return structs.replace(
        file,
        clusters=[_cluster_in(folder, entry) for entry in file.clusters or ()],
        users=[_user_in(folder, entry) for entry in file.users or ()],
    )


def _cluster_in(folder: Path, entry: _Entry) -> _Entry:
    return structs.replace(
        entry, cluster=_joined(folder, entry.cluster or Cluster(), "certificate_authority")
    )


def _user_in(folder: Path, entry: _Entry) -> _Entry:
    user = _joined(folder, entry.user or User(), "token_file", "client_certificate", "client_key")
    if user.exec and "/" in user.exec.command:  # a bare command is looked for in PATH
        user = structs.replace(user, exec=_joined(folder, user.exec, "command"))
    return structs.replace(entry, user=user)


def _joined(folder: Path, entry: _S, *fields: str) -> _S:
    paths = {field: str(folder / getattr(entry, field)) for field in fields if getattr(entry, field)}
    return structs.replace(entry, **paths)
