"""A canary on a real API server whose controller the test plays, call by call, through the stock Go host.

Nothing happens here by itself: the Rollout's status, the ReplicaSets' and the ScaledObject's are what the test says.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from e2e.bed import objects, waiting
from e2e.bed.kinds import ROLLOUTS
from e2e.hosts.answers import Reply
from e2e.hosts.driver import Plugin, Session
from e2e.hosts.lines import NEWEST
from e2e.keda import scaled
from e2e.keda.shop import HASH, HOLD, record_of
from e2e.scenarios.configs import AT_ONCE
from e2e.scenarios.sharing import command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from e2e.bed.api import Api
    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object

NAME: Final = "shop"
STABLE, WANTED, NEXT = "stable1", "wanted2", "newest3"
PATIENCE: Final = 30.0  # seconds for one sweep
TRIGGER: Final[Object] = {
    "type": "cron",
    "metadata": {"timezone": "Etc/UTC", "start": "0 0 1 1 *", "end": "1 0 1 1 *", "desiredReplicas": "1"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where a canary stands: what its Rollout's status says. Weights and steps are as the controller counts them."""

    replicas: int = 1
    stable: str = STABLE
    wanted: str = WANTED
    step: int = 0
    weight: int = 0
    abort: bool = False
    promote_full: bool = False

    def status(self) -> Object:
        """The Rollout's status."""
        weights = {
            "canary": {"weight": self.weight, "podTemplateHash": self.wanted},
            "stable": {"weight": 100 - self.weight, "podTemplateHash": self.stable},
        }
        return {
            "stableRS": self.stable,
            "currentPodHash": self.wanted,
            "currentStepIndex": self.step,
            "abort": self.abort,
            "promoteFull": self.promote_full,
            "canary": {"weights": weights},
        }


BEFORE: Final = Scene(wanted=STABLE, step=4)
AFTER: Final = Scene(stable=WANTED, wanted=WANTED, step=4)
WHOLE_CANARY: Final = (
    (BEFORE, 0),
    (Scene(), 0),
    (Scene(weight=20), 20),
    (Scene(step=1, weight=20), 20),
    (Scene(step=2, weight=50), 50),
    (Scene(step=4, weight=100), 100),
    (AFTER, 0),
    (AFTER, 0),
)
"""The calls of SetWeight of a canary through the default steps, and what the Rollout says at each."""


@dataclass(kw_only=True)
class Stage:
    """One Rollout with its objects in a namespace; `keda` is its block, None for none."""

    plane: ControlPlane
    namespace: str
    keda: Object | None
    steps: list[Object] = field(default_factory=lambda: objects.steps(20, 50))
    canary: Mapping[str, object] = field(default_factory=dict)

    @property
    def admin(self) -> Api:
        """Whoever may do everything."""
        return self.plane.admin

    async def is_set(self, *, annotations: Mapping[str, str] | None = None, with_scaled: bool = True) -> None:
        """The route, the Services, the Rollout as it was before the canary and, if wanted, its ScaledObject."""
        await self.plane.create_namespace(self.namespace)
        route = objects.route("HTTPRoute", NAME, self.namespace, rules=[objects.rule(NAME)])
        for thing in (route, *objects.services(NAME, self.namespace), self._rollout()):
            await self.admin.apply(thing)
        await self.turns_to(BEFORE)
        if with_scaled:
            await self.adds_scaled(annotations=annotations)

    async def adds_scaled(self, name: str = NAME, *, annotations: Mapping[str, str] | None = None) -> Object:
        """A ScaledObject for the Rollout, as KEDA leaves it."""
        thing = scaled.scaled_object(
            name, self.namespace, target=NAME, trigger=TRIGGER, annotations=annotations
        )
        await self.admin.apply(thing, "team")
        return await self.keda_says(name=name)

    async def keda_says(self, *, active: bool = True, name: str = NAME) -> Object:
        """KEDA's status on the ScaledObject."""
        condition = {"type": "Active", "status": str(active), "reason": "Played", "message": "by the test"}
        status = {"conditions": [condition], "hpaName": f"keda-hpa-{name}"}
        return await self.admin.merge_patch(
            "ScaledObject", name, self.namespace, {"status": status}, subresource="status"
        )

    async def turns_to(self, scene: Scene) -> Object:
        """The Rollout says so from now on; the Rollout."""
        await self.admin.merge_patch("Rollout", NAME, self.namespace, {"spec": {"replicas": scene.replicas}})
        return await self.admin.merge_patch(
            "Rollout", NAME, self.namespace, {"status": scene.status()}, subresource="status"
        )

    async def has_pods(self, pod_hash: str, *, available: int, wanted: int | None = None) -> None:
        """The ReplicaSet of a version, with this many available pods."""
        rollout = await self.admin.get("Rollout", NAME, self.namespace)
        name = f"{NAME}-{pod_hash}"
        await self.admin.apply(_replica_set(rollout, name, pod_hash, available if wanted is None else wanted))
        counts = {"replicas": available, "readyReplicas": available, "availableReplicas": available}
        await self.admin.merge_patch(
            "ReplicaSet", name, self.namespace, {"status": counts}, subresource="status"
        )

    async def scaled(self, name: str = NAME) -> Object:
        """A ScaledObject now."""
        return await self.admin.get("ScaledObject", name, self.namespace)

    async def as_written(self, name: str = NAME) -> Object:
        """What people, and the plugin, made of it."""
        return scaled.what_people_wrote(await self.scaled(name))

    async def is_held(self) -> bool:
        """Whether the plugin's record is on it."""
        return HOLD in ((await self.scaled())["metadata"].get("annotations") or {})

    async def record(self) -> Object:
        """The plugin's record."""
        return record_of(await self.scaled())

    async def comes_to(self, original: Object) -> None:
        """Soon the ScaledObject is exactly this."""
        seen: Object = {}

        async def ask() -> bool | None:
            nonlocal seen
            seen = await self.as_written()
            return True if seen == original else None

        await waiting.until(ask, within=PATIENCE, what=lambda: f"{original}; found {seen}")

    async def canary_weight(self) -> int:
        """What the route gives the canary now."""
        route = await self.admin.get("HTTPRoute", NAME, self.namespace)
        return objects.weights_of(route)[f"{NAME}-canary"]

    def _rollout(self) -> Object:
        block: Object = {"httpRoute": NAME, **AT_ONCE, **({} if self.keda is None else {"keda": self.keda})}
        return objects.rollout(NAME, self.namespace, steps=self.steps, plugin=block, canary=self.canary)


class Line(msgspec.Struct, frozen=True):
    """A line of the log; `reason` is what the plugin gives as the kind of thing it tells."""

    level: str = msgspec.field(name="@level")
    message: str = msgspec.field(name="@message")
    module: str = msgspec.field(name="@module", default="")
    reason: str = ""


class Said(msgspec.Struct, frozen=True):
    """The host's answer to the question what was said."""

    logs: tuple[Line, ...]


class Calls:
    """The plugin under the stock host, and a stage's Rollout to call it with."""

    def __init__(self, stage: Stage, session: Session) -> None:
        """The session is open."""
        self._stage = stage
        self.session = session
        self.rollout: Object = {}

    async def turns_to(self, scene: Scene) -> None:
        """The Rollout says so from now on, in the API and in calls."""
        self.rollout = await self._stage.turns_to(scene)

    async def set_weight(self, weight: int) -> str:
        """The error, empty for none."""
        return (await self.call("SetWeight", weight)).error

    async def verify(self, weight: int) -> str:
        """`Verified`, `NotVerified` or `NotImplemented`; never an error."""
        reply = await self.call("VerifyWeight", weight)
        assert reply.error == ""
        return reply.verified

    async def said(self) -> list[Line]:
        """The plugin's own lines since they were last asked for, those without a reason left out."""
        answer = await self.session.ask({"logs": True}, Said)
        return [line for line in answer.logs if line.module.startswith("plugin.") and line.reason]

    async def reasons(self) -> list[str]:
        """The reasons of these lines."""
        return [line.reason for line in await self.said()]

    async def call(self, method: str, weight: int) -> Reply:
        """One call of the controller's."""
        request = {"method": method, "rollout": self.rollout, "weight": weight}
        return await self.session.ask(request, Reply)


@contextlib.asynccontextmanager
async def plugin(
    stage: Stage, *arguments: str, kubeconfig: Path | None = None, pid: Path | None = None
) -> AsyncIterator[Calls]:
    """A fresh plugin process; it writes its process id into `pid` before anything else."""
    config = kubeconfig or stage.plane.kubeconfig("plugin")
    environment = {"PATH": os.environ["PATH"], "HOME": str(stage.plane.folder), "KUBECONFIG": str(config)}
    launched: tuple[str, ...] = (str(command()), *arguments)
    if pid is not None:
        launched = ("/bin/sh", "-c", 'echo $$ > "$0"; exec "$@"', str(pid), *launched)
    async with Session(NEWEST, Plugin(command=launched, environment=environment)) as session:
        calls = Calls(stage, session)
        calls.rollout = await stage.admin.get("Rollout", NAME, stage.namespace)
        yield calls


def _replica_set(rollout: Object, name: str, pod_hash: str, replicas: int) -> Object:
    labels = {"app": NAME, HASH: pod_hash}
    owner = {
        "apiVersion": ROLLOUTS,
        "kind": "Rollout",
        "name": NAME,
        "uid": rollout["metadata"]["uid"],
        "controller": True,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": rollout["metadata"]["namespace"],
            "labels": labels,
            "ownerReferences": [owner],
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": NAME, "image": "app:1"}]},
            },
        },
    }
