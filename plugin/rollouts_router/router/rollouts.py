"""Rollouts that are only referred to: reads one. What its fields mean is the doors' and the core's business."""

from dataclasses import dataclass
from typing import Final

from rollouts_router.core.errors import RoutingError
from rollouts_router.kube.errors import NotFound
from rollouts_router.kube.objects import KubeObject
from rollouts_router.kube.resources import Resource
from rollouts_router.router.bounds import CALL_SECONDS, bounded
from rollouts_router.router.ports import Getter

ROLLOUTS: Final = Resource("argoproj.io", "v1alpha1", "rollouts")


class UnknownRolloutError(RoutingError):
    """The Rollout does not exist."""


@dataclass(frozen=True, slots=True)
class Rollouts:
    """Reads Rollouts, one GET each."""

    getter: Getter
    seconds: float = CALL_SECONDS

    async def read(self, namespace: str, name: str) -> KubeObject:
        """The object as the API has it.

        Raises:
            UnknownRolloutError: It does not exist.
            RoutingError: It cannot be read.
        """
        async with bounded(self.seconds, f"Rollout {namespace}/{name}", "read it"):
            try:
                return await self.getter.get(ROLLOUTS, namespace=namespace, name=name)
            except NotFound as error:
                raise UnknownRolloutError(
                    f"there is no Rollout {name} in namespace {namespace}: {error}"
                ) from error
