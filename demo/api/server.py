"""The API over HTTP: requests in, what the store makes of them out, and watches as streams."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from tests.fakes.selectors import matches

from demo.api.paths import Document, Place, read
from demo.api.refusals import Json, RefusalError, refused
from demo.api.store import Change, Store

JSON_PATCH: Final = "application/json-patch+json"
MAX_BODY: Final = 3 * 1024 * 1024  # bytes, the real one's limit too
MAX_WATCH: Final = 600.0  # seconds; clients ask for less, and start again


@asynccontextmanager
async def serving(store: Store) -> AsyncIterator[str]:
    """The API on a free port of loopback for as long as the block runs; its URL."""
    application = web.Application(client_max_size=MAX_BODY)
    application.router.add_route("*", "/{path:.*}", _Handler(store).answer)
    runner = web.AppRunner(application, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class _Handler:
    """One store, asked by HTTP."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def answer(self, request: web.Request) -> web.StreamResponse:
        try:
            found = read(request.path)
            if isinstance(found, Document):
                return web.json_response(found.content)
            return await self._at(found, request)
        except RefusalError as error:
            return web.json_response(error.status, status=error.code)

    async def _at(self, place: Place, request: web.Request) -> web.StreamResponse:
        match request.method, bool(place.name):
            case "GET", True:
                return self._told(place, self._store.get(place.kind, (place.namespace, place.name)))
            case "GET", False if request.query.get("watch") in {"1", "true"}:
                return await self._watch(place, request)
            case "GET", False:
                return web.json_response(self._list(place, request))
            case "POST", False:
                return self._told(place, self._store.create(place.kind, await _body(request)), status=201)
            case (("PUT" | "PATCH" | "DELETE"), True):
                return await self._change(place, request)
            case _:
                raise refused(405, f"{request.method} is not supported at {request.path}")

    async def _change(self, place: Place, request: web.Request) -> web.Response:
        key = (place.namespace, place.name)
        if request.method == "DELETE":
            return self._told(place, self._store.delete(place.kind, key))
        if request.method == "PUT":
            new = await _body(request)
            return self._told(place, self._store.replace(place.kind, key, new, status=place.status))
        if request.content_type != JSON_PATCH:
            raise refused(415, f"this API in memory takes no patch but {JSON_PATCH}")
        operations = await _operations(request)
        return self._told(place, self._store.patch(place.kind, key, operations, status=place.status))

    def _list(self, place: Place, request: web.Request) -> Json:
        selector = request.query.get("labelSelector", "")
        listed = self._store.all(place.kind, place.namespace)
        return {
            "kind": f"{place.kind.name}List",
            "apiVersion": place.kind.api_version(place.version),
            "metadata": {"resourceVersion": str(self._store.version)},
            "items": [_shown(place, each) for each in listed if _selected(each, selector)],
        }

    async def _watch(self, place: Place, request: web.Request) -> web.StreamResponse:
        seconds = min(float(request.query.get("timeoutSeconds", MAX_WATCH)), MAX_WATCH)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        try:
            async with asyncio.timeout(seconds):
                await self._stream(place, request, response)
        except TimeoutError:
            pass  # the client asked for no more
        except RefusalError as error:
            await _send(response, "ERROR", error.status)
        return response

    async def _stream(self, place: Place, request: web.Request, response: web.StreamResponse) -> None:
        """Everything first if that is asked for, then every change for ever."""
        selector = request.query.get("labelSelector", "")
        since = request.query.get("resourceVersion", "")
        initial = request.query.get("sendInitialEvents") == "true"
        version = int(since) if since.isdigit() and int(since) and not initial else self._store.version
        if initial or since in {"", "0"}:
            for thing in self._list(place, request)["items"]:
                await _send(response, "ADDED", thing)
        if initial:
            await _send(response, "BOOKMARK", _bookmark(place, version))
        while True:
            changes = self._store.since(version)
            version = max([version, *(change.version for change in changes)])
            for change in changes:
                if _concerns(change, place, selector):
                    await _send(response, change.event, _shown(place, change.object))
            if version == self._store.version:
                await self._store.stirred()

    @staticmethod
    def _told(place: Place, thing: Json, *, status: int = 200) -> web.Response:
        return web.json_response(_shown(place, thing), status=status)


async def _send(response: web.StreamResponse, event: str, thing: Json) -> None:
    await response.write(json.dumps({"type": event, "object": thing}).encode() + b"\n")


async def _body(request: web.Request) -> Json:
    content = await _json(request)
    if not isinstance(content, dict) or not isinstance(content.get("metadata"), dict):
        raise refused(400, "the body is no object with metadata")
    return content


async def _operations(request: web.Request) -> list[Json]:
    content = await _json(request)
    if not isinstance(content, list) or not all(isinstance(each, dict) for each in content):
        raise refused(400, "the body is no JSON Patch")
    return content


async def _json(request: web.Request) -> object:
    try:
        return json.loads(await request.read())
    except ValueError as error:
        raise refused(400, f"the body is no JSON: {error}") from error


def _shown(place: Place, thing: Json) -> Json:
    """An object in the version that was asked for."""
    return {**thing, "kind": place.kind.name, "apiVersion": place.kind.api_version(place.version)}


def _selected(thing: Json, selector: str) -> bool:
    return matches(selector, thing["metadata"].get("labels") or {})


def _concerns(change: Change, place: Place, selector: str) -> bool:
    space = change.object["metadata"].get("namespace", "")
    here = change.kind is place.kind and place.namespace in {"", space}
    return here and _selected(change.object, selector)


def _bookmark(place: Place, version: int) -> Json:
    """Says that the initial events are over (KEP-3157)."""
    metadata = {"resourceVersion": str(version), "annotations": {"k8s.io/initial-events-end": "true"}}
    return {
        "kind": place.kind.name,
        "apiVersion": place.kind.api_version(place.version),
        "metadata": metadata,
    }
