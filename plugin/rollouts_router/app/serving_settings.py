"""What `rollouts-router serve` was told, as one frozen value; whatever does not go together is refused here.

Nothing is opened or read here, so a command line can be judged anywhere.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from rollouts_router.settings import LogFormat, LogLevel, namespaces
from rollouts_router.transports.standalone.endpoint import Endpoint, endpoint
from rollouts_router.transports.standalone.limits import ServingLimits
from rollouts_router.transports.standalone.tls import TlsFiles

DEFAULT_LISTEN: Final = "127.0.0.1:50051"
DRAIN_SECONDS: Final = 10.0

_MOST: Final = 10_000
"""Of whatever is counted; more than one process of this sort can make use of."""

_LONGEST: Final = 3600.0

_EPILOG: Final = """\
Credentials for the cluster are found as kubectl finds them: KUBECONFIG, ~/.kube/config, or the ServiceAccount of the
pod. On a loopback address or a unix socket whoever can connect may do what these credentials may. Any other address
needs TLS and a way to tell who calls: then a call does nothing that the cluster would not let its caller do himself.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingSettings:
    """Everything that can be chosen; consistent, as `parse` makes it.

    Attributes:
        listen: Where calls are taken.
        tls: The files for TLS, None for plain text.
        token_auth: Whether every call needs a token of the cluster.
        token_audience: Whom tokens have to be issued for, empty for the API server.
        reflection: Whether clients may ask for the schema.
        limits: How much of everything.
        drain: Seconds for running calls at the end.
        metrics: Where metrics are published, None for nowhere.
        allowed_namespaces: Whose routes may be written; none means all.
        log_format: How log lines look.
        log_level: The least level that is logged.
    """

    listen: Endpoint
    tls: TlsFiles | None = None
    token_auth: bool = False
    token_audience: str = ""
    reflection: bool = True
    limits: ServingLimits = field(default_factory=ServingLimits)
    drain: float = DRAIN_SECONDS
    metrics: Endpoint | None = None
    allowed_namespaces: frozenset[str] = frozenset()
    log_format: LogFormat = LogFormat.TEXT
    log_level: LogLevel = LogLevel.INFO

    @property
    def knows_callers(self) -> bool:
        """Whether it is known who calls, so that his rights can be asked for."""
        return self.token_auth or (self.tls is not None and self.tls.client_ca is not None)


class _Given(argparse.Namespace):
    """The flags as argparse reads them."""

    listen: Endpoint
    tls_cert: Path | None
    tls_key: Path | None
    client_ca: Path | None
    token_auth: bool
    token_audience: str
    reflection: bool
    max_calls: int
    max_streams: int
    max_connections: int
    drain: float
    patience: float
    metrics_listen: Endpoint | None
    allowed_namespaces: frozenset[str]
    log_format: str
    log_level: str


def parse(arguments: Sequence[str]) -> ServingSettings:
    """Read the arguments after `serve`.

    Raises:
        SystemExit: they cannot be used (2, with a sentence on stderr), or help was asked for (0).
    """
    parser = _parser()
    given = parser.parse_args(arguments, _Given())
    _require_consistency(given, parser)
    tls = None
    if given.tls_cert is not None and given.tls_key is not None:
        tls = TlsFiles(certificate=given.tls_cert, key=given.tls_key, client_ca=given.client_ca)
    return ServingSettings(
        listen=given.listen,
        tls=tls,
        token_auth=given.token_auth,
        token_audience=given.token_audience,
        reflection=given.reflection,
        limits=ServingLimits(
            calls=given.max_calls,
            watches=given.max_streams,
            connections=given.max_connections,
            request=given.patience,
            write=given.patience,
        ),
        drain=given.drain,
        metrics=given.metrics_listen,
        allowed_namespaces=given.allowed_namespaces,
        log_format=LogFormat(given.log_format),
        log_level=LogLevel(given.log_level),
    )


def _require_consistency(given: _Given, parser: argparse.ArgumentParser) -> None:
    rules = {
        "--tls-cert and --tls-key go together": (given.tls_cert is None) != (given.tls_key is None),
        "--client-ca needs --tls-cert and --tls-key": given.client_ca is not None and given.tls_cert is None,
        "--client-ca and --token-auth: choose the one by which callers are to be known": (
            given.client_ca is not None and given.token_auth
        ),
        "--token-audience needs --token-auth": bool(given.token_audience) and not given.token_auth,
        "a unix socket takes no TLS: leave --tls-cert out, or listen at an address": (
            bool(given.listen.path) and given.tls_cert is not None
        ),
        "--metrics-listen takes an address, host:port": (
            given.metrics_listen is not None and bool(given.metrics_listen.path)
        ),
        f"--listen {given.listen} is no loopback address: give --tls-cert, --tls-key and one of --client-ca, --token-auth": (
            not given.listen.is_private
            and (given.tls_cert is None or not (given.token_auth or given.client_ca is not None))
        ),
    }
    for sentence, is_broken in rules.items():
        if is_broken:
            parser.error(sentence)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rollouts-router serve",
        description="Serve the router over gRPC (rollouts_router.v1.TrafficRouter).",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # a flag that is added later must not change what a command line means
    )
    _add_listening(parser)
    _add_limits(parser)
    parser.add_argument(
        "--allowed-namespaces",
        type=_namespaces,
        default=frozenset(),
        metavar="NAME,NAME",
        help="namespaces whose routes may be written (default: all)",
    )
    for flag, choices, default in (
        ("--log-format", [each.value for each in LogFormat], LogFormat.TEXT.value),
        ("--log-level", [each.value for each in LogLevel], LogLevel.INFO.value),
    ):
        parser.add_argument(
            flag, choices=choices, default=default, metavar="|".join(choices), help="(default: %(default)s)"
        )
    return parser


def _add_listening(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--listen",
        type=_endpoint,
        default=DEFAULT_LISTEN,
        metavar="ADDRESS",
        help="unix:///path (a socket for this user alone) or host:port (default: %(default)s)",
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="the server's certificate chain, PEM")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its key, PEM")
    parser.add_argument(
        "--client-ca",
        type=Path,
        metavar="FILE",
        help="let in who has a client certificate of these authorities, PEM: CN is the user, O are the groups",
    )
    parser.add_argument(
        "--token-auth", action="store_true", help="let in who sends a bearer token that the cluster accepts"
    )
    parser.add_argument(
        "--token-audience",
        default="",
        metavar="NAME",
        help="accept only tokens issued for this audience (default: those for the API server)",
    )
    parser.add_argument(
        "--no-reflection", dest="reflection", action="store_false", help="do not tell the schema to clients"
    )
    parser.add_argument(
        "--metrics-listen",
        type=_endpoint,
        metavar="HOST:PORT",
        help="publish /metrics, /healthz and /readyz there, over plain HTTP (default: nowhere)",
    )


def _add_limits(parser: argparse.ArgumentParser) -> None:
    limits = ServingLimits()
    for flag, default, what in (
        ("--max-calls", limits.calls, "calls at once, streams not counted"),
        ("--max-streams", limits.watches, "streams at once, such as Watch"),
        ("--max-connections", limits.connections, "connections at once"),
    ):
        parser.add_argument(
            flag, type=_count, default=default, metavar="N", help=f"{what} (default: {default})"
        )
    for flag, wait, what in (
        ("--patience", limits.write, "how long a client may take to send its request, or to read"),
        ("--drain", DRAIN_SECONDS, "how long running calls may take after SIGTERM"),
    ):
        parser.add_argument(
            flag, type=_seconds, default=wait, metavar="SECONDS", help=f"{what} (default: {wait:g})"
        )


def _endpoint(text: str) -> Endpoint:
    try:
        return endpoint(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _namespaces(text: str) -> frozenset[str]:
    try:
        return namespaces(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} {error}") from error


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _MOST):
        _unfit(f"{text!r} is no number from 1 to {_MOST}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST:
        _unfit(f"{text!r} is no number of seconds from 0 to {_LONGEST:g}")
    return seconds


def _unfit(sentence: str) -> NoReturn:
    raise argparse.ArgumentTypeError(sentence)
