"""Rollouts that are only referred to: reads one. What its fields mean is the doors' and the core's business."""

from dataclasses import dataclass
from typing import Final, Protocol

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.model import Rollout
from rollouts_router.kube.errors import NotFound
from rollouts_router.kube.objects import KubeObject
from rollouts_router.kube.resources import Resource, Verb
from rollouts_router.router.bounds import CALL_SECONDS, bounded
from rollouts_router.router.ports import Getter

ROLLOUTS: Final = Resource("argoproj.io", "v1alpha1", "rollouts")


class UnknownRolloutError(RoutingError):
    """The Rollout does not exist."""


class Permits(Protocol):
    """Who knows what the caller of a call may do."""

    async def require(self, verb: Verb, resource: Resource, *, namespace: str, name: str = "") -> object:
        """Return when he may make this request. Raises ApiError when not, or when that cannot be known."""


@dataclass(frozen=True, slots=True)
class Rollouts:
    """Reads Rollouts, one GET each; without `permits` nobody is asked for his rights."""

    getter: Getter
    seconds: float = CALL_SECONDS
    permits: Permits | None = None

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

    async def admit(self, rollout: Rollout) -> None:
        """See to it that a caller may read a Rollout of the name that stands in a manifest of his own.

        What is done then is done, counted and remembered in that name.

        Raises:
            RoutingError: He may not, or it cannot be known.
        """
        if self.permits is None:
            return
        async with bounded(self.seconds, str(rollout), "find out who may speak for it"):
            await self.permits.require(Verb.GET, ROLLOUTS, namespace=rollout.namespace, name=rollout.name)
