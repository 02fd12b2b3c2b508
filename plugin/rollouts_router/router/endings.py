"""How a call ends: well, with an error for what failed, or with one that a later call tells. Reads and writes nothing.

Source of what the controller does with an error: Argo Rollouts, `reconcileTrafficRouting`. An error of
RemoveManagedRoutes ends the reconcile before SetWeight, and one of SetWeight ends it before any pods are scaled.
"""

from typing import Final

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.model import Rollout
from rollouts_router.core.weigh import WeightOrder
from rollouts_router.router.recent import MOST, Recent
from rollouts_router.router.reports import Reports
from rollouts_router.router.writes import Progress

_SHOWN: Final = 10  # failures told of in one call


def conclude(rollout: Rollout, progress: Progress) -> Progress:
    """End a call and return what it did.

    Raises:
        RoutingError: Something failed; the text tells of two failures, and how many there are.
    """
    if not progress.failed:
        return progress
    first = progress.failed[0]
    if progress.total == 1:
        raise RoutingError(str(first)) from first
    others = len(progress.failed) - 1
    more = f"; {others} more failed, the next with: {progress.failed[1]}" if others else ""
    raise RoutingError(f"{first}{more} ({rollout}: {progress})") from first


class Endings:
    """Ends calls so that no error keeps traffic on the canary that a later call would take off it.

    What is remembered is which removals failed, for the SetWeight that follows in the same reconcile.
    """

    def __init__(self, reports: Reports, most: int = MOST) -> None:
        self._reports = reports
        self._owed: Recent[tuple[str, str], RoutingError] = Recent(most)

    def removal(self, rollout: Rollout, failure: RoutingError | None) -> None:
        """End RemoveManagedRoutes.

        While a canary is under way a failure is told by the SetWeight behind it, when its weights are written: the
        controller asks for the removal on an abort, and when the canary has no pods, and an error would keep it from
        taking the canary's weight back.

        Raises:
            RoutingError: It failed and no canary is under way.
        """
        key = (rollout.namespace, rollout.name)
        self._owed.drop(key)
        self._reports.not_removed(rollout, [str(failure)] if failure else [])
        if failure is None:
            return
        if rollout.is_fully_promoted():
            raise failure
        self._owed.put(key, failure)

    def owed(self, rollout: Rollout) -> RoutingError | None:
        """At the beginning of SetWeight: what the removal right before it failed with. It is told once."""
        key = (rollout.namespace, rollout.name)
        failure = self._owed.get(key)
        self._owed.drop(key)
        return failure

    def weights(
        self, rollout: Rollout, wish: WeightOrder, progress: Progress, owed: RoutingError | None
    ) -> None:
        """End SetWeight.

        On the way down of an abort (`dynamicStableScale`) a failure is no error while other routes follow: the
        controller would not scale stable up, and so never lower the weight. At the end of that way, at 0, it is one:
        the canary keeps its last pods until all routes have let go of it.

        Raises:
            RoutingError: Something failed, or the removal before it did.
        """
        is_on_the_way = wish.is_retreat and wish.moves_traffic() and progress.settled > 0
        told = progress.failed[:_SHOWN] if is_on_the_way else []
        self._reports.left_behind(rollout, [str(failure) for failure in told])
        if is_on_the_way:
            return
        conclude(rollout, progress)
        if owed is not None:
            raise owed
