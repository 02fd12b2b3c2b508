"""A client that makes no request for a caller which the cluster would refuse him.

The server has more rights than most of its callers. So before each request that a call leads to, it is asked whether
the caller may make just that request himself: verb, resource, namespace and name. What a call is about plays no part,
so nothing that a caller sends, not even a whole manifest, can widen what he may do.

Discovery is not asked about: everybody who can log in may read it.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from rollouts_router.kube.callers import Caller, acting_for
from rollouts_router.kube.errors import Forbidden
from rollouts_router.kube.objects import KubeObject, KubeObjects
from rollouts_router.kube.resources import Call, Resource, Verb
from rollouts_router.log import Logger


class Requests(Protocol):
    """What the client does for us."""

    async def get(self, resource: Resource, *, namespace: str, name: str) -> KubeObject:
        """One object."""
        ...

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> KubeObjects:
        """All objects that match."""
        ...

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
        """Apply a JSON Patch."""
        ...


class Rights(Protocol):
    """Who knows what somebody may do."""

    async def allowed(self, caller: Caller, call: Call) -> bool:
        """Whether `caller` may make this request. Raises ApiError when that cannot be known."""
        ...


class GuardedClient:
    """The client's requests, each only when the caller of the running task may make it himself.

    Every method raises Forbidden when he may not, or when nobody is named, and ApiError when that cannot be known.
    """

    def __init__(self, client: Requests, rights: Rights, log: Logger) -> None:
        self._client = client
        self._rights = rights
        self._log = log

    async def get(self, resource: Resource, *, namespace: str, name: str) -> KubeObject:
        """As the client's."""
        await self.require(Verb.GET, resource, namespace=namespace, name=name)
        return await self._client.get(resource, namespace=namespace, name=name)

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> KubeObjects:
        """As the client's."""
        await self.require(Verb.LIST, resource, namespace=namespace)
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
        """As the client's, with a line in the log: the API server's own audit log only knows the server's account."""
        caller = await self.require(Verb.PATCH, resource, namespace=namespace, name=name)
        patched = await self._client.patch(
            resource,
            namespace=namespace,
            name=name,
            operations=operations,
            field_manager=field_manager,
            dry_run=dry_run,
        )
        if not dry_run:
            changed = f"{resource} {namespace}/{name}"
            self._log.info("patched on behalf of a caller", user=str(caller), object=changed)
        return patched

    async def require(self, verb: Verb, resource: Resource, *, namespace: str, name: str = "") -> Caller:
        """Return the caller if he may make this request; raises Forbidden if he may not, or ApiError."""
        call = Call(verb=verb, resource=resource, namespace=namespace, name=name)
        caller = acting_for()
        if caller is None:
            raise Forbidden(call, "nobody is known on whose behalf this would be done")
        if not await self._rights.allowed(caller, call):
            raise Forbidden(
                call,
                f'user "{caller}" may not do this in the cluster, so it is not done for him',
            )
        return caller
