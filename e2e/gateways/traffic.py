"""Requests through the gateway, bounded in number, counted by the version that answered.

A version is a pod template hash, as the label of the pod says whose address gave the answer. What shares are right
is not decided here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from e2e.bed import waiting
from e2e.gateways.callers import CallError, Request, caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

    from e2e.bed.api import Api
    from e2e.gateways.callers import Call
    from e2e.gateways.wires import Wire

VERSION_LABEL: Final = "rollouts-pod-template-hash"
AT_ONCE: Final = 8  # callers, each with a connection of its own
PAUSE: Final = 0.02  # seconds between two requests of a load on one wire
MOST: Final = 30_000  # requests of a load on one wire: ten minutes of it
WARM: Final = 60.0  # seconds; Envoy Gateway needs some fifteen before its endpoints are known
IN_A_ROW: Final = 20  # good answers after which a gateway counts as warm


class Versions:
    """Which pod is of which version, also of pods that were there once."""

    def __init__(self, api: Api, namespace: str) -> None:
        """Asks nothing yet."""
        self._api = api
        self._namespace = namespace
        self._known: dict[str, str] = {}

    async def by_address(self) -> Mapping[str, str]:
        """The version of each address that a pod of the namespace has or has had; the latest, if several had it."""
        for pod in await self._api.list("Pod", self._namespace):
            version = pod["metadata"]["labels"].get(VERSION_LABEL)
            address = pod.get("status", {}).get("podIP")
            if version and address:
                self._known[address] = version
        return self._known


@dataclass(slots=True)
class Load:
    """What came of the requests of a load so far."""

    answered: Counter[str] = field(default_factory=Counter)  # by wire
    failures: Counter[str] = field(default_factory=Counter)  # by wire and what it was
    ended: bool = False


class Traffic:
    """Requests for one application, by its host name."""

    def __init__(self, versions: Callable[[], Awaitable[Mapping[str, str]]], host: str) -> None:
        """Asks nothing yet. `versions` tells the version of every address."""
        self.versions = versions
        self._host = host

    async def count(
        self,
        wire: Wire,
        number: int,
        *,
        path: str = "/",
        headers: Mapping[str, str] | None = None,
        word: str = "",
    ) -> Counter[str]:
        """This many requests, by the version that answered; a failed one under what it was, `HTTP 503` say."""
        request = Request(host=self._host, path=path, headers=headers or {}, word=word)
        answers: Counter[str] = Counter()

        async def ask(times: int) -> None:
            async with caller(wire, request) as call:
                for _ in range(times):
                    answers[await _outcome(call)] += 1

        before = dict(await self.versions())
        async with asyncio.TaskGroup() as group:
            for worker in range(AT_ONCE):
                group.create_task(ask(len(range(worker, number, AT_ONCE))))
        return by_version(answers, {**before, **await self.versions()})

    async def warm_up(self, wires: Iterable[Wire]) -> None:
        """Returns when each wire has given good answers in a row."""
        for wire in wires:
            async with caller(wire, Request(host=self._host)) as call:

                async def ask(call: Call = call) -> bool | None:
                    try:
                        for _ in range(IN_A_ROW):
                            await call()
                    except CallError:
                        return None
                    return True

                await waiting.until(ask, within=WARM, what=f"{IN_A_ROW} answers in a row over {wire.name}")

    @contextlib.asynccontextmanager
    async def load(
        self, wires: Iterable[Wire], *, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[Load]:
        """A steady trickle on each wire for as long as the block runs."""
        load = Load()
        request = Request(host=self._host, headers=headers or {})
        async with asyncio.TaskGroup() as group:
            for wire in wires:
                group.create_task(_trickle(wire, request, load))
            try:
                yield load
            finally:
                load.ended = True


async def _trickle(wire: Wire, request: Request, load: Load) -> None:
    async with caller(wire, request) as call:
        for _ in range(MOST):
            if load.ended:
                return
            try:
                await call()
                load.answered[wire.name] += 1
            except CallError as error:
                load.failures[f"{wire.name}: {error}"] += 1
            await asyncio.sleep(PAUSE)


async def _outcome(call: Call) -> str:
    """A pod's address, or what went wrong."""
    try:
        return await call()
    except CallError as error:
        return str(error)


def by_version(answers: Counter[str], versions: Mapping[str, str]) -> Counter[str]:
    """Counts by address as counts by version; what is no known address stays as it is."""
    counted: Counter[str] = Counter()
    for answer, times in answers.items():
        counted[versions.get(answer, answer)] += times
    return counted
