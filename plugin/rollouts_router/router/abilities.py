"""What the gateways of routes can do, as their classes list it: read when a step asks, and remembered for a minute.

Nothing is decided here but what counts as not known; the rights to read are optional.
"""

from collections.abc import Callable
from typing import Final

from rollouts_router.core.features import GATEWAY_CLASSES, GATEWAY_VERSIONS, GATEWAYS, Known, known_of
from rollouts_router.core.kinds import GROUP
from rollouts_router.core.parents import Attachment
from rollouts_router.core.untyped import mapping, text
from rollouts_router.kube.errors import Forbidden, NotFound, NotServed
from rollouts_router.kube.objects import KubeObject
from rollouts_router.kube.resources import Resource
from rollouts_router.router.reads import Reader, Versions
from rollouts_router.router.recent import Recent

KEEP_SECONDS: Final = (
    60.0  # a step that is refused is asked for again all the time; lists change with upgrades
)
_MOST: Final = 1024  # Gateways


class Abilities:
    """Knows Gateways by their names. Safe for concurrent calls."""

    def __init__(self, reader: Reader, versions: Versions, clock: Callable[[], float]) -> None:
        """`clock` gives monotonic seconds."""
        self._reader = reader
        self._versions = versions
        self._clock = clock
        self._known = Recent[tuple[str, str], tuple[float, Known]](_MOST)

    async def of(self, parent: Attachment) -> Known:
        """What is known of a parent's abilities.

        Raises:
            ApiError: The API did not answer as it should.
        """
        if not parent.is_gateway:
            return Known(obstacle=f"{parent} has no GatewayClass that could list what it can do")
        key, now = (parent.namespace, parent.name), self._clock()
        before = self._known.get(key)
        if before is not None and now < before[0]:
            return before[1]
        found = await self._read(parent)
        self._known.put(key, (now + KEEP_SECONDS, found))
        return found

    async def _read(self, parent: Attachment) -> Known:
        try:
            gateway = await self._get(GATEWAYS, parent.namespace, parent.name)
            name = text(mapping(gateway.get("spec")).get("gatewayClassName"))
            if not name:
                return Known(obstacle=f"{parent} names no GatewayClass")
            return known_of(await self._get(GATEWAY_CLASSES, "", name))
        except (Forbidden, NotFound, NotServed, ValueError) as error:
            return Known(obstacle=str(error))

    async def _get(self, plural: str, namespace: str, name: str) -> KubeObject:
        served = await self._versions.versions(GROUP, plural)
        version = next((each for each in GATEWAY_VERSIONS if each in served), GATEWAY_VERSIONS[0])
        return await self._reader.get(Resource(GROUP, version, plural), namespace=namespace, name=name)
