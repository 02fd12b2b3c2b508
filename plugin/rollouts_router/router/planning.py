"""Writes that change nothing: a plan sends nothing at all, a rehearsal sends everything as a dry run.

Both take the place of the writes of a router, so that whatever comes before the writing is the very code of the call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.selection import RouteTask
from rollouts_router.kube.errors import ApiError
from rollouts_router.kube.objects import KubeObject
from rollouts_router.kube.resources import Resource
from rollouts_router.router.reads import RouteReads
from rollouts_router.router.writes import Progress, SentPatch


class Effect(Enum):
    """What is done with the patches of a call."""

    APPLY = "they are sent"
    REHEARSE = "they are sent as a dry run: admission and validation speak, and nothing is kept"
    PLAN = "they are not sent"


class DryRunner(Protocol):
    """What a rehearsal asks of the API."""

    async def patch(
        self,
        resource: Resource,
        *,
        namespace: str,
        name: str,
        operations: Sequence[Mapping[str, object]],
        field_manager: str,
        dry_run: bool = False,
    ) -> KubeObject:
        """Apply a JSON Patch, or only try to, and return the object as it would be then."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A patcher whose patches are not kept."""

    api: DryRunner

    async def patch(
        self,
        resource: Resource,
        *,
        namespace: str,
        name: str,
        operations: Sequence[Mapping[str, object]],
        field_manager: str,
    ) -> KubeObject:
        """Try a JSON Patch and return the object as it would be."""
        return await self.api.patch(
            resource,
            namespace=namespace,
            name=name,
            operations=operations,
            field_manager=field_manager,
            dry_run=True,
        )


@dataclass(frozen=True, slots=True)
class PlannedWrites:
    """Takes down each patch as it would be sent first. What a conflict would make of it, nobody can know."""

    reads: RouteReads

    async def write(self, tasks: Sequence[RouteTask], to: Progress) -> None:
        """Take down the patches of `tasks`, all of which have one."""
        for task in tasks:
            try:
                resource = await self.reads.require_writable(task.plan.route)
            except (RoutingError, ApiError) as error:
                to.failed.append(error)
                continue
            key = task.plan.route.key
            to.sent.append(SentPatch(key, resource.version, task.plan.patch.to_json()))
            to.changed.append(key)
            to.settled += 1
