"""An API server's Events in memory: it creates and patches, and may refuse, hang or forget."""

import asyncio
import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonpatch

from rollouts_router.kube.errors import ApiError, Conflict, NotFound
from rollouts_router.kube.resources import Call, Resource, Verb


@dataclass
class Board:
    """Events by namespace and name.

    Attributes:
        events: What is on it.
        calls: Every request.
        fault: What becomes of every request, None for good.
        seconds: How long a request takes.
    """

    events: dict[tuple[str, str], Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    fault: Callable[[Call], ApiError] | None = None
    seconds: float = 0.0

    @property
    def messages(self) -> list[str]:
        """What is told, in the order in which it was told first."""
        return [event["message"] for event in self.events.values()]

    async def create(
        self, resource: Resource, *, namespace: str, name: str, body: Mapping[str, object], field_manager: str
    ) -> dict[str, Any]:
        """Refuse a name that is there."""
        call = Call(verb=Verb.CREATE, resource=resource, namespace=namespace, name=name)
        await self._arrive(call)
        assert field_manager == "rollouts-router"
        if (namespace, name) in self.events:
            raise Conflict(call, f'events "{name}" already exists', status=409)
        self.events[namespace, name] = copy.deepcopy(dict(body))
        return self.events[namespace, name]

    async def patch(
        self,
        resource: Resource,
        *,
        namespace: str,
        name: str,
        operations: Sequence[Mapping[str, object]],
        field_manager: str,
    ) -> dict[str, Any]:
        """Refuse a name that is not there."""
        call = Call(verb=Verb.PATCH, resource=resource, namespace=namespace, name=name)
        await self._arrive(call)
        assert field_manager == "rollouts-router"
        if (namespace, name) not in self.events:
            raise NotFound(call, f'events "{name}" not found', status=404)
        event: dict[str, Any] = jsonpatch.apply_patch(self.events[namespace, name], list(operations))
        self.events[namespace, name] = event
        return event

    async def _arrive(self, call: Call) -> None:
        self.calls.append(call)
        await asyncio.sleep(self.seconds)
        if self.fault is not None:
            raise self.fault(call)
