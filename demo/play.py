"""The scenes: steps of the stand-in, and after each of them a count of real requests."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from demo import drawing
from demo.controller import Plugin
from demo.load import Load
from demo.records import Standing
from demo.scenes import MOST_ERRORS, STEPS, Scene, Way
from demo.screen import Screen
from demo.summary import Measured, Summary, judged, measured

ROLLED_BACK_WITHIN: Final = 3.0
"""Seconds that the gateway gets to follow an abort; nobody verifies a way back, and Traefik needs up to two."""


@dataclass(slots=True)
class Now:
    """What is being done at the moment, for the screen."""

    step: str = "start"
    doing: str = ""


@dataclass(kw_only=True)
class Play:
    """One run of a scene.

    Attributes:
        plugin: The router.
        load: The requests.
        screen: Where it is told.
        weight_of: The canary's weight on a route.
        clock: Monotonic seconds.
        now: What is being done.
    """

    plugin: Plugin
    load: Load
    screen: Screen
    weight_of: Callable[[Way], int]
    clock: Callable[[], float]
    now: Now = field(default_factory=Now)
    _found: list[Measured] = field(default_factory=list)
    _complaints: list[str] = field(default_factory=list)

    async def run(self, scene: Scene) -> Summary:
        """Plays the scene to its end. Raises DemoError when a step cannot be done."""
        index = await self._steps()
        match scene, index:
            case Scene.CANARY, None:
                self._no_failures()
            case Scene.ABORT, int():
                await self._abort(index)
            case Scene.CANARY, int():
                await self._abort(index)
                self._complaints.append("the canary was rolled back, though its version is a good one")
            case _:
                self._complaints.append("a bad version was not rolled back")
        return judged(self._found, self._complaints)

    async def _steps(self) -> int | None:
        """All steps, or up to the index of the one at which too many requests fail."""
        for index, weight in enumerate(STEPS):
            self.now.step = f"step {index + 1} of {len(STEPS)}, setWeight {weight}"
            standing = Standing(steps=STEPS, index=index)
            await self._timed("SetWeight", self.plugin.set_weight(standing, weight))
            await self._timed("VerifyWeight", self.plugin.verified(standing, weight))
            if await self._count(f"setWeight {weight}", weight) > MOST_ERRORS:
                return index
        return None

    async def _abort(self, index: int) -> None:
        """What a controller does when an analysis fails: weight 0, which waits for nobody."""
        self.now.step = "abort, back to weight 0"
        self.screen.say(
            f"more than {MOST_ERRORS:.0%} of the requests failed: the stand-in aborts the rollout"
        )
        began = self.clock()
        await self._timed(
            "SetWeight", self.plugin.set_weight(Standing(steps=STEPS, index=index, aborted=True), 0)
        )
        last = await self._last_failure(began)
        self.screen.say(f"  the last request failed {last:.1f} s after the abort")
        failures = self._failures()
        await self._count("abort", 0)
        if self._failures() > failures:
            self._complaints.append(f"requests failed later than {ROLLED_BACK_WITHIN:.0f} s after the abort")

    async def _last_failure(self, began: float) -> float:
        """Watches for as long as the gateway may take; seconds from `began` to the last failure."""
        last, failures = 0.0, self._failures()
        self.now.doing = "the gateway takes the weights"
        while (passed := self.clock() - began) < ROLLED_BACK_WITHIN:
            if failures < (failures := self._failures()):
                last = passed
            await asyncio.sleep(0.02)
        return last

    async def _timed(self, method: str, call: Awaitable[None]) -> None:
        self.now.doing = f"{method} …"
        began = self.clock()
        await call
        weights = ", ".join(f"{way} {self.weight_of(way)} %" for way in self.load.ways)
        took = self.clock() - began
        told = f"weights of the canary: {weights}" if method == "SetWeight" else "every route is verified"
        self.screen.say(f"{self.now.step}: {method} took {took:.2f} s; {told}")

    async def _count(self, step: str, asked: int) -> float:
        """Counts a window of requests on every way; the share of them that failed."""
        self.now.doing = "counting requests"
        self.load.open_window()
        window = await self.load.counted()
        found = [measured(step, way, asked, counts) for way, counts in window.items()]
        for line in judged(found).lines:
            self.screen.say(drawing.result(line))
        self._found += found
        return sum(each.failed for each in found) / sum(each.number for each in found)

    def _failures(self) -> int:
        return sum(counts.failures for counts in self.load.overall.values())

    def _no_failures(self) -> None:
        if failures := self._failures():
            self._complaints.append(f"{failures} requests failed, though both versions are good ones")
