"""`python -m demo.stock [--scene canary|abort]`: the same with nothing played: a stock controller on a real control plane.

The bed of e2e/bed and the gateway and pods of e2e/gateways, started by hand. Nothing of the product is known here.
The pods of the bed all answer well, so in the scene `abort` it is a user who aborts.
"""

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from e2e.bed import binaries, objects
from e2e.bed.control_plane import POD_RANGE
from e2e.bed.errors import BedError
from e2e.gateways.bed_edge import running_edge
from e2e.gateways.callers import Call, CallError, Request, caller
from e2e.gateways.network import obstacle, private_network
from e2e.gateways.shares import PERCENT
from e2e.gateways.shop import APP, MANY, Plan, Shop, shop
from e2e.gateways.traefik import Traefik
from e2e.gateways.wires import WIRES

from demo.__main__ import main as started
from demo.counting import Counting
from demo.load import NOBODY, Ask, Load, working
from demo.scenes import STEPS, Scene, Way
from demo.screen import Screen, keep_drawing
from demo.summary import CANARY_VERSION, Summary, judged

TITLE: Final = (
    "all real: etcd, API server, stock controller, router, Traefik, requests; pods without kubelets (KWOK)"
)
NEEDS: Final = "Go 1.26.1 or later, openssl, iproute2 and root (or `unshare -rnm`)"
LOOKS_EVERY: Final = 0.5  # seconds between two looks at the routes, for the screen

WAYS: Final = {
    wire: Way(
        kind=wire.route,
        name=APP,
        protocol=wire.name,
        service_port=wire.pod_port,
        requests=min(MANY[wire], 600),
        workers=4,
        pause=0.01,
    )
    for wire in WIRES
}


def main() -> int:
    """The demo from its arguments to its exit status. The first start builds for some ten minutes."""
    if missing := _missing():
        print(f"the demo with the stock controller needs {NEEDS}: {missing}", file=sys.stderr)
        return 1
    print(
        "what is missing of the test bed's programs is built now; the first time that takes some ten minutes"
    )
    try:
        binaries.prepare()
        Traefik.prepare()
        with private_network(POD_RANGE):
            return started(run)
    except BedError as error:
        print(f"the demo cannot go on: {error}", file=sys.stderr)
        return 1


async def run(scene: Scene, screen: Screen) -> Summary:
    """One scene from start to end; nothing is left of it. Raises DemoError or BedError when it cannot be played."""
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        screen.say("etcd, API server, controllers and Traefik start")
        edge = await stack.enter_async_context(running_edge(Traefik))
        made = await stack.enter_async_context(shop(edge, Plan(steps=objects.steps(*STEPS))))
        weights = dict.fromkeys(WAYS.values(), 0)
        load = await stack.enter_async_context(_flowing(made))
        counting = Counting(load=load, screen=screen, weight_of=weights.__getitem__, clock=time.monotonic)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        aside = (
            group.create_task(keep_drawing(screen, lambda: counting.frame(TITLE, time.monotonic() - began))),
            group.create_task(_keep_looking(made, weights)),
        )
        try:
            return await _play(scene, made, counting, weights)
        finally:
            for task in aside:
                task.cancel()
            screen.wipe()


async def _play(scene: Scene, made: Shop, counting: Counting, weights: dict[Way, int]) -> Summary:
    """The controller walks by itself; the user promotes at each pause, or aborts."""
    for index, weight in enumerate(STEPS):
        counting.step = f"step {index + 1} of {len(STEPS)}, setWeight {weight}"
        going = made.releases(2) if index == 0 else made.promotes_to(index)
        await counting.timed("the controller", going, lambda: "it pauses, so every route is verified")
        await _look(made, weights)
        counting.screen.say(f"  {counting.weights()}")
        await counting.count(f"setWeight {weight}", weight)
        if scene is Scene.ABORT:
            break
    if scene is Scene.ABORT:
        counting.step = "abort, back to weight 0"
        await counting.timed("the controller", made.is_aborted(), lambda: "Traefik has weight 0 in force")
        await counting.count("abort", 0)
    failed = [f"{counting.failures} requests failed"] if counting.failures else []
    return judged(counting.found, failed)


async def _keep_looking(made: Shop, weights: dict[Way, int]) -> None:
    while True:
        await _look(made, weights)
        await asyncio.sleep(LOOKS_EVERY)


async def _look(made: Shop, weights: dict[Way, int]) -> None:
    for wire, way in WAYS.items():
        listed = objects.weights_of(await made.route(wire))
        weights[way] = round(PERCENT * listed[f"{APP}-canary"] / max(sum(listed.values()), 1))


@asynccontextmanager
async def _flowing(made: Shop) -> AsyncIterator[Load]:
    """A load on all wires; a version is what the pod says whose address has answered."""
    load = Load(WAYS.values())
    stable = (await made.canary.status())["stableRS"]
    async with AsyncExitStack() as stack:
        asks = []
        for wire, way in [each for each in WAYS.items() for _ in range(each[1].workers)]:
            call = await stack.enter_async_context(caller(wire, Request(host=made.host)))
            asks.append((way, _asking(call, made, stable)))
        async with working(load, asks):
            yield load


def _asking(call: Call, made: Shop, stable: str) -> Ask:
    known: Mapping[str, str] = {}

    async def ask() -> tuple[str, bool]:
        nonlocal known
        try:
            address = await call()
        except CallError:
            return NOBODY, False
        if address not in known:
            known = await made.traffic.versions()
        if address not in known:
            return NOBODY, False
        return ("v1" if known[address] == stable else CANARY_VERSION), True

    return ask


def _missing() -> str:
    """Why it cannot be played here; empty where it can."""
    for program in ("go", "openssl", "ip"):
        if shutil.which(program) is None:
            return f"`{program}` is not on PATH"
    return obstacle()


if __name__ == "__main__":
    sys.exit(main())
