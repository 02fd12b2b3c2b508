"""Sentences on steps that have no effect, or are undone: why, and what to change. Nothing is decided here."""

from collections.abc import Collection

from rollouts_router.core.model import Rollout
from rollouts_router.core.selection import FoundRoute


def no_taker(doing: str, takers: Collection[FoundRoute]) -> str:
    """A header or mirror step finds no route to change.

    Args:
        doing: The step.
        takers: Routes that take such steps; here all of them are left alone.
    """
    if takers:
        return (
            f"{doing} has no effect: of the selected routes that take such steps none has a rule with both backends of"
            " this Rollout. Correct the selector, or put both into one rule of a route that it selects"
        )
    return (
        f"{doing} has no effect: no HTTPRoute or GRPCRoute of this Rollout takes such steps. A route given as httpRoute"
        " or grpcRoute takes them; in a list, or with a selector, set useHeaderRoutes: true"
    )


def lost_in_mid_steps(rollout: Rollout) -> str:
    """The controller takes managed routes out while later steps count on them."""
    return (
        f"the controller has the managed routes taken out at step {rollout.step_index + 1} of"
        f" {len(rollout.managed_steps)}: it does so whenever no pod of the canary is available, and puts them back only"
        " when their step is run again. Have pods first: a setCanaryScale step in front of the setHeaderRoute or"
        " setMirrorRoute step"
    )
