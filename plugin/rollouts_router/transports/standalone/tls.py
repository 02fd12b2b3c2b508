"""The server's certificate and, with an authority for clients, mTLS. Renewed files count from the next connection."""

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

import grpc

from rollouts_router.log import Logger

_Fetch: TypeAlias = Callable[[], grpc.ServerCertificateConfiguration]
_State: TypeAlias = tuple[tuple[int, int, int], ...]


class TlsError(Exception):
    """The files cannot be used; the text says which, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """PEM files: the server's certificate with those between it and its authority, its key, the clients' authority.

    Without `client_ca` no client certificate is asked for; with it none but verified ones get in.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None

    def credentials(self, log: Logger) -> grpc.ServerCredentials:
        """What the library takes. Files that change are read again; if they cannot be used the former ones stay.

        Raises:
            TlsError: a file cannot be read, or the library cannot use what it holds.
        """
        renewals = _Renewals(self, log)
        fetch = cast("_Fetch", renewals)  # None is "as before"
        return grpc.dynamic_ssl_server_credentials(
            renewals.first, fetch, require_client_authentication=self.client_ca is not None
        )

    def state(self) -> _State:
        """What changes with the content of the files. Raises TlsError."""
        try:
            stats = [os.stat(path) for path in self._paths()]  # noqa: PTH116 - one way for all three
        except OSError as error:
            raise TlsError(f"{error.filename}: {error.strerror}") from error
        return tuple((stat.st_mtime_ns, stat.st_ino, stat.st_size) for stat in stats)

    def configuration(self) -> grpc.ServerCertificateConfiguration:
        """The files as they are. Raises TlsError."""
        try:
            certificate, key, *authority = [path.read_bytes() for path in self._paths()]
        except OSError as error:
            raise TlsError(f"{error.filename}: {error.strerror}") from error
        self._require_pair()
        return grpc.ssl_server_certificate_configuration(
            [(key, certificate)], root_certificates=authority[0] if authority else None
        )

    def _require_pair(self) -> None:
        """See to it that key and certificates can be read and belong together: the library says so to nobody."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self.certificate, self.key, password=_no_password)
        except (OSError, ValueError) as error:
            raise TlsError(
                f"{self.certificate} and {self.key} are no pair that can be used: {error}"
            ) from error
        try:
            if self.client_ca is not None:
                context.load_verify_locations(self.client_ca)
        except (OSError, ValueError) as error:
            raise TlsError(f"{self.client_ca} holds no certificate that can be used: {error}") from error

    def _paths(self) -> list[Path]:
        return [self.certificate, self.key, *([self.client_ca] if self.client_ca is not None else [])]


class _Renewals:
    """Asked by the library before each handshake, in a thread of its own."""

    def __init__(self, files: TlsFiles, log: Logger) -> None:
        self._files = files
        self._log = log
        self._seen = files.state()
        self.first = files.configuration()

    def __call__(self) -> grpc.ServerCertificateConfiguration | None:
        """New credentials; None when there are none, or none that can be used."""
        try:
            state = self._files.state()
            if state == self._seen:
                return None
            self._seen = state
            fresh = self._files.configuration()
        except TlsError as error:
            self._log.warning("the TLS files changed and cannot be used; the former ones stay", error=error)
            return None
        self._log.info("the TLS files were read again")
        return fresh


def _no_password() -> str:
    """Keep OpenSSL from asking on the terminal."""
    raise ValueError("the key is locked by a password, and may not be")
