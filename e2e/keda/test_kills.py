"""`kill -9` at each point between two requests of a call, for a whole canary: the ScaledObject always gets back.

A proxy stands in front of the API server, counts, and kills the plugin when its n-th request arrives.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
import pytest
import pytest_asyncio

from e2e.hosts.driver import HostError
from e2e.keda import scaled
from e2e.keda.doorman import Doorman, killed
from e2e.keda.ground import without_keda
from e2e.keda.stage import AFTER, WANTED, WHOLE_CANARY, Calls, Stage, plugin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp import web

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWN: Final = {scaled.FORCE: "false", "example.com/team": "shop"}
SWEEPS: Final = "--keda=hold"
"""With this flag a plugin sweeps from its first moment, and not only once a Rollout asks for it."""
BESIDE: Final = 2  # canaries beside each other, which is what two cores bear


@dataclass(frozen=True, slots=True, kw_only=True)
class Wreck:
    """What a killed plugin left behind, what was there before it, and how many rounds of calls were done."""

    stage: Stage
    original: Object
    done: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plane() -> AsyncIterator[ControlPlane]:
    """The control plane of this module; ReplicaSets are what the test says."""
    async with without_keda() as plane:
        yield plane


@pytest_asyncio.fixture(loop_scope="module")
async def wrecks(plane: ControlPlane, tmp_path: Path) -> list[Wreck]:
    """One canary for each request that a whole canary takes, with the plugin killed when that request arrives."""
    requests, whole = await _until_request(plane, tmp_path, None)
    assert whole.done == len(WHOLE_CANARY)
    assert requests > 2 * len(WHOLE_CANARY), requests
    print(f"{requests} requests in a whole canary")
    turns = asyncio.Semaphore(BESIDE)

    async def one(n: int) -> Wreck:
        async with turns:
            return (await _until_request(plane, tmp_path, n))[1]

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(n)) for n in range(1, requests + 1)]
    left = [task.result() for task in tasks]
    # The last round finds nothing to do and makes hardly a request.
    assert {wreck.done for wreck in left} >= set(range(len(WHOLE_CANARY) - 1))
    return left


async def test_whenever_the_plugin_was_killed_one_sweep_puts_everything_back(wrecks: list[Wreck]) -> None:
    """The canaries end while the plugin is down, so that no call ever comes for them again."""
    for wreck in wrecks:
        await wreck.stage.turns_to(AFTER)
    assert any([await wreck.stage.is_held() for wreck in wrecks])
    async with plugin(wrecks[0].stage, SWEEPS):
        for wreck in wrecks:
            await wreck.stage.comes_to(wreck.original)


async def test_whenever_the_plugin_was_killed_the_same_call_again_leads_to_the_same_end(
    wrecks: list[Wreck],
) -> None:
    """The controller starts the plugin anew and asks again, from the call that was cut off."""
    async with plugin(wrecks[0].stage) as called:
        for wreck in wrecks:
            assert await _walk(Calls(wreck.stage, called.session), wreck.done) == len(WHOLE_CANARY)
            assert await wreck.stage.as_written() == wreck.original


async def _until_request(plane: ControlPlane, folder: Path, n: int | None) -> tuple[int, Wreck]:
    """A canary of its own, up to the n-th request of its plugin, or to its end; and how many requests there were."""
    stage = Stage(plane=plane, namespace=f"team-{uuid.uuid4().hex[:8]}", keda={})
    await stage.is_set(annotations=OWN)
    await stage.has_pods(WANTED, available=1)
    original, pid, done = await stage.as_written(), folder / stage.namespace, 0
    async with Doorman(plane) as doorman:

        def asked() -> int:
            return sum(_concerns(stage, each) for each in doorman.seen)

        async def interferes(request: web.Request) -> web.Response | None:
            del request
            return await killed(pid) if n is not None and asked() >= n else None

        doorman.interference = interferes
        config = doorman.kubeconfig(plane.identities["plugin"])
        with contextlib.suppress(HostError, msgspec.ValidationError):  # it was killed before it was ready
            async with plugin(stage, kubeconfig=config, pid=pid) as called:
                done = await _walk(called, 0)
        return asked(), Wreck(stage=stage, original=original, done=done)


async def _walk(called: Calls, start: int) -> int:
    """The calls of a canary, round by round as the controller makes them; how many rounds are done at the end."""
    for done, (scene, weight) in enumerate(WHOLE_CANARY[start:], start):
        await called.turns_to(scene)
        for method in ("UpdateHash", "SetWeight", "VerifyWeight"):
            if (await called.call(method, weight)).error:
                return done
    return len(WHOLE_CANARY)


def _concerns(stage: Stage, request: str) -> bool:
    """Whether this is a request of the canary's own: the sweep looks at all other wrecks, too."""
    return "/namespaces/" not in request or f"/namespaces/{stage.namespace}/" in request
