"""Which port traffic of an experiment's Services goes to. One GET a Service, and none without an experiment."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from rollouts_router.core.backends import service
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.model import Rollout
from rollouts_router.core.untyped import integer, items, mapping
from rollouts_router.core.weigh import Destination
from rollouts_router.kube.errors import ApiError, NotFound
from rollouts_router.kube.objects import KubeObject
from rollouts_router.kube.resources import Resource

SERVICES: Final = Resource("", "v1", "services")


@dataclass(frozen=True, slots=True)
class Experiment:
    """A Service of an experiment step and its weight, in units of maxTrafficWeight."""

    service: str
    weight: int


def shares(experiments: Sequence[Experiment]) -> dict[str, object]:
    """What a log line tells of them; nothing when there are none."""
    told = " ".join(f"{each.service}={each.weight}" for each in experiments)
    return {"experiments": told} if told else {}


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
            RoutingError: A Service does not exist, or has no port.
            ApiError: The API did not answer as it should.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._destination(rollout, each)) for each in experiments]
        found: list[Destination] = []
        for task in tasks:
            outcome = task.result()
            if isinstance(outcome, Exception):
                raise outcome
            found.append(outcome)
        return tuple(found)

    async def _destination(
        self, rollout: Rollout, experiment: Experiment
    ) -> Destination | RoutingError | ApiError:
        """The foreseen error as a value, so that the first one in order is told."""
        name = experiment.service
        if not name:
            return RoutingError(
                f"{rollout}: a template of its experiment has a weight, and the controller names no Service for it. It"
                " makes one only for pods that declare a containerPort: add ports to the containers of the pod template."
                " Where they have some it has lost the name, which happens: abort and retry the Rollout"
            )
        try:
            found = await self._getter.get(SERVICES, namespace=rollout.namespace, name=name)
        except NotFound as error:
            return RoutingError(f"{error}; {rollout} needs it for its experiment")
        except ApiError as error:
            return error
        ports = [mapping(port) for port in items(mapping(found.get("spec")).get("ports"))]
        ports.sort(key=lambda port: port.get("name") != "http")
        numbers = [number for port in ports if (number := integer(port.get("port"))) is not None]
        if not numbers:
            return RoutingError(
                f"Service {rollout.namespace}/{name} has no port, so no traffic of the experiment of {rollout} can go"
                " to it; give it one"
            )
        return Destination(service(rollout.namespace, name), numbers[0], max(experiment.weight, 0))
