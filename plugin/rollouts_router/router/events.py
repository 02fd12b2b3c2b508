"""Posts Events about Rollouts where that is permitted. Nothing here can fail a call, and it delays none that has no news.

An Event is an aside: it is tried once, within a second, after the work of the call that has it. What it says stands in
the log in any case.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from rollouts_router.core.events import COMPONENT, Occurrence, stamp
from rollouts_router.core.untyped import integer
from rollouts_router.kube.errors import ApiError, Conflict, Forbidden, NotFound
from rollouts_router.kube.objects import KubeObject
from rollouts_router.kube.resources import Resource
from rollouts_router.router.recent import MOST, Recent

EVENTS: Final = Resource("", "v1", "events")
POST_SECONDS: Final = 1.0  # an API server that takes longer has better things to do
_MOST_WAITING: Final = 20  # in one call; a Rollout with more news has them in the log


class Poster(Protocol):
    """What is asked of the API."""

    async def create(
        self,
        resource: Resource,
        *,
        namespace: str,
        name: str,
        body: Mapping[str, object],
        field_manager: str,
    ) -> KubeObject:
        """Create an object."""

    async def patch(
        self,
        resource: Resource,
        *,
        namespace: str,
        name: str,
        operations: Sequence[Mapping[str, object]],
        field_manager: str,
    ) -> KubeObject:
        """Apply a JSON Patch and return the object as it is then."""


class Diary(Protocol):
    """A log, as far as it is needed."""

    def debug(self, event: str, /, **fields: object) -> None:
        """For someone who looks for a cause."""

    def info(self, event: str, /, **fields: object) -> None:
        """Worth knowing."""


class Events:
    """Takes what happened at any time, and posts it when asked.

    One sentence is one Event, also over restarts: when it happens again the Event's count and time are renewed. A
    namespace in which Events may not be written is told of once, and left alone from then on.
    """

    def __init__(
        self, poster: Poster, log: Diary, now: Callable[[], datetime], seconds: float = POST_SECONDS
    ) -> None:
        """`now` tells the time of day, with its offset from UTC."""
        self._poster = poster
        self._log = log
        self._now = now
        self._seconds = seconds
        self._waiting: deque[Occurrence] = deque(maxlen=_MOST_WAITING)
        self._counts: Recent[tuple[str, str], int] = Recent(MOST)  # of Events, by namespace and name
        self._forbidden: Recent[str, bool] = Recent(MOST)

    def add(self, occurrence: Occurrence) -> None:
        """To be posted with the next `post`."""
        self._waiting.append(occurrence)

    async def post(self) -> None:
        """Post what is waiting, in a second at most; what fails or takes longer is dropped."""
        if not self._waiting:
            return
        todo, self._waiting = self._waiting, deque(maxlen=_MOST_WAITING)
        try:
            async with asyncio.timeout(self._seconds), asyncio.TaskGroup() as group:
                for occurrence in todo:
                    group.create_task(self._post(occurrence))
        except TimeoutError:
            self._log.debug("Events were dropped: the API server took too long", count=len(todo))

    async def _post(self, occurrence: Occurrence) -> None:
        namespace = occurrence.rollout.namespace
        if self._forbidden.get(namespace):
            return
        try:
            await self._tell(occurrence)
        except Forbidden as error:
            if not self._forbidden.get(namespace):  # several may be under way
                self._log.info(
                    "no Events are written in this namespace", namespace=namespace, reason=str(error)
                )
            self._forbidden.put(namespace, entry=True)
        except ApiError as error:
            self._log.debug("an Event was dropped", namespace=namespace, reason=str(error))

    async def _tell(self, occurrence: Occurrence) -> None:
        key = (occurrence.rollout.namespace, occurrence.name())
        count = self._counts.get(key)
        try:
            if count is not None:
                await self._renew(key, count + 1)
                return
        except NotFound:  # the API server drops Events after an hour
            self._counts.drop(key)
        try:
            await self._create(key, occurrence)
        except Conflict:  # a former process has told it
            await self._renew(key, None)

    async def _create(self, key: tuple[str, str], occurrence: Occurrence) -> None:
        namespace, name = key
        await self._poster.create(
            EVENTS,
            namespace=namespace,
            name=name,
            body=occurrence.to_event(self._now()),
            field_manager=COMPONENT,
        )
        self._counts.put(key, 1)

    async def _renew(self, key: tuple[str, str], count: int | None) -> None:
        """Give an Event that is there this moment, and this count unless it is not known."""
        namespace, name = key
        counted = [] if count is None else [{"op": "add", "path": "/count", "value": count}]
        written = await self._poster.patch(
            EVENTS,
            namespace=namespace,
            name=name,
            operations=[{"op": "add", "path": "/lastTimestamp", "value": stamp(self._now())}, *counted],
            field_manager=COMPONENT,
        )
        self._counts.put(key, integer(written.get("count")) or 1)
