"""The table of ways in which traffic goes through a gateway: one row each, with its route kind and its ports.

Only the standard library is imported: the sample application's image (`e2e/kind`) holds this file too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A protocol. Its name is also that of the Service's port and of the gateway's listener."""

    name: str
    route: str  # the kind of route that carries it
    pod_port: int  # where every pod answers, and the Service's port
    listener_port: int  # where the gateway listens; none that a gateway keeps for itself
    listener: str  # the listener's protocol
    application: str | None = None  # the Service port's appProtocol


# Pods listen above 1024, where no right is needed for it.
HTTP: Final = Wire(name="http", route="HTTPRoute", pod_port=7080, listener_port=10_080, listener="HTTP")
GRPC: Final = Wire(
    name="grpc",
    route="GRPCRoute",
    pod_port=7081,
    listener_port=10_081,
    listener="HTTP",
    application="kubernetes.io/h2c",
)
TCP: Final = Wire(name="tcp", route="TCPRoute", pod_port=7082, listener_port=10_082, listener="TCP")

WIRES: Final = (HTTP, GRPC, TCP)
WORD_HEADER: Final = "x-word"  # where an HTTP request has the word for the pod; a gRPC call's message is it
