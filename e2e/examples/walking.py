"""One example, deployed and walked through by the commands of its page, and held against the page's tables."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from e2e.bed import waiting
from e2e.bed.api import load
from e2e.bed.rollouts import Canary
from e2e.examples import pages
from e2e.install.shell import ROOT
from e2e.scenarios.steps.forgetting import remind

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object
    from e2e.examples.pages import Page, Stand, Subject, Walk
    from e2e.install.shell import Shell

FOLDER: Final = ROOT / "examples"
PATIENCE: Final = 120.0  # seconds for a step; several examples share two cores
SOON: Final = 45.0  # seconds
INTERVAL: Final = 0.4  # seconds; several wait at a time, and what they wait for takes seconds
_NAMESPACE: Final = re.compile(r"(?:(?<=-n )|(?<=namespace ))shop(?![\w-])")


def names() -> list[str]:
    """All examples."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


@dataclass(kw_only=True)
class Example:
    """An example in the bed; where its page says the namespace `shop`, it gets one of its own."""

    plane: ControlPlane
    shell: Shell
    name: str
    deployed: dict[Subject, Object] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Its directory."""
        return FOLDER / self.name

    @property
    def page(self) -> Page:
        """What its README says."""
        return pages.page((self.folder / "README.md").read_text())

    async def goes_through(self) -> None:
        """From the first command to the end of every canary; then all is as it was deployed."""
        page = self.page
        for line in page.deploying:
            await self._runs(line)
        for walk in page.walks:
            await self._is_up(walk)
        async with asyncio.TaskGroup() as group:
            for walk in page.walks:
                group.create_task(self._walks(walk))
        await self._is_put_back()

    async def _is_up(self, walk: Walk) -> None:
        canary = self._canary(walk)
        await canary.wait_healthy(within=PATIENCE)
        if any(each["kind"] == "ScaledObject" for each in self._objects()):
            await canary.wait(lambda status: not status.get("replicas"), "asleep", PATIENCE)
        for subject in walk.stands[0].cells:
            self.deployed[subject] = await self._seen(subject)

    async def _walks(self, walk: Walk) -> None:
        canary = self._canary(walk)
        await self._runs(self.page.command(f"set image {walk.rollout}"))
        for stand in walk.stands:
            await self._reaches(canary, stand)
            await self._shows(stand)
            if stand.step != pages.END:
                await self._runs(self.page.command(f"promote {walk.rollout}"))

    async def _reaches(self, canary: Canary, stand: Stand) -> None:
        if stand.step == pages.END:
            await canary.wait(_is_done, "at the end", PATIENCE)
            return
        index = int(stand.step)
        step = (await canary.get())["spec"]["strategy"]["canary"]["steps"][index]
        if "pause" in step:
            await canary.wait_paused(index, within=PATIENCE)
        else:
            await canary.wait_for_step(index, within=PATIENCE)

    async def _shows(self, stand: Stand) -> None:
        """Soon each object is as the row says."""
        seen: dict[Subject, str] = {}

        async def ask() -> bool | None:
            for subject in stand.cells:
                seen[subject] = pages.cell(subject, await self._seen(subject), self.deployed[subject])
            if seen == stand.cells:
                return True
            await remind(self.plane.admin, self.namespace)
            return None

        what = f"{self.name} at {stand.step}: {stand.cells}"
        await waiting.until(ask, within=SOON, interval=INTERVAL, what=lambda: f"{what}; found {seen}")

    async def _is_put_back(self) -> None:
        """Soon after the end each object is what its team made of it."""
        wanted = {subject: _owned(before) for subject, before in self.deployed.items()}
        seen: dict[Subject, Object] = {}

        async def ask() -> bool | None:
            for subject in wanted:
                seen[subject] = _owned(await self._seen(subject))
            return True if seen == wanted else None

        await waiting.until(
            ask, within=SOON, interval=INTERVAL, what=lambda: f"{self.name} as before: {wanted}; found {seen}"
        )

    async def _seen(self, subject: Subject) -> Object:
        namespace = subject.namespace or self.namespace
        return await self.plane.admin.get(subject.kind, subject.name, namespace)

    async def _runs(self, line: str) -> None:
        await self.shell.run(_NAMESPACE.sub(self.namespace, line))

    def _canary(self, walk: Walk) -> Canary:
        return Canary(self.plane, walk.rollout, self.namespace, interval=INTERVAL)

    @property
    def namespace(self) -> str:
        """Of the Rollouts: what the example says itself, else one of the test's."""
        said = {
            each["metadata"].get("namespace") for each in self._objects() if each["kind"] == "Rollout"
        } - {None}
        return said.pop() if said else f"example-{self.name}"

    def _objects(self) -> list[Object]:
        return [thing for file in sorted(self.folder.glob("*.yaml")) for thing in load(file)]


def _owned(thing: Object) -> Object:
    """What a team says of an object: its spec but for weights, its labels, and annotations that are not kubectl's."""
    metadata = thing["metadata"]
    annotations = metadata.get("annotations") or {}
    return {
        "spec": _without_weights(thing["spec"]),
        "labels": metadata.get("labels") or {},
        "annotations": {key: value for key, value in annotations.items() if not key.startswith("kubectl.")},
    }


def _without_weights(value: object) -> object:
    """The end's row has the weights; with Services that take turns they are others than at the beginning."""
    if isinstance(value, dict):
        return {key: _without_weights(each) for key, each in value.items() if key != "weight"}
    if isinstance(value, list):
        return [_without_weights(each) for each in value]
    return value


def _is_done(status: Object) -> bool:
    return status.get("phase") == "Healthy" and status.get("stableRS") == status.get("currentPodHash")
