"""A small client of the Kubernetes API for tests: verified TLS, a token or a certificate, plain dicts in and out.

It does what is asked, once: no cache, no watch, no retry. Waiting is asking again, within a bound. A client
belongs to the event loop it was opened in.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Self

import aiohttp
import yaml

from e2e.bed import waiting
from e2e.bed.kinds import Kind, Object, kind_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

JSON = "application/json"
APPLY = "application/apply-patch+yaml"  # the server reads JSON under this name too: it is YAML
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
REQUEST_LIMIT = 30.0  # seconds for one request
SHOWN = 4000  # characters of an object in a failure text
MANAGER = "bed"


class ApiError(Exception):
    """The API server refused; `status` and `reason` say how, `body` is its whole answer."""

    def __init__(self, method: str, path: str, status: int, body: Object) -> None:
        """Keeps the answer; the text quotes the server's own message."""
        super().__init__(f"{method} {path}: {status} {body.get('reason', '')}: {body.get('message', body)}")
        self.status = status
        self.reason = str(body.get("reason", ""))
        self.body = body


class Api:
    """One identity's view of the API server. Kinds are given by name, by plural, or as a `Kind`."""

    def __init__(self, url: str, *, tls: ssl.SSLContext, token: str = "") -> None:
        """Opens no connection; entering the context does. Without a token the TLS context says who is asking."""
        self._url = url
        self._headers = {"User-Agent": "bed", **({"Authorization": f"Bearer {token}"} if token else {})}
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(ssl=self._tls, limit=32)
        limit = aiohttp.ClientTimeout(total=REQUEST_LIMIT)
        self._session = aiohttp.ClientSession(connector=connector, headers=self._headers, timeout=limit)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        content: str = JSON,
        query: Mapping[str, str] | None = None,
    ) -> object:
        """One request; the decoded answer, or `ApiError`."""
        if self._session is None:
            raise RuntimeError("the client is not open: use it with `async with`")
        data = None if body is None else json.dumps(body)
        headers = {"Content-Type": content}
        async with self._session.request(
            method, self._url + path, data=data, headers=headers, params=query
        ) as got:
            answer = _decoded(await got.text())
            if got.status >= 400:
                raise ApiError(
                    method, path, got.status, answer if isinstance(answer, dict) else {"message": answer}
                )
            return answer

    async def get(self, kind: str | Kind, name: str, namespace: str | None = None) -> Object:
        """The object, or `ApiError` 404."""
        return _object(await self.request("GET", kind_of(kind).path(name, namespace)))

    async def find(self, kind: str | Kind, name: str, namespace: str | None = None) -> Object | None:
        """The object, or None where there is none."""
        try:
            return await self.get(kind, name, namespace)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def list(self, kind: str | Kind, namespace: str | None = None, selector: str = "") -> list[Object]:
        """All objects of the kind, by label selector if one is given."""
        query = {"labelSelector": selector} if selector else None
        answer = _object(await self.request("GET", kind_of(kind).path(None, namespace), query=query))
        return list(answer["items"])

    async def create(self, thing: Object) -> Object:
        """Creates the object."""
        kind, _, namespace = address(thing)
        return _object(await self.request("POST", kind.path(None, namespace), body=thing))

    async def apply(self, thing: Object, manager: str = MANAGER, *, force: bool = True) -> Object:
        """Server-side apply."""
        kind, name, namespace = address(thing)
        query = {"fieldManager": manager, "force": str(force).lower()}
        path = kind.path(name, namespace)
        return _object(await self.request("PATCH", path, body=thing, content=APPLY, query=query))

    async def merge_patch(
        self,
        kind: str | Kind,
        name: str,
        namespace: str | None,
        patch: Object,
        *,
        subresource: str | None = None,
    ) -> Object:
        """Merge patch; of the status with `subresource="status"`."""
        path = kind_of(kind).path(name, namespace, subresource)
        return _object(await self.request("PATCH", path, body=patch, content=MERGE_PATCH))

    async def json_patch(
        self,
        kind: str | Kind,
        name: str,
        namespace: str | None,
        operations: Sequence[Object],
        *,
        subresource: str | None = None,
    ) -> Object:
        """JSON Patch."""
        path = kind_of(kind).path(name, namespace, subresource)
        return _object(await self.request("PATCH", path, body=list(operations), content=JSON_PATCH))

    async def delete(self, kind: str | Kind, name: str, namespace: str | None = None) -> None:
        """Deletes the object; one that is gone already is fine."""
        try:
            await self.request("DELETE", kind_of(kind).path(name, namespace))
        except ApiError as error:
            if error.status != 404:
                raise

    async def wait_until(
        self,
        kind: str | Kind,
        name: str,
        namespace: str | None,
        condition: Callable[[Object], object],
        *,
        within: float = 30.0,
        what: str = "",
        interval: float = waiting.INTERVAL,
    ) -> Object:
        """The object as soon as it exists and the condition holds; else a failure that shows it as last seen."""
        seen: Object | None = None

        async def ask() -> Object | None:
            nonlocal seen
            with contextlib.suppress(aiohttp.ClientConnectionError):  # a test may have taken the API away
                seen = await self.find(kind, name, namespace)
            return seen if seen is not None and condition(seen) else None

        def failure() -> str:
            return f"{kind_of(kind).name} {namespace or ''}/{name} {what}; last seen:\n{shown(seen)}"

        return await waiting.until(ask, within=within, what=failure, interval=interval)

    async def wait_gone(
        self,
        kind: str | Kind,
        name: str,
        namespace: str | None = None,
        *,
        within: float = 30.0,
    ) -> None:
        """Returns when the object does not exist."""

        async def ask() -> bool | None:
            return True if await self.find(kind, name, namespace) is None else None

        await waiting.until(ask, within=within, what=f"{kind_of(kind).name} {namespace or ''}/{name} gone")


def address(thing: Object) -> tuple[Kind, str, str | None]:
    """What an object says about its own place."""
    metadata = thing["metadata"]
    return kind_of(thing["kind"], thing["apiVersion"]), metadata["name"], metadata.get("namespace")


def load(path: Path) -> list[Object]:
    """The objects of a YAML file."""
    # The loader in C reads the CRDs in a third of a second; the one in Python would need ten.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with path.open() as file:
        return [thing for thing in yaml.load_all(file, loader) if thing]


def shown(thing: Object | None) -> str:
    """An object for a failure text: as YAML, without the field managers, cut."""
    if thing is None:
        return "(none)"
    metadata = {name: value for name, value in thing.get("metadata", {}).items() if name != "managedFields"}
    return str(yaml.safe_dump({**thing, "metadata": metadata}))[:SHOWN]


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _object(answer: object) -> Object:
    if not isinstance(answer, dict):
        raise TypeError(f"the API server answered no object: {answer!r}")
    return answer
