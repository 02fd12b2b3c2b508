"""Reads what the answer needs: the Rollout, the runs of its present pods, the Events of its namespace. Judges nothing.

Three requests, and only the first has to succeed: who may not read Events still gets the rest.
"""

import asyncio
from typing import Final, Protocol

from rollouts_router.core.untyped import mapping, text
from rollouts_router.kube.errors import ApiError
from rollouts_router.kube.objects import KubeObject, KubeObjects
from rollouts_router.kube.resources import Resource
from rollouts_router.why.report import Read

ROLLOUTS: Final = Resource("argoproj.io", "v1alpha1", "rollouts")
RUNS: Final = Resource("argoproj.io", "v1alpha1", "analysisruns")
EVENTS: Final = Resource("", "v1", "events")
HASH_LABEL: Final = "rollouts-pod-template-hash"


class Reader(Protocol):
    """The part of the client that is needed."""

    async def get(self, resource: Resource, *, namespace: str, name: str) -> KubeObject:
        """Read one object. Raises ApiError."""
        ...

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> KubeObjects:
        """Read the objects of a namespace. Raises ApiError."""
        ...


async def read(reader: Reader, namespace: str, name: str) -> Read:
    """Read one Rollout and what belongs to it.

    Raises:
        ApiError: The Rollout cannot be read.
    """
    rollout = await reader.get(ROLLOUTS, namespace=namespace, name=name)
    pods = text(mapping(rollout.get("status")).get("currentPodHash"))
    async with asyncio.TaskGroup() as asking:
        runs = asking.create_task(_listed(reader, RUNS, namespace, f"{HASH_LABEL}={pods}"))
        events = asking.create_task(_listed(reader, EVENTS, namespace, ""))
    unread = tuple(flaw for _, flaw in (runs.result(), events.result()) if flaw)
    return Read(rollout=rollout, runs=runs.result()[0], events=events.result()[0], unread=unread)


async def _listed(
    reader: Reader, resource: Resource, namespace: str, selector: str
) -> tuple[KubeObjects, str]:
    """The objects, or none and why not."""
    try:
        return await reader.list(resource, namespace=namespace, label_selector=selector), ""
    except ApiError as error:
        return [], f"Not read: {resource.plural}: {error}"
