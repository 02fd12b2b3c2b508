"""Which proxy a server is reached through, by the environment; pure.

Source: Go's `golang.org/x/net/http/httpproxy`, so that an installation behaves as with any client in Go: suffixes,
addresses and CIDR blocks in NO_PROXY, and never a proxy for this machine.
"""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address


def proxy_for(url: str, environment: Mapping[str, str]) -> str:
    """The proxy's URL for this server, or an empty string. The upper-case variable counts before the lower."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    proxy = _variable(environment, f"{parts.scheme}_proxy")
    if not proxy or _local(host):
        return ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    exceptions = _variable(environment, "no_proxy").replace(",", " ").lower().split()
    if _excepted(host, port, exceptions):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _variable(environment: Mapping[str, str], name: str) -> str:
    return (environment.get(name.upper()) or environment.get(name) or "").strip()


def _local(host: str) -> bool:
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _excepted(host: str, port: int, exceptions: Iterable[str]) -> bool:
    address = _address(host)
    return any(_matches(entry, host, port, address) for entry in exceptions)


def _matches(entry: str, host: str, port: int, address: Address | None) -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        return address is not None and _in_network(address, entry)
    name, _, wanted = entry.rpartition(":") if _has_port(entry) else (entry, "", "")
    if wanted and wanted != str(port):
        return False
    if address is not None:
        return _address(name.strip("[]")) == address
    name = name.removeprefix("*")
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")


def _has_port(entry: str) -> bool:
    return entry.count(":") == 1 or "]:" in entry


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _in_network(address: Address, block: str) -> bool:
    try:
        return address in ip_network(block, strict=False)
    except ValueError:
        return False
