"""What an operation does with one route: a patch, or a sentence on why the route is left alone."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from rollouts_router.core.patch import Patch
from rollouts_router.core.routes import Route
from rollouts_router.core.standing import Standing

_NOTHING: Final = Patch()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePlan:
    """What is to be done with a route. Only a route of ours has anything in its patch.

    Attributes:
        route: As it was read.
        standing: How it stands to the Rollout.
        sentence: Why it is left alone; empty for a route of ours.
        patch: What to send; empty when the route is as wanted.
        carries_weights: Whether every ref of ours has its weight already.
        warnings: What somebody should know, one sentence each.
        undo: For a patch that does harm when the API server drops part of it: plans to take it out again. Its warnings
            say what was dropped, and what to do.
    """

    route: Route
    standing: Standing
    sentence: str = ""
    patch: Patch = _NOTHING
    carries_weights: bool = False
    warnings: tuple[str, ...] = ()
    undo: "Planner | None" = None


Planner: TypeAlias = Callable[[Route], RoutePlan]
"""One operation, for whatever route it is given. Raises RoutingError when the route cannot be changed safely."""

PurePlanner: TypeAlias = partial[RoutePlan]
"""A planner that tells what it goes by: a function, and arguments of JSON's kind. The same route gets the same plan."""
