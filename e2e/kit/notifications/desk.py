"""One server on loopback that plays both ends: the Prometheus that gates ask, and the receiver of the webhook.

What it is asked it answers from a table of the test's; what it is told it keeps.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Self

from aiohttp import web

from e2e.bed import waiting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

SOON: Final = 60.0  # seconds; the controller posts as it writes the Event
_NOW: Final = 1_700_000_000  # any time will do: nobody looks at it


class Desk:
    """A server as an async context manager; `answers` are the values of each query, as Prometheus writes them."""

    def __init__(self, answers: Mapping[str, tuple[str, ...]]) -> None:
        """Opens nothing yet."""
        self._answers = answers
        self._told: list[dict[str, Any]] = []
        app = web.Application()
        app.router.add_post("/api/v1/query", self._query)
        app.router.add_post("/hook", self._hook)
        self._runner = web.AppRunner(app)
        self._port = 0

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    async def message(self, event: str, namespace: str) -> dict[str, Any]:
        """The body of the first webhook of this event of a second version, as soon as it came.

        (The first one's installation is told as completed, too.)
        """
        wanted = (event, namespace, "2")

        async def ask() -> dict[str, Any] | None:
            keys = ("event", "namespace", "revision")
            return next((each for each in self._told if tuple(each[key] for key in keys) == wanted), None)

        return await waiting.until(ask, within=SOON, what=f"the webhook {event} from {namespace}")

    async def _query(self, request: web.Request) -> web.Response:
        query = str((await request.post())["query"])
        values = self._answers[query]
        result = [{"metric": {"n": str(n)}, "value": [_NOW, value]} for n, value in enumerate(values)]
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": result}})

    async def _hook(self, request: web.Request) -> web.Response:
        self._told.append(json.loads(await request.text()))
        return web.Response()
