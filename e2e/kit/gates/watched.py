"""A release whose versions behave as a test says, and what its analyses came to. Which gates there are is the chart's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from e2e.bed import waiting
from e2e.kit.gates.prometheus import vector
from e2e.kit.gates.service import Behaviour
from e2e.kit.releases import laid_over

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.bed.kinds import Object
    from e2e.kit.gates.service import Service
    from e2e.kit.releases import Kit, Release

PATIENCE: Final = 90.0  # seconds for a whole release of a few holds
HEALTHY: Final = Behaviour()
WINDOW: Final = "2s"
NEARLY: Final = 0.9
# Holds of seconds: a window of two has ten scrapes, four good readings make a hold, and ten more are waited for.
QUICK: Final[Mapping[str, object]] = {
    "pace": {"weights": [20, 60, 100], "hold": "5s"},
    "gates": {"window": WINDOW, "interval": "1s", "patience": "10s", "minimumRequests": 50},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A release under way whose canary has a hash by now."""

    release: Release
    service: Service
    stable: str
    canary: str

    def behaves(self, behaviour: Behaviour, *, stable: bool = False) -> None:
        """How the new version, or the old one, goes on."""
        self.service.behaves(self.release.namespace, self.stable if stable else self.canary, behaviour)

    async def runs(self) -> list[Object]:
        """The analysis runs of the release, oldest first."""
        found = await self.release.admin.list("AnalysisRun", self.release.namespace)
        own = [run for run in found if _owner(run) == self.release.canary.name]
        return sorted(own, key=lambda run: run["metadata"]["creationTimestamp"])

    async def results(self, phase: str) -> dict[str, Object]:
        """The metrics that ended in this phase, by name, of all runs."""
        return {
            each["name"]: each
            for run in await self.runs()
            for each in run.get("status", {}).get("metricResults", ())
            if each["phase"] == phase
        }

    async def has_read(self, metric: str, phase: str, times: int) -> None:
        """So many measurements of a metric that runs came to this."""

        async def ask() -> bool | None:
            found = [
                each
                for run in await self.runs()
                for result in run.get("status", {}).get("metricResults", ())
                if result["name"] == metric
                for each in result.get("measurements", ())
                if each["phase"] == phase
            ]
            return True if len(found) >= times else None

        await waiting.until(ask, within=PATIENCE, what=f"{times} measurements of {metric} are {phase}")

    async def is_clean(self) -> None:
        """The route is as the chart made it: all for stable, and nothing left that says a release is under way."""
        name, namespace = self.release.canary.name, self.release.namespace
        (rendered,) = self.release.rendered.of_kind("HTTPRoute")
        wanted = (rendered["spec"], rendered["metadata"]["labels"])

        async def ask() -> bool | None:
            now = await self.release.admin.get("HTTPRoute", name, namespace)
            return True if (now["spec"], now["metadata"]["labels"]) == wanted else None

        await waiting.until(ask, within=PATIENCE, what=f"the route of {name} is as the chart made it")

    async def is_aborted(self) -> Object:
        """The controller gave up; the Rollout."""
        return await self.release.canary.wait(
            lambda status: status.get("abort"), "the release is aborted", PATIENCE
        )

    async def is_paused_inconclusive(self) -> Object:
        """The controller waits for a person; the Rollout."""

        def paused(status: Object) -> bool:
            reasons = [each["reason"] for each in status.get("pauseConditions") or ()]
            return "InconclusiveAnalysisRun" in reasons

        return await self.release.canary.wait(paused, "paused by an inconclusive analysis", PATIENCE)


@dataclass(frozen=True, slots=True)
class Watch:
    """Installs and rolls releases that are judged."""

    kit: Kit
    service: Service
    address: str

    def values(self, given: Mapping[str, object]) -> Object:
        """Values of a release with quick gates that ask the Prometheus; what is given is laid over them."""
        asked = {"gates": {"provider": "prometheus", "prometheus": {"address": self.address}}}
        return laid_over(laid_over(QUICK, asked), given)

    async def rolled(
        self,
        behaviour: Behaviour,
        *,
        stable: Behaviour = HEALTHY,
        given: Mapping[str, object] | None = None,
        name: str = "shop",
    ) -> Judged:
        """A release of a second version, which behaves so beside a first one that behaves otherwise."""
        release = await self.kit.install(self.values(given or {}), name=name)
        first = str((await release.canary.status())["stableRS"])
        self.service.behaves(release.namespace, first, stable)
        await self._has_seen(release.namespace, first, stable.requests)
        await release.roll()
        rollout = await release.canary.wait(
            lambda status: status.get("currentPodHash") not in {None, first}, "a new version is seen"
        )
        second = str(rollout["status"]["currentPodHash"])
        judged = Judged(release=release, service=self.service, stable=first, canary=second)
        judged.behaves(behaviour)
        return judged

    async def _has_seen(self, namespace: str, version: str, requests: float) -> None:
        """Prometheus knows a whole window of a version: at the beginning of its counters a rate is too low."""
        labels = f'namespace="{namespace}",rollouts_pod_template_hash="{version}"'
        query = f"sum(rate(http_requests_total{{{labels}}}[{WINDOW}]))"

        async def ask() -> bool | None:
            rates = await vector(self.address, query)
            return True if rates and rates[0] >= NEARLY * requests else None

        await waiting.until(ask, within=PATIENCE, what=f"Prometheus has seen {requests:g} requests a second")


def _owner(run: Object) -> str:
    return str(run["metadata"]["ownerReferences"][0]["name"])
