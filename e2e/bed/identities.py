"""Who may talk to the API server: tokens, the bed's one certificate and a kubeconfig file for each identity.

What an identity is allowed to do is not decided here, see `access`.
"""

from __future__ import annotations

import secrets
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from e2e.bed.errors import BedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

OPENSSL_LIMIT = 30.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A user of the API server with its bearer token."""

    name: str
    groups: tuple[str, ...] = ()
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)


def default_identities() -> tuple[Identity, ...]:
    """Everyone whom each bed knows: the one who may do all, the controller, and the plugin without any right."""
    return (
        Identity(name="admin", groups=("system:masters",)),
        Identity(name="rollouts-controller"),
        Identity(name="plugin"),
    )


def write_tokens(path: Path, identities: Iterable[Identity]) -> None:
    """The file for `--token-auth-file`."""
    lines = [f'{who.token},{who.name},{who.name},"{",".join(who.groups)}"\n' for who in identities]
    path.write_text("".join(lines))


def write_kubeconfig(path: Path, who: Identity, *, url: str, authority: Path) -> None:
    """A kubeconfig file by which `who` reaches the API server and verifies its certificate."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "bed", "cluster": {"server": url, "certificate-authority": str(authority)}}],
        "users": [{"name": who.name, "user": {"token": who.token}}],
        "contexts": [{"name": "bed", "context": {"cluster": "bed", "user": who.name}}],
        "current-context": "bed",
    }
    path.write_text(yaml.safe_dump(config))


def write_certificate(certificate: Path, key: Path) -> None:
    """A self-signed certificate for loopback, its own authority; its key also signs service account tokens."""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=bed"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    files = ["-out", str(certificate), "-keyout", str(key)]
    try:
        subprocess.run(
            command + names + files, check=True, capture_output=True, text=True, timeout=OPENSSL_LIMIT
        )
    except FileNotFoundError as error:
        raise BedError("`openssl` makes the bed's certificate and is not on PATH") from error
    except subprocess.CalledProcessError as error:
        raise BedError(f"openssl failed: {error.stderr}") from error
