"""What traffic goes to: the stable and the canary backend of a Rollout. Which refs name them is `routes`' business."""

from dataclasses import dataclass

import msgspec

from rollouts_router.core.model import Services

CORE_GROUP = ""
SERVICE = "Service"


class Backend(msgspec.Struct, frozen=True, gc=False):
    """An object that traffic can go to, by what a backendRef says of it once its defaults are filled in.

    A Struct, because thousands of these are made and compared in a call, and a Struct does both in C.
    """

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        group = f", group {self.group}" if self.group else ""
        return f'"{self.name}" ({self.kind}{group}, namespace {self.namespace})'


@dataclass(frozen=True, slots=True)
class Backends:
    """The two backends that a Rollout splits traffic between."""

    stable: Backend
    canary: Backend


def service(namespace: str, name: str) -> Backend:
    """A core Service."""
    return Backend(CORE_GROUP, SERVICE, namespace, name)


def service_backends(namespace: str, services: Services) -> Backends:
    """The Services of a Rollout as backends; they live in its namespace."""
    return Backends(service(namespace, services.stable), service(namespace, services.canary))
