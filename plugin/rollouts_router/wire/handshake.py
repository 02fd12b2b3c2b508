"""The greeting of a go-plugin plugin: what the environment says, and the one line that answers it.

Pure: a mapping in, a decision out. The socket itself is made elsewhere. This module is on the way to the
first line on stdout, so it imports nothing but the errors and does without dataclasses.
"""

from rollouts_router.wire.errors import LocalProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

COOKIE_KEY = "ARGO_ROLLOUTS_RPC_PLUGIN"
COOKIE_VALUE = "trafficrouter"
"""The host sets this variable so that a plugin can tell that it was started by hand."""

CORE_VERSION = 1
"""The version of go-plugin's own handshake."""

VERSIONS = (1,)
"""Versions of the application's protocol that we speak, in rising order."""

MAX_SOCKET_PATH = 107
"""Bytes of a unix socket's path on Linux (unix(7): 108 with the final zero)."""

NETRPC = "netrpc"
GRPC = "grpc"
"""What the host may speak to us, as the fifth field names it."""

_FALSE = ("", "0", "f", "F", "false", "False", "FALSE")  # what Go's strconv.ParseBool takes for no
_DEFAULT_DIRECTORY = "/tmp"  # noqa: S108 - what go-plugin uses; the socket's name in it is the caller's


class Greeting:
    """What the host asked for. All strings are as they were in the environment."""

    __slots__ = ("names_multiplexing", "protocol", "socket_directory", "socket_group", "version")

    def __init__(
        self,
        *,
        version: int,
        protocol: str,
        socket_directory: str,
        socket_group: str,
        names_multiplexing: bool,
    ) -> None:
        self.version = version
        self.protocol = protocol  # NETRPC or GRPC
        self.socket_directory = socket_directory
        self.socket_group = socket_group  # name or number; empty: leave the socket as it is made
        self.names_multiplexing = names_multiplexing  # the host understands a seventh field


class Refusal:
    """Why the plugin must not start; a sentence for whoever started it."""

    __slots__ = ("sentence",)

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence


def decide(environment: "Mapping[str, str]", protocol: str = NETRPC) -> Greeting | Refusal:
    """Judge the environment the process was started with (go-plugin, server.go and client.go).

    `protocol`, NETRPC or GRPC, is what we are told to speak; the environment does not name the host's.
    """
    if environment.get(COOKIE_KEY) != COOKIE_VALUE:
        return Refusal(
            f"This program is a plugin: its host starts it, with {COOKIE_KEY}={COOKIE_VALUE}. "
            "It does nothing when started by hand."
        )
    if environment.get("PLUGIN_CLIENT_CERT"):
        return Refusal(
            "The host wants mutual TLS (PLUGIN_CLIENT_CERT is set), which this plugin does not speak. "
            "Turn AutoMTLS off in the host."
        )
    if protocol == GRPC and environment.get("PLUGIN_MULTIPLEX_GRPC", "") not in _FALSE:
        # Such a host talks yamux on the socket, whatever the line says; under net/rpc it means nothing.
        return Refusal(
            "The host wants all gRPC connections in one (PLUGIN_MULTIPLEX_GRPC is set), which this plugin "
            "does not offer. Turn GRPCBrokerMultiplex off in the host."
        )
    return Greeting(
        version=choose_version(environment.get("PLUGIN_PROTOCOL_VERSIONS", "")),
        protocol=protocol,
        socket_directory=environment.get("PLUGIN_UNIX_SOCKET_DIR")
        or environment.get("TMPDIR")
        or _DEFAULT_DIRECTORY,
        socket_group=environment.get("PLUGIN_UNIX_SOCKET_GROUP", ""),
        names_multiplexing=bool(environment.get("PLUGIN_MULTIPLEX_GRPC")),
    )


def choose_version(offered: str) -> int:
    """Return the highest version of a comma list that we speak too.

    Without one it is our lowest, and the host complains; without a list the host is too old to send one.
    Anything else in the list is passed over.
    """
    items = set(map(str.strip, offered.split(",")))
    common = [version for version in VERSIONS if str(version) in items]
    return common[-1] if common else VERSIONS[0]


def handshake_line(greeting: Greeting, address: str) -> bytes:
    """Return the line for stdout, newline included, that points the host to our unix socket.

    The seventh field says that gRPC multiplexing is not offered; hosts that do not ask would misread it.
    Raises LocalProtocolError for a path that cannot stand in the line or is too long for a socket.
    """
    if len(address.encode("utf-8", "surrogateescape")) > MAX_SOCKET_PATH:
        raise LocalProtocolError(f"the socket path {address!r} has more than {MAX_SOCKET_PATH} bytes")
    if not address or set(address) & {"|", "\n", "\r"} or address != address.strip():
        raise LocalProtocolError(f"the socket path {address!r} cannot stand in the handshake line")
    fields = [str(CORE_VERSION), str(greeting.version), "unix", address, greeting.protocol, ""]
    if greeting.names_multiplexing:
        fields.append("false")
    return "|".join(fields).encode("utf-8", "surrogateescape") + b"\n"
