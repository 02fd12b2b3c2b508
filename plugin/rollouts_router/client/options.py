"""What `rollouts-router call` is told: its command line as one value. Nothing is sent here."""

import argparse
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from google.protobuf.message import Message

from rollouts_router.client.asking import UnusableError
from rollouts_router.client.commands import WATCH, add_commands, asked
from rollouts_router.client.manifest_file import UnusableFileError

DEFAULT_SECONDS: Final = 60.0
"""How long a call may take: twice what the router gives itself, so that its own error arrives."""

_EPILOG: Final = """\
Without --address the router runs within this process, with the credentials of the kubeconfig (KUBECONFIG,
~/.kube/config); with it, in the server `rollouts-router serve` that listens there.

exit status:
  0  done
  1  the call failed; why, is on stderr
  2  the command line cannot be used
  3  verify: the weights are not live yet
"""


class Output(Enum):
    """How a reply is written."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the router is.

    Attributes:
        address: As gRPC takes it; empty: in this process.
        context: The kubeconfig's context for a router in this process; empty: its current one.
        tls: Whether to speak TLS.
        authorities: PEM file of the authorities to trust; None: those of the system.
        certificate: PEM file of our certificate.
        key: PEM file of its key.
        token: File with a token of the cluster.
    """

    address: str = ""
    context: str = ""
    tls: bool = False
    authorities: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    token: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One call.

    Attributes:
        method: Which method of the service.
        request: What it is sent.
        place: Where the router is.
        output: How the reply is written.
        seconds: How long it may take; None: for as long as somebody looks.
        verbose: Whether a router in this process says more than warnings.
    """

    method: str
    request: Message
    place: Place
    output: Output
    seconds: float | None
    verbose: bool


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line.

    Raises:
        SystemExit: It cannot be used, status 2, or help was asked for, status 0; why, is on stderr or stdout.
    """
    parser = _parser()
    try:
        given = parser.parse_args(arguments)
        method, request = asked(given)
    except (UnusableError, UnusableFileError) as error:
        parser.error(str(error))
    place = Place(
        address=given.address or "",
        context=given.context,
        tls=given.tls or bool(given.ca_file or given.cert_file or given.key_file),
        authorities=given.ca_file,
        certificate=given.cert_file,
        key=given.key_file,
        token=given.token_file,
    )
    flaw = _flaw(place)
    if flaw:
        parser.error(flaw)
    return Options(
        method=method,
        request=request,
        place=place,
        output=Output(given.output),
        seconds=given.timeout or (None if method == WATCH else DEFAULT_SECONDS),
        verbose=given.verbose,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rollouts-router call",
        description="Ask the router: which routes a Rollout has, what a step would change, or change it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    where = parser.add_argument_group("where")
    where.add_argument("--address", type=_address, metavar="unix:///PATH|HOST:PORT", help="a server to ask")
    where.add_argument(
        "--context", default="", metavar="NAME", help="context of the kubeconfig; not with --address"
    )
    where.add_argument("--tls", action="store_true", help="speak TLS; needed where HOST is not this machine")
    where.add_argument(
        "--ca-file", type=Path, metavar="PEM", help="authorities to trust instead of the system's"
    )
    where.add_argument(
        "--cert-file", type=Path, metavar="PEM", help="our certificate, for a server that wants one"
    )
    where.add_argument("--key-file", type=Path, metavar="PEM", help="its key")
    where.add_argument(
        "--token-file", type=Path, metavar="FILE", help="a token of the cluster, for a server that wants one"
    )
    parser.add_argument("-o", "--output", choices=[each.value for each in Output], default=Output.TEXT.value)
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        help=f"of the call; {DEFAULT_SECONDS:g}, none for watch",
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="show what a router in this process logs"
    )
    add_commands(parser)
    return parser


def _address(text: str) -> str:
    if text.startswith("unix:///"):
        return f"unix:{text.removeprefix('unix://')}"
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is neither unix:///PATH nor HOST:PORT")
    return text


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError("a number of seconds above 0 is needed")
    return seconds


def _flaw(place: Place) -> str:
    """What is wrong with a combination of flags; empty when nothing is."""
    if place.address and place.context:
        return "--context is for a router in this process: leave out --address, or --context"
    if not place.address and (place.tls or place.token):
        return "TLS and tokens are for a server: name it with --address"
    if bool(place.certificate) != bool(place.key):
        return "--cert-file and --key-file go together"
    if place.address and not place.tls and not _is_here(place.address):
        return f"{place.address} is not this machine: weights go there, and maybe a token, so add --tls"
    return ""


def _is_here(address: str) -> bool:
    if address.startswith("unix:"):
        return True
    host = address.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
