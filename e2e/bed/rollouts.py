"""One Rollout in a bed, driven as a user drives it: by the real `kubectl-argo-rollouts`, and read by its status."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING, Protocol

from e2e.bed import binaries, waiting
from e2e.bed.errors import BedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from e2e.bed.api import Api
    from e2e.bed.kinds import Object

COMMAND_LIMIT = 30.0  # seconds
PATIENCE = 60.0  # seconds for a step: pods take one, the controller's own waits up to thirty


class Cluster(Protocol):
    """Where Rollouts are, a bed's control plane say: a client that may do everything, and a kubeconfig file."""

    @property
    def admin(self) -> Api:
        """Whoever may do everything."""

    def kubeconfig(self, name: str) -> Path:
        """The kubeconfig file of an identity."""


class Canary:
    """A Rollout by its name. Creating it and its Services is the test's business, see `objects`."""

    def __init__(
        self, cluster: Cluster, name: str, namespace: str, *, interval: float = waiting.INTERVAL
    ) -> None:
        """Touches nothing. Whoever waits for many at a time asks at a longer interval."""
        self._interval = interval
        self.name = name
        self.namespace = namespace
        self._cluster = cluster

    async def promote(self, *, full: bool = False) -> None:
        """Past the current pause, or past all steps."""
        await self._command("promote", self.name, *(("--full",) if full else ()))

    async def abort(self) -> None:
        """Back to the stable version."""
        await self._command("abort", self.name)

    async def retry(self) -> None:
        """Once more, after an abort."""
        await self._command("retry", "rollout", self.name)

    async def set_image(self, image: str) -> None:
        """A new version of the one container, which is named as the Rollout is."""
        await self._command("set", "image", self.name, f"{self.name}={image}")

    async def get(self) -> Object:
        """The Rollout now."""
        return await self._cluster.admin.get("Rollout", self.name, self.namespace)

    async def status(self) -> Object:
        """Its status now."""
        return dict((await self.get()).get("status", {}))

    async def wait(
        self, condition: Callable[[Object], object], what: str, within: float = PATIENCE
    ) -> Object:
        """The Rollout as soon as the controller has seen its last change and its *status* satisfies."""

        def satisfied(rollout: Object) -> bool:
            return _is_observed(rollout) and bool(condition(rollout["status"]))

        admin = self._cluster.admin
        return await admin.wait_until(
            "Rollout",
            self.name,
            self.namespace,
            satisfied,
            within=within,
            what=what,
            interval=self._interval,
        )

    async def wait_for_step(self, index: int, *, within: float = PATIENCE) -> Object:
        """At this step, counted from 0; at a pause step the steps before are done."""
        return await self.wait(
            lambda status: status.get("currentStepIndex") == index, f"at step {index}", within
        )

    async def wait_paused(self, index: int, *, within: float = PATIENCE) -> Object:
        """Paused at this step, so the weight of the step before is set and verified."""
        return await self.wait(
            lambda status: (status.get("phase"), status.get("currentStepIndex")) == ("Paused", index),
            f"paused at step {index}",
            within,
        )

    async def wait_healthy(self, *, within: float = PATIENCE) -> Object:
        """All replicas of the wanted version, no canary under way."""
        return await self.wait(lambda status: status.get("phase") == "Healthy", "Healthy", within)

    async def wait_degraded(self, *, within: float = PATIENCE) -> Object:
        """Aborted, or unable to go on."""
        return await self.wait(lambda status: status.get("phase") == "Degraded", "Degraded", within)

    async def _command(self, *arguments: str) -> None:
        """Runs the real command line tool."""
        program = await asyncio.to_thread(binaries.program, "kubectl-argo-rollouts")
        config = f"--kubeconfig={self._cluster.kubeconfig('admin')}"
        command = (str(program), *arguments, f"--namespace={self.namespace}", config)
        done = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, timeout=COMMAND_LIMIT, check=False
        )
        if done.returncode:
            raise BedError(f"kubectl argo rollouts {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


def _is_observed(rollout: Object) -> bool:
    # The controller writes the generation as a string.
    return str(rollout.get("status", {}).get("observedGeneration")) == str(rollout["metadata"]["generation"])
