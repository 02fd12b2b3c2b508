"""Finds before the first write what would stop one, or make gateways answer errors for what it sends somewhere."""

from collections.abc import Collection, Sequence
from typing import Final, TypeAlias

from rollouts_router.core.backends import Backend
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.features import Feature, refusal
from rollouts_router.core.grants import GRANT_PLURAL, GRANT_VERSIONS, Need, is_met, needs
from rollouts_router.core.kinds import GROUP
from rollouts_router.core.parents import attachments
from rollouts_router.core.selection import RouteTask
from rollouts_router.kube.errors import Forbidden, NotServed
from rollouts_router.kube.objects import KubeObject
from rollouts_router.kube.resources import Resource
from rollouts_router.router.abilities import Abilities
from rollouts_router.router.reads import Reader, RouteReads, Versions
from rollouts_router.router.reports import Log

Known: TypeAlias = dict[str, list[KubeObject] | None]
"""ReferenceGrants by their namespace; None where they cannot be known."""

_SHOWN: Final = 3  # each is a long sentence with what to create; the next call tells the rest


class Preflight:
    """Asks the API only when something has to be written, and for grants only when a ref leaves its namespace."""

    def __init__(
        self, reads: RouteReads, reader: Reader, versions: Versions, log: Log, abilities: Abilities
    ) -> None:
        self._abilities = abilities
        self._reads = reads
        self._reader = reader
        self._versions = versions
        self._log = log

    async def require(self, tasks: Sequence[RouteTask], backends: Collection[Backend]) -> None:
        """See to it that what these tasks have to write can be written, and that traffic may go to these backends.

        Raises:
            RoutingError: A route cannot be written in any version that is served, or a ReferenceGrant is missing.
            ApiError: The API did not answer as it should.
        """
        todo = [task for task in tasks if task.plan.patch]
        for task in todo:
            await self._reads.require_writable(task.plan.route)
        missing = await self.ungranted(todo, backends)
        if missing:
            more = f"; and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
            raise RoutingError("; ".join(map(str, missing[:_SHOWN])) + more)

    async def require_able(self, tasks: Sequence[RouteTask], asked: Collection[Feature]) -> tuple[str, ...]:
        """See to it that the parents of routes that have to be written can do this; a sentence on each that nobody knows of.

        Raises:
            RoutingError: One of them cannot.
            ApiError: The API did not answer as it should.
        """
        doubts: dict[str, None] = {}
        for task in tasks:
            for parent in attachments(task.plan.route) if task.plan.patch and asked else ():
                known = await self._abilities.of(parent)
                if reason := refusal(parent, known, asked):
                    key = str(task.plan.route.key)
                    raise RoutingError(f"{key}: nothing was written, for its {reason}", route=key)
                if known.obstacle:
                    doubts[f"{parent}: {known.obstacle}"] = None
        return tuple(doubts)

    async def ungranted(
        self, tasks: Sequence[RouteTask], backends: Collection[Backend], known: Known | None = None
    ) -> tuple[Need, ...]:
        """Which ReferenceGrants these routes lack to send traffic to these backends: one LIST a namespace, most often none.

        Where grants may not be read, or do not exist, none is said to be missing. Namespaces in `known` are not asked
        about again, and those that were asked about are put into it.

        Raises:
            ApiError: The API did not answer as it should.
        """
        asked = needs([task.plan.route.key for task in tasks], backends)
        known = {} if known is None else known
        for namespace in dict.fromkeys(need.backend.namespace for need in asked):
            if namespace not in known:
                known[namespace] = await self._grants(namespace)
        return tuple(
            need
            for need in asked
            if (held := known[need.backend.namespace]) is not None and not is_met(need, held)
        )

    async def _grants(self, namespace: str) -> list[KubeObject] | None:
        """The ReferenceGrants of a namespace; None when they cannot be known."""
        served = await self._versions.versions(GROUP, GRANT_PLURAL)
        version = next((each for each in GRANT_VERSIONS if each in served), None)
        try:
            if version is not None:
                return await self._reader.list(Resource(GROUP, version, GRANT_PLURAL), namespace=namespace)
            reason = f"the cluster serves them in none of the versions {', '.join(GRANT_VERSIONS)}"
        except NotServed as error:
            self._versions.forget()
            reason = str(error)
        except Forbidden as error:
            reason = str(error)
        self._log.debug("ReferenceGrants are not checked", namespace=namespace, reason=reason)
        return None
