"""Where a server listens: a unix socket or a port of an address. Nothing is opened here."""

import ipaddress
from dataclasses import dataclass
from typing import Final

_SCHEME: Final = "unix://"
_MOST_PATH: Final = 107  # bytes; sun_path of Linux has 108 with the zero at its end
_MOST_PORT: Final = 65535
LOCALHOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Either `path`, absolute, or `host`, an IP address, with `port`; 0 is any free one."""

    path: str = ""
    host: str = ""
    port: int = 0

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach it."""
        return bool(self.path) or ipaddress.ip_address(self.host).is_loopback

    def __str__(self) -> str:
        """As it is written for the gRPC library and its clients."""
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def endpoint(text: str) -> Endpoint:
    """Read `unix:///path` or `host:port`, where host is an IP address or localhost.

    Other names are not taken: what they mean is decided by a resolver, and so would be who can reach the server.

    Raises:
        ValueError: it is neither; the text says what is wrong.
    """
    if text.startswith(_SCHEME):
        return _socket(text.removeprefix(_SCHEME))
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdecimal() and int(port) <= _MOST_PORT):
        raise ValueError(f"{text!r} is neither unix:///path nor host:port")
    if not host:
        raise ValueError(f"{text!r} names no address; 127.0.0.1 is this machine alone, 0.0.0.0 everybody")
    try:
        if host.startswith("[") and host.endswith("]"):
            return Endpoint(host=str(ipaddress.IPv6Address(host[1:-1])), port=int(port))
        address = ipaddress.IPv4Address(LOCALHOST if host == "localhost" else host)
    except ValueError:
        raise ValueError(
            f"{host!r} is no IP address (one of version 6 stands in brackets); no name but localhost is taken"
        ) from None
    return Endpoint(host=str(address), port=int(port))


def _socket(path: str) -> Endpoint:
    if not path.startswith("/") or "\0" in path:
        raise ValueError(f"{path!r} is no absolute path; three slashes are needed, as in unix:///run/it.sock")
    if len(path.encode()) > _MOST_PATH:
        raise ValueError(f"the path of a socket may have {_MOST_PATH} bytes, and this one has more: {path}")
    return Endpoint(path=path)
