"""The objects that the KEDA feature reads and patches, as values. Decides nothing.

What was refused is not asked for again for a while: a permission or a definition that is missing is missing for
every Rollout, at every reconcile.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from rollouts_router.core.keda.gates import HASH_LABEL, Pods, canary_pods
from rollouts_router.core.keda.record import HOLD
from rollouts_router.core.keda.scaled import ScaledObject, scaled_object
from rollouts_router.core.keda.version import VERSION_LABEL, Version, parse_version
from rollouts_router.core.model import Rollout
from rollouts_router.core.untyped import mapping, text
from rollouts_router.kube.errors import ApiError, Forbidden, NotFound, NotServed
from rollouts_router.kube.objects import KubeObject
from rollouts_router.kube.resources import Resource, Verb
from rollouts_router.router.recent import Recent
from rollouts_router.router.writes import FIELD_MANAGER

SCALED_OBJECTS: Final = Resource("keda.sh", "v1alpha1", "scaledobjects")
HPAS: Final = Resource("autoscaling", "v2", "horizontalpodautoscalers")
REPLICA_SETS: Final = Resource("apps", "v1", "replicasets")
ROLLOUTS: Final = Resource("argoproj.io", "v1alpha1", "rollouts")

FORBIDDEN_SECONDS: Final = 300.0  # after which somebody may have added the rule that the warning names
ABSENT_SECONDS: Final = 60.0  # after which somebody may have installed KEDA
VERSION_SECONDS: Final = 600.0  # a hold lives for about as long; an upgrade of KEDA takes minutes
_MOST: Final = 1024  # namespaces with something refused

_T = TypeVar("_T")


class KedaApi(Protocol):
    """What is asked of the API."""

    async def get(self, resource: Resource, *, namespace: str, name: str) -> KubeObject:
        """One object."""

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> list[KubeObject]:
        """All objects of a namespace, or of all of them, that match."""

    async def merge_patch(
        self,
        resource: Resource,
        *,
        namespace: str,
        name: str,
        document: Mapping[str, object],
        field_manager: str,
    ) -> KubeObject:
        """Apply a merge patch and return the object as it is then."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What was answered, and until when it counts."""

    error: ApiError
    until: float


class KedaObjects:
    """Reads and patches, each one request.

    `clock` shows monotonic seconds. Every method raises ApiError; a Forbidden may be an older answer.
    """

    def __init__(self, api: KedaApi, clock: Callable[[], float]) -> None:
        self._api = api
        self._clock = clock
        self._refused: Recent[tuple[Verb, str, str], _Refusal] = Recent(_MOST)
        self._version: tuple[Version, float] | None = None

    async def all(self, namespace: str) -> list[ScaledObject]:
        """All objects of a namespace; none without KEDA."""
        try:
            return await self._list(namespace)
        except NotServed:
            return []

    async def get(self, namespace: str, name: str) -> ScaledObject | None:
        """One object as it is now, None when it is gone, or KEDA is."""

        async def read() -> KubeObject:
            return await self._api.get(SCALED_OBJECTS, namespace=namespace, name=name)

        try:
            return scaled_object(await self._ask(Verb.GET, SCALED_OBJECTS, namespace, read))
        except (NotFound, NotServed):
            return None

    async def held(self, namespace: str = "") -> list[ScaledObject]:
        """All objects with a hold, of one namespace or of the cluster; none without KEDA."""
        try:
            return await self._list(namespace, f"{HOLD}=true")
        except NotServed:
            return []

    async def patch(self, scaled: ScaledObject, document: Mapping[str, object]) -> ScaledObject:
        """Change an object by a merge patch, and return it as it is then."""

        async def write() -> KubeObject:
            return await self._api.merge_patch(
                SCALED_OBJECTS,
                namespace=scaled.namespace,
                name=scaled.name,
                document=document,
                field_manager=FIELD_MANAGER,
            )

        return scaled_object(await self._ask(Verb.PATCH, SCALED_OBJECTS, scaled.namespace, write))

    async def version(self, scaled: ScaledObject) -> Version | None:
        """The release of KEDA, by the label of an object's HPA; None when it cannot be told. Often from memory."""
        if self._version is not None and self._clock() < self._version[1]:
            return self._version[0]
        if not scaled.hpa:
            return None

        async def read() -> KubeObject:
            return await self._api.get(HPAS, namespace=scaled.namespace, name=scaled.hpa)

        try:
            labels = mapping(
                mapping((await self._ask(Verb.GET, HPAS, scaled.namespace, read)).get("metadata")).get(
                    "labels"
                )
            )
        except ApiError:
            return None  # what needs the release is refused with a sentence that names this right
        version = parse_version(text(labels.get(VERSION_LABEL)))
        if version is not None:
            self._version = version, self._clock() + VERSION_SECONDS
        return version

    async def rollout(self, namespace: str, name: str) -> KubeObject | None:
        """A Rollout, None when it is gone."""
        try:
            return await self._api.get(ROLLOUTS, namespace=namespace, name=name)
        except NotFound:
            return None

    async def pods(self, rollout: Rollout) -> Pods:
        """Those of the Rollout's newest revision, as its ReplicaSet counts them."""
        query = f"{HASH_LABEL}={rollout.current_hash}"
        found = await self._api.list(REPLICA_SETS, namespace=rollout.namespace, label_selector=query)
        return canary_pods(rollout, found)

    async def _list(self, namespace: str, query: str = "") -> list[ScaledObject]:
        async def read() -> list[KubeObject]:
            return await self._api.list(SCALED_OBJECTS, namespace=namespace, label_selector=query)

        return [scaled_object(each) for each in await self._ask(Verb.LIST, SCALED_OBJECTS, namespace, read)]

    async def _ask(
        self, verb: Verb, resource: Resource, namespace: str, call: Callable[[], Awaitable[_T]]
    ) -> _T:
        place = verb, str(resource), namespace
        known = self._refused.get(place)
        if known is not None and self._clock() < known.until:
            raise known.error.with_traceback(None)
        try:
            return await call()
        except (Forbidden, NotServed) as error:
            if not is_admission(error):
                seconds = FORBIDDEN_SECONDS if isinstance(error, Forbidden) else ABSENT_SECONDS
                self._refused.put(place, _Refusal(error, self._clock() + seconds))
            raise


def is_admission(error: ApiError) -> bool:
    """Whether an admission webhook refused this one object; that too is "forbidden", and passes with its cause."""
    return isinstance(error, Forbidden) and "admission webhook" in error.message
