"""The operations for Rollouts that something scales: those of every Rollout, and behind them KEDA is looked after."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.model import Rollout
from rollouts_router.core.verify import Verdict
from rollouts_router.router.keda import Keda
from rollouts_router.router.ports import Experiment
from rollouts_router.router.writes import Progress


class Operations(Protocol):
    """What doors call; `operations.Router` says what each does. They raise RoutingError, and nothing else."""

    async def set_weight(
        self, rollout: Rollout, desired: int, experiments: Sequence[Experiment] = ()
    ) -> Progress:
        """Set the weights."""

    async def verify_weight(
        self, rollout: Rollout, desired: int, experiments: Sequence[Experiment] = ()
    ) -> Verdict:
        """Tell whether they are live."""

    async def set_header_route(self, rollout: Rollout, name: str, match: Mapping[str, TextMatch]) -> Progress:
        """Put a header route in, or take it out."""

    async def set_mirror_route(
        self, rollout: Rollout, name: str, matches: Sequence[RequestMatch], percent: int | None
    ) -> Progress:
        """Put a mirror in, or take it out."""

    async def remove_managed_routes(self, rollout: Rollout) -> None:
        """Take all of them out, as a controller asks for it."""

    async def clear_managed_routes(self, rollout: Rollout) -> Progress:
        """Take all of them out, as anybody else asks for it."""


class Postman(Protocol):
    """Who brings news to the users of a Rollout."""

    async def post(self) -> None:
        """Post what was told since the last time. It fails nobody and takes a second at most."""


class ScaledRouter:
    """Operations in which KEDA comes last: the routes are written, or verified, before it is asked."""

    def __init__(self, router: Operations, keda: Keda, postman: Postman) -> None:
        self._router = router
        self._keda = keda
        self._postman = postman
        self.set_header_route = router.set_header_route
        self.set_mirror_route = router.set_mirror_route
        self.remove_managed_routes = router.remove_managed_routes
        self.clear_managed_routes = router.clear_managed_routes

    async def set_weight(
        self, rollout: Rollout, desired: int, experiments: Sequence[Experiment] = ()
    ) -> Progress:
        """Set the weights, then hold or release the ScaledObject; KEDA never makes it fail."""
        progress = await self._router.set_weight(rollout, desired, experiments)
        await self._keda.settle(rollout, desired)
        await self._postman.post()
        return progress

    async def verify_weight(
        self, rollout: Rollout, desired: int, experiments: Sequence[Experiment] = ()
    ) -> Verdict:
        """Tell whether the weights are live, and whether there are pods for them."""
        routes = await self._router.verify_weight(rollout, desired, experiments)
        verdict = await self._keda.verdict(rollout, desired, routes)
        await self._postman.post()
        return verdict
