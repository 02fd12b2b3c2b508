"""The operations for Rollouts that something scales: those of every Rollout, and behind them KEDA is looked after."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.model import Rollout
from rollouts_router.core.verify import Verdict
from rollouts_router.router.keda import Keda
from rollouts_router.router.ports import Experiment


class Operations(Protocol):
    """What doors call; `operations.Router` says what each does. They raise RoutingError, and nothing else."""

    async def set_weight(
        self, rollout: Rollout, desired: int, experiments: Sequence[Experiment] = ()
    ) -> None:
        """Set the weights."""

    async def verify_weight(
        self, rollout: Rollout, desired: int, experiments: Sequence[Experiment] = ()
    ) -> Verdict:
        """Tell whether they are live."""

    async def set_header_route(self, rollout: Rollout, name: str, match: Mapping[str, TextMatch]) -> None:
        """Put a header route in, or take it out."""

    async def set_mirror_route(
        self, rollout: Rollout, name: str, matches: Sequence[RequestMatch], percent: int | None
    ) -> None:
        """Put a mirror in, or take it out."""

    async def remove_managed_routes(self, rollout: Rollout) -> None:
        """Take all of them out."""


class ScaledRouter:
    """Operations in which KEDA comes last: the routes are written, or verified, before it is asked."""

    def __init__(self, router: Operations, keda: Keda) -> None:
        self._router = router
        self._keda = keda
        self.set_header_route = router.set_header_route
        self.set_mirror_route = router.set_mirror_route
        self.remove_managed_routes = router.remove_managed_routes

    async def set_weight(
        self, rollout: Rollout, desired: int, experiments: Sequence[Experiment] = ()
    ) -> None:
        """Set the weights, then hold or release the ScaledObject; KEDA never makes it fail."""
        await self._router.set_weight(rollout, desired, experiments)
        await self._keda.settle(rollout, desired)

    async def verify_weight(
        self, rollout: Rollout, desired: int, experiments: Sequence[Experiment] = ()
    ) -> Verdict:
        """Tell whether the weights are live, and whether there are pods for them."""
        routes = await self._router.verify_weight(rollout, desired, experiments)
        return await self._keda.verdict(rollout, desired, routes)
