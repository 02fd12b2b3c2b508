"""How much of everything the server takes, as one value, and the same in the gRPC library's words."""

from dataclasses import dataclass
from typing import Final

MESSAGE: Final = 4 * 1024 * 1024
"""Bytes of a message, either way. A Rollout may have 1.5 MiB in etcd; clients take 4 MiB unless told otherwise."""

METADATA: Final = 16 * 1024
"""Bytes of a call's metadata. Tokens have one or two thousand, with many groups in them a few more."""

_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingLimits:
    """Numbers are at least 1, times are in seconds and greater than 0."""

    calls: int = 256
    """Calls at once that are answered once. More would only queue for the API server, 16 requests at a time."""

    watches: int = 64
    """Calls at once that are answered many times; each of them asks the API server every few seconds."""

    connections: int = 256
    """Connections at once. Each takes a descriptor and some tens of kilobytes; further ones are closed at once."""

    arrivals: int = 64
    """Callers at once of whom it is not known yet who they are, and as many health checks."""

    handshake: float = 10.0
    """For TLS and the first frames of a connection."""

    admission: float = 10.0
    """To find out who calls; the API server may have to be asked."""

    request: float = 10.0
    """For the one message of a request to arrive."""

    write: float = 10.0
    """For a client to make room for the next message."""

    goodbye: float = 1.0
    """To tell a client why its call ends; one that reads nothing never hears it."""

    idle: float = 600.0
    """After which a connection without calls is closed."""

    age: float = 3600.0
    """After which a connection is told to go; its calls have `grace` to end. So clients spread over replicas."""

    grace: float = 60.0
    """See `age`."""

    ping: float = 60.0
    """After so much silence a client is asked whether it is there, and has `pong` to answer."""

    pong: float = 20.0
    """See `ping`."""

    least_ping: float = 10.0
    """A client that asks us more often than this, three times without a call, is cut off."""

    def options(self) -> list[tuple[str, int]]:
        """The library's own part of it (grpc, `grpc_types.h` and `channel_arg_names.h`)."""
        times = {
            "grpc.server_handshake_timeout_ms": self.handshake,
            "grpc.max_connection_idle_ms": self.idle,
            "grpc.max_connection_age_ms": self.age,
            "grpc.max_connection_age_grace_ms": self.grace,
            "grpc.keepalive_time_ms": self.ping,
            # The one is for silence behind a ping, the other for the answer itself, which may else take a minute.
            "grpc.keepalive_timeout_ms": self.pong,
            "grpc.http2.ping_timeout_ms": self.pong,
            "grpc.http2.min_recv_ping_interval_without_data_ms": self.least_ping,
        }
        return [
            ("grpc.max_receive_message_length", MESSAGE),
            ("grpc.max_send_message_length", MESSAGE),
            ("grpc.max_metadata_size", METADATA),
            ("grpc.absolute_max_metadata_size", METADATA),
            ("grpc.max_allowed_incoming_connections", self.connections),
            # On one connection; the client waits with more. What is refused must get through to be told so.
            ("grpc.max_concurrent_streams", self.calls + self.watches + self.arrivals),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.max_ping_strikes", 2),
            # A second server on the same port would silently take half of the calls.
            ("grpc.so_reuseport", 0),
            *((name, int(seconds * _MILLISECONDS)) for name, seconds in times.items()),
        ]
