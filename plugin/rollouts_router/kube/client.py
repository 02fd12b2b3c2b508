"""The client: get, list, patch, create and discovery, each bounded, throttled and retried as the server asks.

What a request looks like is `requests`' matter, what an answer means is `errors`', and how bytes travel is the
connection's. Nothing here knows what the objects are for.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import msgspec

from rollouts_router.kube import discovery, errors, requests
from rollouts_router.kube.errors import (
    ApiError,
    CredentialsError,
    Expired,
    NoCredentials,
    NotServed,
    TooManyRequests,
    Unavailable,
)
from rollouts_router.kube.objects import KubeObject, KubeObjects, Page, page_of
from rollouts_router.kube.requests import Request
from rollouts_router.kube.resources import Call, Resource, Verb
from rollouts_router.kube.throttle import Sleep, Throttle

REQUEST_TIMEOUT: Final = 10.0
"""Seconds one request may take, from sending to the last byte of the answer."""

CONNECT_TIMEOUT: Final = 20.0
"""Seconds that loading credentials may take; longer than a credential plugin's own limit, which says more."""

IN_FLIGHT: Final = 16
"""Requests at once: more gain nothing on an API server and take from its other clients."""

MAX_TRIES: Final = 5
"""Times a request is sent when the server asks us to come back later."""

MAX_LISTS: Final = 3
"""Times a list is begun when its position expires in the middle."""

MAX_PAGES: Final = 200
"""Pages of one list: 100,000 objects, beyond any use we have for them."""

_DECODER: Final = msgspec.json.Decoder(KubeObject)

_Sent = TypeVar("_Sent")
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; `retry_after` is that header, empty when there was none."""

    status: int
    retry_after: str
    body: bytes


class Connection(Protocol):
    """A way to the API server with credentials to use it."""

    async def send(self, request: Request) -> Answer:
        """Send the request and read the whole answer; it need not bound the time. Raises Unavailable."""
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...


Connect = Callable[[], Awaitable[Connection]]
"""Loads credentials and makes a connection of them. Raises CredentialsError."""


class Client:
    """Talks to one API server; connects at the first use, and again after a failure to connect.

    `in_flight` (at least 1) is how many requests may be under way at once; one that waits for its turn in the
    throttle or for a retry is not under way. `request_timeout` is in seconds. Close it with `aclose`.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        throttle: Throttle,
        sleep: Sleep = asyncio.sleep,
        request_timeout: float = REQUEST_TIMEOUT,
        in_flight: int = IN_FLIGHT,
    ) -> None:
        self._connect = connect
        self._throttle = throttle
        self._sleep = sleep
        self._request_timeout = request_timeout
        self._slots = asyncio.Semaphore(in_flight)
        self._connecting = asyncio.Lock()
        self._connection: Connection | None = None
        self._uses: Counter[Connection] = Counter()

    async def get(self, resource: Resource, *, namespace: str, name: str) -> KubeObject:
        """Read one object from the quorum. Raises NotFound, NotServed or another ApiError."""
        return await self._call(requests.get(resource, namespace=namespace, name=name))

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> KubeObjects:
        """Read all objects of a namespace, or of all namespaces if it is empty, page by page.

        As the server sends them, items carry neither apiVersion nor kind when the list is of a built-in type.
        A list whose position expires is begun again, MAX_LISTS times in all. Raises ApiError.
        """
        for _ in range(MAX_LISTS - 1):
            try:
                return await self._pages(resource, namespace, label_selector)
            except Expired:
                continue
        return await self._pages(resource, namespace, label_selector)

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
        """Apply a JSON Patch, all of it or nothing, and return the object as it is now; in a dry run, as it would be.

        Raises TestFailed, Conflict, Invalid, NotFound or another ApiError. After Unavailable it is not known
        whether the patch was applied.
        """
        return await self._call(
            requests.patch(
                resource,
                namespace=namespace,
                name=name,
                operations=operations,
                field_manager=field_manager,
                dry_run=dry_run,
            )
        )

    async def merge_patch(
        self,
        resource: Resource,
        *,
        namespace: str,
        name: str,
        document: Mapping[str, object],
        field_manager: str,
    ) -> KubeObject:
        """Apply a JSON Merge Patch and return the object as it is now.

        Raises Conflict when the object has not the resourceVersion of the document any more, Invalid, NotFound or
        another ApiError. After Unavailable it is not known whether the patch was applied.
        """
        return await self._call(
            requests.merge_patch(
                resource, namespace=namespace, name=name, document=document, field_manager=field_manager
            )
        )

    async def create(
        self,
        resource: Resource,
        *,
        namespace: str,
        name: str,
        body: Mapping[str, object],
        field_manager: str,
    ) -> KubeObject:
        """Create an object, and return it as it is now.

        Raises Conflict when there is one of its name, Invalid, Forbidden or another ApiError. After Unavailable it is
        not known whether it was created.
        """
        return await self._call(
            requests.create(resource, namespace=namespace, name=name, body=body, field_manager=field_manager)
        )

    async def review(self, resource: Resource, question: Mapping[str, object]) -> KubeObject:
        """Have the server answer a TokenReview or SubjectAccessReview; it stores nothing. Raises ApiError."""
        return await self._call(requests.review(resource, question))

    async def served(self, group: str) -> discovery.Served:
        """The resources of a group and their served versions; empty when the group is not served at all."""
        request = requests.discovery(group)
        try:
            versions = _parsed(request.call, discovery.versions_of, await self._call(request))
        except NotServed:
            return {}
        try:
            async with asyncio.TaskGroup() as asking:
                tasks = {version: asking.create_task(self._plurals(group, version)) for version in versions}
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        return discovery.by_plural({version: task.result() for version, task in tasks.items()})

    async def aclose(self) -> None:
        """Close the connection. A later call would connect again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.aclose()

    async def _plurals(self, group: str, version: str) -> tuple[str, ...]:
        request = requests.discovery(group, version)
        try:
            return _parsed(request.call, discovery.plurals_of, await self._call(request))
        except NotServed:  # withdrawn since the group was read
            return ()

    async def _pages(self, resource: Resource, namespace: str, label_selector: str) -> KubeObjects:
        found: KubeObjects = []
        after = ""
        for _ in range(MAX_PAGES):
            page = await self._page(
                requests.page(resource, namespace=namespace, label_selector=label_selector, after=after)
            )
            found += page.items
            after = page.after
            if not after:
                return found
        call = Call(verb=Verb.LIST, resource=resource, namespace=namespace)
        raise Unavailable(call, f"the list did not end after {len(found)} objects")

    async def _page(self, request: Request) -> Page:
        return _parsed(request.call, page_of, await self._call(request))

    async def _call(self, request: Request) -> KubeObject:
        for _ in range(MAX_TRIES - 1):
            try:
                return await self._authorized(request)
            except ApiError as error:
                if error.retry_after is None or not (request.reads or isinstance(error, TooManyRequests)):
                    raise
                delay = error.retry_after
            await self._sleep(delay)
        return await self._authorized(request)

    async def _authorized(self, request: Request) -> KubeObject:
        try:
            return await self._use(await self._connected(request.call), request)
        except ApiError as error:
            if not error.renews:
                raise
        # Whoever failed first has dropped the connection: this loads credentials anew, once for all of them.
        return await self._use(await self._connected(request.call), request)

    async def _connected(self, call: Call) -> Connection:
        if self._connection is not None:
            return self._connection
        async with self._connecting:
            if self._connection is None:
                self._connection = await self._fresh(call)
            return self._connection

    async def _fresh(self, call: Call) -> Connection:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                return await self._connect()
        except CredentialsError as error:
            raise NoCredentials(call, str(error)) from error
        except TimeoutError as error:
            raise NoCredentials(call, f"credentials were not loaded in {CONNECT_TIMEOUT:g} s") from error

    async def _use(self, connection: Connection, request: Request) -> KubeObject:
        """Send on this connection; one that was given up meanwhile is closed by its last user."""
        self._uses[connection] += 1
        try:
            return await self._send(connection, request)
        except ApiError as error:
            if error.renews and self._connection is connection:
                self._connection = None
            raise
        finally:
            self._uses[connection] -= 1
            if not self._uses[connection]:
                del self._uses[connection]
                if self._connection is not connection:
                    await connection.aclose()

    async def _send(self, connection: Connection, request: Request) -> KubeObject:
        await self._throttle.acquire()
        async with self._slots:
            try:
                async with asyncio.timeout(self._request_timeout):
                    answer = await connection.send(request)
            except TimeoutError as error:
                raise Unavailable(
                    request.call, f"the API server did not answer in {self._request_timeout:g} s"
                ) from error
        errors.check(request.call, answer.status, retry_after=answer.retry_after, body=answer.body)
        return _parsed(request.call, _DECODER.decode, answer.body)


def _parsed(call: Call, parse: Callable[[_Sent], _Read], sent: _Sent) -> _Read:
    try:
        return parse(sent)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        quoted = errors.cut(sent.decode(errors="replace")) if isinstance(sent, bytes) else "a JSON object"
        raise Unavailable(
            call, f"the answer does not come from an API server ({error}); it was: {quoted}"
        ) from error
