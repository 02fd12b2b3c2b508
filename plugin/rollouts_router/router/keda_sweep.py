"""Looks through all held ScaledObjects, at the start and then every few minutes, for holds that no call ends.

No call comes when a Rollout is deleted, when its plugin is taken out, or in a long pause. The forever of it is here,
and it is the only thing of the plugin that runs by its own clock.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from rollouts_router.core.errors import FieldError, RoutingError
from rollouts_router.core.keda.canary import in_canary
from rollouts_router.core.keda.scaled import ScaledObject
from rollouts_router.core.manifests import asked_weight, manifest_rollout
from rollouts_router.kube.errors import ApiError, Forbidden
from rollouts_router.router.keda import KedaWishes
from rollouts_router.router.keda_holds import BUDGET_SECONDS, KedaHolds
from rollouts_router.router.keda_objects import KedaObjects
from rollouts_router.router.reports import Log

_MOST_NAMESPACES: Final = 1024  # looked through one by one; more would be a request each for minutes


class KedaSweeper:
    """Sweeps every `seconds` once somebody has armed it; before that not one request is made.

    `sleep` waits so many seconds; `post` is called after each sweep, for what was told in it.
    """

    def __init__(
        self,
        objects: KedaObjects,
        holds: KedaHolds,
        log: Log,
        *,
        wishes: KedaWishes,
        sleep: Callable[[float], Awaitable[None]],
        seconds: float,
        post: Callable[[], Awaitable[None]],
    ) -> None:
        self._objects = objects
        self._holds = holds
        self._log = log
        self._wishes = wishes
        self._sleep = sleep
        self._seconds = seconds
        self._post = post
        self._armed = asyncio.Event()
        self._namespaces: set[str] = set()
        self._told = ""

    def arm(self, namespace: str = "") -> None:
        """Let it begin: there is somebody, in this namespace if it is given, who may hold something."""
        if namespace and len(self._namespaces) < _MOST_NAMESPACES:
            self._namespaces.add(namespace)
        self._armed.set()

    async def run(self) -> None:
        """Sweep until cancelled."""
        await self._armed.wait()
        while True:
            await self._guarded()
            await self._post()
            await self._sleep(self._seconds)

    async def sweep(self) -> None:
        """Look through all held objects once, each within BUDGET_SECONDS.

        Where the whole cluster may not be listed, the namespaces are from which calls came.

        Raises:
            ApiError: They could not be listed.
        """
        try:
            await self._look("")
        except Forbidden:
            if not self._namespaces:
                raise
            outcomes = [await self._outcome(namespace) for namespace in sorted(self._namespaces)]
            failures = [error for error in outcomes if error is not None]
            if failures:
                raise failures[0] from None

    async def _outcome(self, namespace: str) -> ApiError | None:
        try:
            await self._look(namespace)
        except ApiError as error:
            return error
        return None

    async def _look(self, namespace: str) -> None:
        for each in await self._objects.held(namespace):
            try:
                async with asyncio.timeout(BUDGET_SECONDS):
                    await self._settle(each)
            except (ApiError, TimeoutError) as error:
                self._log.debug(
                    "a held ScaledObject waits for the next sweep", object=str(each), reason=str(error)
                )

    async def _guarded(self) -> None:
        try:
            await self.sweep()
        except ApiError as error:
            self._tell(str(error))
        except Exception as error:  # noqa: BLE001  # a bug here must not end the process that routes traffic
            self._log.error("a bug in rollouts-router; please report it", task="keda sweep", error=error)
        else:
            self._told = ""

    def _leave(self, scaled: ScaledObject, error: RoutingError) -> None:
        self._log.debug("a held ScaledObject is left as it is", object=str(scaled), reason=str(error))

    def _tell(self, sentence: str) -> None:
        """Once for as long as it is the same."""
        if sentence != self._told:
            self._log.warning(
                f"ScaledObjects that a canary left held are not looked for: {sentence};"
                " what a deleted Rollout held stays held meanwhile"
            )
        self._told = sentence

    async def _settle(self, scaled: ScaledObject) -> None:
        if scaled.is_leaving:
            return
        item = (
            await self._objects.rollout(scaled.namespace, scaled.target) if scaled.targets_rollout else None
        )
        if item is None:
            await self._holds.settle(scaled, None, None)
            return
        try:
            rollout, weight = manifest_rollout(item), asked_weight(item)
        except FieldError as error:  # the API server keeps no such thing
            self._leave(scaled, error)
            return
        try:
            config = self._wishes.of(rollout)
        except RoutingError as error:
            if in_canary(rollout, weight):
                self._leave(scaled, error)
                return
            config = None
        await self._holds.settle(scaled, rollout, config, weight=weight)
