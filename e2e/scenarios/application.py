"""One team's application in a namespace: its Rollout, its two Services, and the routes that carry its traffic.

Tests tell it what the team does, and ask whether the routes carry what they should. How weights get there is not
known here.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from e2e.bed import objects, waiting
from e2e.bed.controller import PLUGIN_NAME
from e2e.bed.rollouts import Canary
from e2e.scenarios import journal
from e2e.scenarios.routes import LABEL, Split
from e2e.scenarios.site import SOON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.bed.kinds import Object
    from e2e.scenarios.routes import Route
    from e2e.scenarios.site import Site

PERCENT = 100
PATIENCE = 90.0  # seconds for a step; two busy cores may run three of these tests and a build


@dataclass(kw_only=True)
class Application:
    """An application named `name`.

    `routes` are those that are to carry its weights out of `of`, and the label while they do. `services` take the
    stable and the canary share. `canary_spec` is laid over the Rollout's canary strategy; None removes a field.
    """

    site: Site
    name: str
    config: object
    weights: tuple[int, ...] = (5, 25, 50, 100)
    of: int = PERCENT
    label: str = LABEL
    services: tuple[str, str] = ("", "")
    canary_spec: Mapping[str, object] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    steps: list[Object] | None = None

    def __post_init__(self) -> None:
        """Knows its Rollout by name; nothing exists yet."""
        self.canary = Canary(self.site.plane, self.name, self.site.namespace)
        self._generations: dict[str, int] = {}
        if not any(self.services):
            self.services = (f"{self.name}-stable", f"{self.name}-canary")

    async def is_deployed(self, *routes: Object) -> None:
        """Its Services, these routes and its Rollout are there, and it is up."""
        await self.is_submitted(*routes)
        await self.is_up()

    async def is_submitted(self, *routes: Object) -> None:
        """Its Services, these routes and its Rollout are there."""
        await self.saves(*routes)
        for name in self.services:
            await self.site.admin.apply(objects.service(name, self.site.namespace, app=self.name))
        await self.site.admin.apply(self.rollout())

    async def is_up(self) -> None:
        """The first version runs, and nothing goes to a canary."""
        await self.canary.wait_healthy(within=PATIENCE)
        await self.comes_to(0)
        self._generations = await self._seen_generations()

    async def saves(self, *routes: Object) -> None:
        """The team saves these routes, and the application's weights are expected on them from now on."""
        for route in routes:
            saved = await self.site.saves(route)
            saved.label = self.label
            self.routes.append(saved)

    def rollout(self) -> Object:
        """The Rollout as the team writes it."""
        steps = objects.steps(*self.weights) if self.steps is None else self.steps
        made = objects.rollout(self.name, self.site.namespace, steps=steps, plugin={})
        canary = made["spec"]["strategy"]["canary"]
        canary["trafficRouting"]["plugins"][PLUGIN_NAME] = self.config
        if self.of != PERCENT:
            canary["trafficRouting"]["maxTrafficWeight"] = self.of
        canary.update(self.canary_spec)
        made["spec"]["strategy"]["canary"] = {
            name: value for name, value in canary.items() if value is not None
        }
        return made

    async def configures(self, config: object) -> None:
        """The team replaces the plugin's block in its Rollout."""
        self.config = config
        path = f"/spec/strategy/canary/trafficRouting/plugins/{PLUGIN_NAME.replace('/', '~1')}"
        edit = {"op": "add", "path": path, "value": config}
        await self.site.admin.json_patch("Rollout", self.name, self.site.namespace, [edit])

    async def releases(self, version: int) -> None:
        """A new version."""
        await self.canary.set_image(f"app:{version}")

    async def reaches(self, weight: int) -> None:
        """The canary pauses at this weight, and every route carries it."""
        await self.canary.wait_paused(self.pause_after(weight), within=PATIENCE)
        await self.carries(weight)

    async def goes_on_to(self, *weights: int) -> None:
        """The team promotes, step by step; at each pause every route carries its weight."""
        for weight in weights:
            await self.canary.promote()
            await self.reaches(weight)

    async def finishes(self) -> None:
        """The team promotes for the last time: the new version is stable, and takes all traffic as that."""
        await self.canary.promote()
        await self.is_done()

    async def is_done(self) -> None:
        """The latest version is stable and every route is as the team saved it, with all weight on stable."""
        await self.canary.wait(_is_done, "the latest version is stable", PATIENCE)
        await self.comes_to(0)

    async def carries(self, weight: int) -> None:
        """Every route carries this canary weight now and is otherwise as the team saved it."""
        seen = await self.differences(weight)
        assert not seen, f"{self.name} at {weight}:\n{seen}"

    async def is_reconciled(self) -> None:
        """Something about the Rollout changes that is none of its traffic's business."""
        stamp = {"metadata": {"annotations": {"example.com/stamp": uuid.uuid4().hex}}}
        await self.site.admin.merge_patch("Rollout", self.name, self.site.namespace, stamp)

    async def comes_to(self, weight: int) -> None:
        """As `carries`, but soon."""
        seen = ""

        async def ask() -> bool | None:
            nonlocal seen
            seen = await self.differences(weight)
            return None if seen else True

        await waiting.until(ask, within=SOON, what=lambda: f"{self.name} at {weight}:\n{seen}")

    async def differences(self, weight: int) -> str:
        """How the routes differ from carrying this weight."""
        return await self.site.differences(self.routes, self.split(weight), in_progress=weight > 0)

    async def was_written_to_each_route(self, *, times: int) -> None:
        """Since the deployment each route's spec was changed this often: once for each weight, never in vain."""
        changes = await self._seen_generations()
        assert {name: changes[name] - before for name, before in self._generations.items()} == dict.fromkeys(
            self._generations, times
        )

    async def image(self) -> str:
        """What runs as the stable version."""
        stable = (await self.canary.status())["stableRS"]
        sets = await self.site.admin.list(
            "ReplicaSet", self.site.namespace, f"rollouts-pod-template-hash={stable}"
        )
        return str(sets[0]["spec"]["template"]["spec"]["containers"][0]["image"])

    async def _seen_generations(self) -> dict[str, int]:
        found = [(each, await self.site.seen(each)) for each in self.routes]
        return {f"{each.kind} {each.name}": now["metadata"]["generation"] for each, now in found if now}

    def split(self, weight: int) -> Split:
        """What this canary weight means for the two Services."""
        stable, canary = self.services
        return Split(namespace=self.site.namespace, weights={stable: self.of - weight, canary: weight})

    def pause_after(self, weight: int) -> int:
        """The index of the pause behind `setWeight` of this weight."""
        steps = self.rollout()["spec"]["strategy"]["canary"]["steps"]
        return int(steps.index({"setWeight": weight})) + 1

    async def complains(self, *parts: str) -> str:
        """A warning on the Rollout that holds all these parts; its text."""
        seen: list[str] = []

        async def ask() -> str | None:
            events = await journal.warnings(self.site.admin, self.site.namespace, self.name)
            seen[:] = [event["message"] for event in events]
            return next((text for text in seen if all(part in text for part in parts)), None)

        lines = "\n".join
        return await waiting.until(
            ask,
            within=SOON,
            what=lambda: f"a warning on {self.name} with {parts}; there are:\n{lines(seen)}",
        )


def _is_done(status: Object) -> bool:
    return status.get("phase") == "Healthy" and status.get("stableRS") == status.get("currentPodHash")
