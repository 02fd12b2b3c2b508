"""The scenes: steps of the stand-in, and after each of them a count of real requests."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from demo.controller import Plugin
from demo.counting import Counting
from demo.records import Standing
from demo.scenes import MOST_ERRORS, STEPS, Scene
from demo.summary import Summary, judged

ROLLED_BACK_WITHIN: Final = 3.0
"""Seconds that the gateway gets to follow an abort; nobody verifies a way back, and Traefik needs up to two."""

LOOKS_EVERY: Final = 0.02  # seconds


@dataclass(kw_only=True)
class Play:
    """One run of a scene.

    Attributes:
        plugin: The router.
        counting: The requests.
    """

    plugin: Plugin
    counting: Counting
    _complaints: list[str] = field(default_factory=list)

    async def run(self, scene: Scene) -> Summary:
        """Plays the scene to its end. Raises DemoError when a step cannot be done."""
        index = await self._steps()
        if index is not None:
            await self._abort(index)
        self._judge(scene, rolled_back=index is not None)
        return judged(self.counting.found, self._complaints)

    async def _steps(self) -> int | None:
        """All steps, or up to the index of the one at which too many requests fail."""
        for index, weight in enumerate(STEPS):
            self.counting.step = f"step {index + 1} of {len(STEPS)}, setWeight {weight}"
            standing = Standing(steps=STEPS, index=index)
            await self._set_weight(standing, weight)
            verified = self.plugin.verified(standing, weight)
            await self.counting.timed("VerifyWeight", verified, lambda: "every route is verified")
            if await self.counting.count(f"setWeight {weight}", weight) > MOST_ERRORS:
                return index
        return None

    async def _abort(self, index: int) -> None:
        """What a controller does when an analysis fails: weight 0, which waits for nobody."""
        say = self.counting.screen.say
        say(f"more than {MOST_ERRORS:.0%} of the requests failed: the stand-in aborts the rollout")
        self.counting.step = "abort, back to weight 0"
        began = self.counting.clock()
        await self._set_weight(Standing(steps=STEPS, index=index, aborted=True), 0)
        say(f"  the last request failed {await self._last_failure(began):.1f} s after the abort")
        failures = self.counting.failures
        await self.counting.count("abort", 0)
        if self.counting.failures > failures:
            self._complaints.append(f"requests failed later than {ROLLED_BACK_WITHIN:.0f} s after the abort")

    async def _set_weight(self, standing: Standing, weight: int) -> None:
        call = self.plugin.set_weight(standing, weight)
        await self.counting.timed("SetWeight", call, self.counting.weights)

    async def _last_failure(self, began: float) -> float:
        """Watches for as long as the gateway may take; seconds from `began` to the last failure, 0 without one."""
        self.counting.doing = "the gateway takes the weights"
        last, failures = 0.0, self.counting.failures
        until = self.counting.clock() + ROLLED_BACK_WITHIN
        while (now := self.counting.clock()) < until:
            if self.counting.failures > failures:
                last, failures = now - began, self.counting.failures
            await asyncio.sleep(LOOKS_EVERY)
        return last

    def _judge(self, scene: Scene, *, rolled_back: bool) -> None:
        """What has to be besides the shares."""
        if scene is Scene.ABORT and not rolled_back:
            self._complaints.append("a bad version was not rolled back")
        if scene is Scene.CANARY and self.counting.failures:
            self._complaints.append(
                f"{self.counting.failures} requests failed, though both versions are good ones"
            )
