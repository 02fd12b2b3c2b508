"""An application whose canary has steps beside weights. What these make of a route is told by `expected`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from e2e.bed import objects, waiting
from e2e.scenarios import journal
from e2e.scenarios.application import PATIENCE, Application
from e2e.scenarios.site import SOON

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.scenarios.routes import Making, Route, Split

SCALE: Object = {"setCanaryScale": {"replicas": 1}}  # without a pod the controller has managed routes removed


@dataclass(kw_only=True)
class Stepping(Application):
    """`managed` are its managed routes in their order; `rules` are the names of the only rules that count.

    `ports` are those that its pods declare; without any the controller makes no Services for an experiment.
    """

    managed: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    ports: tuple[int, ...] = (objects.PORT,)

    def rollout(self) -> Object:
        """The Rollout as the team writes it."""
        made = super().rollout()
        ports = [{"containerPort": port} for port in self.ports]
        made["spec"]["template"]["spec"]["containers"][0]["ports"] = ports
        if self.managed:
            routing = made["spec"]["strategy"]["canary"]["trafficRouting"]
            routing["managedRoutes"] = [{"name": name} for name in self.managed]
        return made

    def split(self, weight: int) -> Split:
        """What this canary weight means for the two Services."""
        return replace(super().split(weight), rules=self.rules)

    def expects(self, making: Making | None, *routes: Route) -> None:
        """From now on steps make this of the rules of these routes, of all if none is named."""
        for route in routes or self.routes:
            route.making = making

    async def pauses(self, nth: int, weight: int) -> None:
        """The canary stands at its nth pause, counted from 0, and every route is as expected at this weight."""
        steps = self.rollout()["spec"]["strategy"]["canary"]["steps"]
        pauses = [index for index, step in enumerate(steps) if "pause" in step]
        await self.canary.wait_paused(pauses[nth], within=PATIENCE)
        await self.carries(weight)

    async def promotes_to(self, nth: int, weight: int) -> None:
        """The team promotes, and the canary goes on to its nth pause."""
        await self.canary.promote()
        await self.pauses(nth, weight)

    async def aborts(self) -> None:
        """The team aborts: all is as it was saved, with all weight on stable."""
        self.expects(None)
        await self.canary.abort()
        await self.canary.wait_degraded(within=PATIENCE)
        await self.comes_to(0)

    async def ends(self) -> None:
        """The team promotes for the last time: all is as it was saved, with all weight on stable."""
        self.expects(None)
        await self.finishes()

    def said(self, level: str, *parts: str) -> list[str]:
        """What the plugin said so far about this Rollout at this level with all these parts."""
        about = f"rollout={self.site.namespace}/{self.name} "
        return [
            line.text
            for line in journal.plugin_lines(self.site.journal)
            if line.level == level and all(part in line.text for part in (about, *parts))
        ]

    async def says(self, level: str, *parts: str) -> str:
        """The plugin says this about the Rollout, soon; its line."""

        async def ask() -> str | None:
            return next(iter(self.said(level, *parts)), None)

        return await waiting.until(
            ask,
            within=SOON,
            what=lambda: f"{level} with {parts}; at this level:\n" + "\n".join(self.said(level)),
        )
