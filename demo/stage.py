"""Puts everything up and takes it down again: API, two versions, gateway, load, router, screen."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from e2e.bed.ports import free_port

from demo import children, gateway, objects, service
from demo.api.kinds import kind_of
from demo.api.server import serving
from demo.api.store import Store
from demo.children import Child
from demo.controller import launched
from demo.counting import Counting
from demo.load import flowing
from demo.objects import LOOPBACK, Ports
from demo.play import Play
from demo.records import CANARY, NAMESPACE, STABLE
from demo.scenes import WAYS, Scene, Way
from demo.screen import Screen, keep_drawing
from demo.service import Version
from demo.summary import CANARY_VERSION, Summary

TITLE: Final = "real: requests, Traefik, the router; stand-ins: controller, Kubernetes API"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """All that is up.

    Attributes:
        play: What can be played on it.
        gateway: The gateway's process.
        began: When it was begun, in monotonic seconds.
    """

    play: Play
    gateway: Child
    began: float


async def run(scene: Scene, screen: Screen) -> Summary:
    """One scene from start to end; nothing is left of it.

    Raises:
        DemoError: It cannot be played. It may come in an ExceptionGroup.
    """
    async with _set(scene, screen) as stage, asyncio.TaskGroup() as group:
        counting = stage.play.counting
        aside = (
            group.create_task(
                keep_drawing(screen, lambda: counting.frame(TITLE, time.monotonic() - stage.began))
            ),
            group.create_task(stage.gateway.ended()),
        )
        try:
            return await stage.play.run(scene)
        finally:
            for task in aside:
                task.cancel()
            screen.wipe()


@asynccontextmanager
async def _set(scene: Scene, screen: Screen) -> AsyncIterator[Stage]:
    began = time.monotonic()
    program = gateway.executable()
    listeners = {"http": free_port(), "tcp": free_port()}
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rr-")))
        store = Store(lambda: datetime.now(UTC))
        await _open(stack, store, listeners, bad=scene is Scene.ABORT)
        api = await stack.enter_async_context(serving(store))
        screen.say(f"a Kubernetes API in memory (stand-in) at {api}")
        command = gateway.command(program, api, listeners)
        traefik = await stack.enter_async_context(
            children.running(command, folder / "traefik.log", gateway.environment())
        )
        load = await stack.enter_async_context(flowing(WAYS, listeners))
        screen.say(f"Traefik at {LOOPBACK}, port {listeners['http']} for HTTP and {listeners['tcp']} for TCP")
        plugin = await stack.enter_async_context(launched(folder, api))
        screen.say("the router as a plugin process of a stand-in for the controller, over net/rpc")
        counting = Counting(
            load=load, screen=screen, weight_of=lambda way: _weight(store, way), clock=time.monotonic
        )
        play = Play(plugin=plugin, counting=counting)
        yield Stage(play=play, gateway=traefik, began=began)


async def _open(stack: AsyncExitStack, store: Store, listeners: Ports, *, bad: bool) -> None:
    """The two versions of the service, and all objects that lead to them."""
    stable = await stack.enter_async_context(service.running(Version("v1")))
    canary = await stack.enter_async_context(service.running(Version(CANARY_VERSION, bad=bad)))
    for thing in objects.everything(listeners, {STABLE: stable, CANARY: canary}):
        store.add(thing)


def _weight(store: Store, way: Way) -> int:
    kind = kind_of(objects.route(way)["apiVersion"], way.kind)
    return objects.canary_weight(store.get(kind, (NAMESPACE, way.name)))
