"""One team's application that KEDA scales: its Rollout, its ScaledObject, the trigger that drives it.

Tests tell it what the team does and ask what KEDA and the canary have come to. What the plugin wrote is in `calls`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from e2e.bed import objects, waiting
from e2e.keda import scaled
from e2e.scenarios.application import PATIENCE, Application

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.bed.kinds import Object
    from e2e.keda.trigger import Trigger

HOLD: Final = "rollouts.argoproj.io/keda-hold"
HASH: Final = "rollouts-pod-template-hash"
TESTERS: Final[Object] = {
    "setHeaderRoute": {
        "name": "testers",
        "match": [{"headerName": "x-tester", "headerValue": {"exact": "yes"}}],
    }
}


@dataclass(kw_only=True)
class Shop(Application):
    """An application with a ScaledObject of its own name.

    `replicas` are those of its first day; `scaling` is laid over the ScaledObject's spec, `annotations` are its own.
    `rollout_spec` is laid over the Rollout's.
    """

    trigger: Trigger
    replicas: int = 1
    scaling: Mapping[str, object] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    rollout_spec: Mapping[str, object] = field(default_factory=dict)

    @property
    def route(self) -> Object:
        """An HTTPRoute to its two Services."""
        return objects.route("HTTPRoute", self.name, self.site.namespace, rules=[objects.rule(self.name)])

    def rollout(self) -> Object:
        """The Rollout as the team writes it."""
        made = super().rollout()
        made["spec"].update({"replicas": self.replicas, **self.rollout_spec})
        made["spec"] = {key: value for key, value in made["spec"].items() if value is not None}
        made["spec"]["strategy"]["canary"]["trafficRouting"]["managedRoutes"] = [{"name": "testers"}]
        return made

    def scaled_object(self, name: str = "") -> Object:
        """The ScaledObject as the team writes it."""
        return scaled.scaled_object(
            name or self.name,
            self.site.namespace,
            target=self.name,
            trigger=self.trigger.definition(),
            annotations=self.annotations,
            spec=self.scaling,
        )

    async def is_open(self) -> None:
        """Deployed with its route and up, and KEDA drives it."""
        await self.is_deployed(self.route)
        await self.hands_over_to_keda()

    async def is_asleep(self) -> None:
        """As `is_open`, without work: KEDA has taken it to zero."""
        await self.is_open()
        await self.comes_to_replicas(0)
        await self.canary.wait_healthy()

    async def hands_over_to_keda(self) -> Object:
        """The ScaledObject is there, and KEDA has taken it up."""
        await self.site.admin.apply(self.scaled_object(), "team")
        return await self.scaled_when(
            lambda found: scaled.condition(found, "Active") != "Unknown", "taken up by KEDA"
        )

    async def scaled(self) -> Object:
        """The ScaledObject now."""
        return await self.site.admin.get("ScaledObject", self.name, self.site.namespace)

    async def scaled_when(self, condition: object, what: str, within: float = PATIENCE) -> Object:
        """The ScaledObject as soon as this holds of it."""
        assert callable(condition)
        return await self.site.admin.wait_until(
            "ScaledObject", self.name, self.site.namespace, condition, within=within, what=what
        )

    async def is_held(self, *, by: str = "") -> Object:
        """The plugin has taken hold of the ScaledObject, for the version of this hash; its record."""

        def holds(found: Object) -> bool:
            return HOLD in _annotations(found) and by in {"", record_of(found)["hash"]}

        return record_of(await self.scaled_when(holds, f"held {by}"))

    async def is_told(self, reason: str) -> str:
        """The plugin says why something about this application is as it is."""
        return await self.site.controller_says(f"reason={reason}")

    async def is_as_written(self, original: Object) -> None:
        """Soon the ScaledObject is exactly what people made of it."""
        seen: Object = {}

        async def ask() -> bool | None:
            nonlocal seen
            seen = scaled.what_people_wrote(await self.scaled())
            return True if seen == original else None

        await waiting.until(ask, within=PATIENCE, what=lambda: f"{original}; found {seen}")

    async def as_written(self) -> Object:
        """What people made of the ScaledObject, up to now."""
        return scaled.what_people_wrote(await self.scaled())

    async def leaves_traffic_routing(self) -> None:
        """The team takes traffic routing out of its Rollout: nothing of it leads to the plugin any more."""
        edit = {"op": "remove", "path": "/spec/strategy/canary/trafficRouting"}
        await self.site.admin.json_patch("Rollout", self.name, self.site.namespace, [edit])

    async def annotates(self, **changes: str | None) -> None:
        """Somebody edits KEDA's annotations by hand; names without KEDA's prefix, `_` for `-`, None removes one."""
        named = {f"{scaled.PREFIX}/{key.replace('_', '-')}": value for key, value in changes.items()}
        await self.site.admin.merge_patch(
            "ScaledObject", self.name, self.site.namespace, {"metadata": {"annotations": named}}
        )

    async def replicas_now(self) -> int:
        """What KEDA, or anybody else, wants."""
        return int((await self.canary.get())["spec"]["replicas"])

    async def comes_to_replicas(self, wanted: int) -> None:
        """Soon that many are wanted."""
        await self.site.admin.wait_until(
            "Rollout",
            self.name,
            self.site.namespace,
            lambda rollout: rollout["spec"].get("replicas") == wanted,
            within=PATIENCE,
            what=f"at {wanted} replicas",
        )

    async def available(self) -> int:
        """Pods of the wanted version that are available now."""
        wanted = (await self.canary.status())["currentPodHash"]
        sets = await self.site.admin.list("ReplicaSet", self.site.namespace, f"{HASH}={wanted}")
        return sum(int(each.get("status", {}).get("availableReplicas", 0)) for each in sets)

    async def pods_ever(self, image: str) -> int:
        """How many pods of an image were ever made, by the Events of the ReplicaSets."""
        sets = await self.site.admin.list("ReplicaSet", self.site.namespace)
        names = {
            each["metadata"]["name"]
            for each in sets
            if each["spec"]["template"]["spec"]["containers"][0]["image"] == image
        }
        events = await self.site.admin.list("Event", self.site.namespace)
        made = (each for each in events if each["reason"] == "SuccessfulCreate")
        return sum(each["involvedObject"]["name"] in names for each in made)

    async def canary_weight(self) -> int:
        """What the route gives the canary now."""
        route = await self.site.admin.get("HTTPRoute", self.name, self.site.namespace)
        return objects.weights_of(route)[f"{self.name}-canary"]

    async def rules(self) -> list[str]:
        """The names of the route's rules that have one."""
        route = await self.site.admin.get("HTTPRoute", self.name, self.site.namespace)
        return [rule["name"] for rule in route["spec"]["rules"] if "name" in rule]


def record_of(found: Object) -> Object:
    """The plugin's record on a ScaledObject."""
    return dict(json.loads(_annotations(found)[HOLD]))


def _annotations(found: Object) -> dict[str, str]:
    return dict(found["metadata"].get("annotations") or {})
