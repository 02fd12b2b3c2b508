"""The metric that KEDA asks for, played by the test: one number for each ScaledObject, over HTTP on loopback.

KEDA's `metrics-api` trigger is active while the number is above zero; the autoscaler aims at one pod for each unit.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from e2e.bed import waiting
from e2e.bed.ports import with_free_port

if TYPE_CHECKING:
    from types import TracebackType

    from e2e.bed.kinds import Object

FIELD: Final = "value"
PATIENCE: Final = 30.0  # seconds for a few looks of KEDA, which come every second or two


class Triggers:
    """A server of numbers, zero unless said otherwise. It belongs to the event loop it was opened in."""

    def __init__(self) -> None:
        """Listens nowhere yet."""
        self._values: dict[str, int] = {}
        self._looks: Counter[str] = Counter()
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{name:.+}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        self._port = await with_free_port(self._listen)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def of(self, name: str) -> Trigger:
        """The trigger of this name."""
        return Trigger(self, name)

    def url(self, name: str) -> str:
        """Where KEDA finds the number."""
        return f"http://127.0.0.1:{self._port}/{name}"

    def says(self, name: str, value: int) -> None:
        """The number from now on."""
        self._values[name] = value

    def looks(self, name: str) -> int:
        """How often the number was asked for."""
        return self._looks[name]

    async def _listen(self, port: int) -> int:
        assert self._runner is not None
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        return port

    async def _answer(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self._looks[name] += 1
        return web.json_response({FIELD: self._values.get(name, 0)})


class Trigger:
    """One number, as a test speaks of it."""

    def __init__(self, triggers: Triggers, name: str) -> None:
        """Says nothing yet."""
        self._triggers = triggers
        self._name = name

    def goes_to(self, value: int) -> None:
        """There is this much work; none means that KEDA finds the trigger inactive."""
        self._triggers.says(self._name, value)

    async def is_seen(self, times: int) -> None:
        """Returns when KEDA has looked this often from now on, so that it has acted on all looks but the last."""
        wanted = self._triggers.looks(self._name) + times

        async def ask() -> bool | None:
            return True if self._triggers.looks(self._name) >= wanted else None

        await waiting.until(ask, within=PATIENCE, what=f"{times} looks of KEDA at {self._name}")

    def definition(self) -> Object:
        """The entry of `spec.triggers`."""
        return {
            "type": "metrics-api",
            "metadata": {
                "url": self._triggers.url(self._name),
                "valueLocation": FIELD,
                "targetValue": "1",
                "activationTargetValue": "0",
            },
        }
