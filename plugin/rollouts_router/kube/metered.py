"""Counts how patches end. It changes nothing about them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from rollouts_router.kube.errors import ApiError, Conflict, TestFailed
from rollouts_router.kube.guard import Requests
from rollouts_router.kube.objects import KubeObject, KubeObjects
from rollouts_router.kube.resources import Resource


class Counts(Protocol):
    """Takes notice of patches."""

    def patched(self, resource: str, result: str) -> None:
        """A patch of this resource was sent, and `applied`, or met a `conflict`, or `failed`."""
        ...


class MeteredClient:
    """The client's requests, with patches counted; dry runs are none."""

    def __init__(self, client: Requests, counts: Counts) -> None:
        self._client = client
        self._counts = counts

    async def get(self, resource: Resource, *, namespace: str, name: str) -> KubeObject:
        """As the client's."""
        return await self._client.get(resource, namespace=namespace, name=name)

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> KubeObjects:
        """As the client's."""
        return await self._client.list(resource, namespace=namespace, label_selector=label_selector)

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
        """As the client's, and counted."""
        try:
            patched = await self._client.patch(
                resource,
                namespace=namespace,
                name=name,
                operations=operations,
                field_manager=field_manager,
                dry_run=dry_run,
            )
        except ApiError as error:
            if not dry_run:
                conflict = isinstance(error, Conflict | TestFailed)
                self._counts.patched(resource.plural, "conflict" if conflict else "failed")
            raise
        if not dry_run:
            self._counts.patched(resource.plural, "applied")
        return patched
