"""Reads the current context of a kubeconfig file: where the API server is, and who is asking.

What `kind` writes is understood, a client certificate, and what the test bed writes, a token. Programs that fetch
credentials are not.
"""

from __future__ import annotations

import base64
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from e2e.bed.api import Api
from e2e.bed.errors import BedError

if TYPE_CHECKING:
    from e2e.bed.kinds import Object


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A server, and its user by what the file says of him."""

    cluster: Object
    user: Object

    def api(self) -> Api:
        """A client; open it with `async with`."""
        tls = ssl.create_default_context(
            cafile=self.cluster.get("certificate-authority"), cadata=self._authority()
        )
        if self.user.get("client-certificate-data"):
            _take_certificate(tls, self.user)
        return Api(self.cluster["server"], tls=tls, token=self.user.get("token", ""))

    def _authority(self) -> str | None:
        data = self.cluster.get("certificate-authority-data")
        return None if data is None else base64.b64decode(data).decode()


def read(file: Path) -> Access:
    """The current context.

    Raises:
        BedError: The file is not there, or it has no current context with a cluster and a user.
    """
    try:
        config = yaml.safe_load(file.read_text())
        context = _named(config["contexts"], config["current-context"])["context"]
        return Access(
            cluster=_named(config["clusters"], context["cluster"])["cluster"],
            user=_named(config["users"], context["user"])["user"],
        )
    except (OSError, LookupError, TypeError) as error:
        raise BedError(f"{file} is no kubeconfig file with a current context: {error!r}") from error


def _named(entries: list[Object], name: str) -> Object:
    return next((each for each in entries if each["name"] == name), {})


def _take_certificate(tls: ssl.SSLContext, user: Object) -> None:
    """The standard library reads certificates from files alone."""
    with tempfile.TemporaryDirectory(prefix="rollouts-router-") as folder:
        certificate, key = Path(folder, "certificate"), Path(folder, "key")
        certificate.write_bytes(base64.b64decode(user["client-certificate-data"]))
        key.write_bytes(base64.b64decode(user["client-key-data"]))
        tls.load_cert_chain(str(certificate), str(key))
