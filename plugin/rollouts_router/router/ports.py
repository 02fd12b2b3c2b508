"""Which port traffic of an experiment's Services goes to. One GET a Service, and none without an experiment."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from rollouts_router.core.backends import service
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.model import Rollout
from rollouts_router.core.weigh import Destination
from rollouts_router.kube.errors import ApiError
from rollouts_router.kube.objects import KubeObject
from rollouts_router.kube.resources import Resource

SERVICES: Final = Resource("", "v1", "services")


@dataclass(frozen=True, slots=True)
class Experiment:
    """A Service of an experiment step and its weight, in units of maxTrafficWeight."""

    service: str
    weight: int


class Getter(Protocol):
    """What is asked of the API."""

    async def get(self, resource: Resource, *, namespace: str, name: str) -> KubeObject:
        """One object."""


class ServicePorts:
    """Finds the ports."""

    def __init__(self, getter: Getter) -> None:
        self._getter = getter

    async def destinations(
        self, rollout: Rollout, experiments: Sequence[Experiment]
    ) -> tuple[Destination, ...]:
        """The Services of an experiment with their ports: the one named http, else the first.

        Raises:
            RoutingError: A Service does not exist, may not be read, or has no port.
        """
        ports = await asyncio.gather(*(self._port(rollout, each.service) for each in experiments))
        return tuple(
            Destination(service(rollout.namespace, each.service), port, max(each.weight, 0))
            for each, port in zip(experiments, ports, strict=True)
        )

    async def _port(self, rollout: Rollout, name: str) -> int:
        try:
            found = await self._getter.get(SERVICES, namespace=rollout.namespace, name=name)
        except ApiError as error:
            raise RoutingError(f"{error}; {rollout} needs it for its experiment") from error
        spec = found.get("spec")
        ports = [
            port for port in (spec.get("ports") if isinstance(spec, dict) else None) or () if "port" in port
        ]
        if not ports:
            raise RoutingError(
                f"Service {rollout.namespace}/{name} has no port, so no traffic of the experiment of {rollout} can go"
                " to it; give it one"
            )
        chosen = next((port for port in ports if port.get("name") == "http"), ports[0])
        return int(chosen["port"])
