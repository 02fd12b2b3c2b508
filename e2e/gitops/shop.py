"""The shop of docs/gitops.md in a namespace of its own: its route, and a canary on it by rollouts-router.

The router runs under the Go host, so nothing reconciles by itself while a test looks at what a tool has done.
"""

from __future__ import annotations

import copy
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from e2e.bed import objects
from e2e.bed.controller import PLUGIN_NAME
from e2e.gitops import page
from e2e.hosts.answers import Reply
from e2e.hosts.driver import Plugin

if TYPE_CHECKING:
    from e2e.bed.api import Api
    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object
    from e2e.hosts.driver import Session

COMMAND: Final = Path(sys.executable).with_name("rollouts-router")
HANDED_ON: Final = ("PATH", "LANG", "PYTHONPATH")
NAME: Final = "shop"
WEIGHT: Final = 37
STABLE_ONLY: Final = [100, 0]
MID_CANARY: Final = [100 - WEIGHT, WEIGHT]
LABEL: Final = "rollouts.argoproj.io/gatewayapi-canary"
CLAIMS: Final = "rollouts.argoproj.io/gatewayapi-claims"
EXPERIMENT: Final = (
    "shop-7d9fbb64c9-2-1-baseline"  # as the controller names one: hash, revision, step, template
)
EXPERIMENT_WEIGHT: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """How far a canary has come: the weight of `setWeight`, and which steps besides."""

    weight: int = WEIGHT
    header: bool = False
    mirror: bool = False
    experiment: bool = False
    mirror_mode: str = ""


WEIGHTS_ONLY: Final = Canary()
WITH_HEADER: Final = Canary(header=True)
EVERYTHING: Final = Canary(header=True, mirror=True)
CANARIES: Final = {
    "none": Canary(weight=0),
    "weights": WEIGHTS_ONLY,
    "header-at-0": Canary(weight=0, header=True),
    "mirror-filter": Canary(mirror=True),
    "mirror-rule": Canary(mirror=True, mirror_mode="rule"),
    "experiment": Canary(experiment=True),
    "everything": EVERYTHING,
}


class RouterError(AssertionError):
    """The router refused a call; the text is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A namespace with the shop's Services."""

    plane: ControlPlane
    router: Session
    namespace: str

    @property
    def admin(self) -> Api:
        """Whoever may do everything."""
        return self.plane.admin

    def git(self) -> Object:
        """The route as it is in Git."""
        return self.placed(page.block("route"))

    def placed(self, thing: Object) -> Object:
        """An object of the page, in this namespace."""
        placed = copy.deepcopy(thing)
        placed["metadata"]["namespace"] = self.namespace
        return placed

    async def route(self) -> Object:
        """The route as it is stored now."""
        return await self.admin.get("HTTPRoute", NAME, self.namespace)

    async def runs(self, canary: Canary) -> Object:
        """The canary comes this far; the route after that."""
        await self.walks(canary, self.rollout(canary.mirror_mode))
        return await self.route()

    async def walks(self, canary: Canary, rollout: Object) -> None:
        """The canary of another Rollout than the page's comes this far."""
        steps = page.block("rollout")["spec"]["strategy"]["canary"]["steps"]
        given = {name: value for step in steps for name, value in step.items()}
        await self.sets_weight(canary, rollout)
        if canary.header:
            await self._call(
                {"method": "SetHeaderRoute", "rollout": rollout, "header": given["setHeaderRoute"]}
            )
        if canary.mirror:
            await self._call(
                {"method": "SetMirrorRoute", "rollout": rollout, "mirror": given["setMirrorRoute"]}
            )

    async def sets_weight(self, canary: Canary, rollout: Object | None = None) -> None:
        """What every reconcile of the Rollout asks for."""
        additional = [{"serviceName": EXPERIMENT, "weight": EXPERIMENT_WEIGHT}] if canary.experiment else []
        await self._call(
            {
                "method": "SetWeight",
                "rollout": rollout or self.rollout(),
                "weight": canary.weight,
                "additional": additional,
            }
        )

    async def ends(self) -> Object:
        """The rollout is over: what it had on the route goes. The route after that."""
        over = self.rollout()
        share = {"weight": EXPERIMENT_WEIGHT, "serviceName": EXPERIMENT}
        # As the controller leaves it there by the reconcile before.
        over["status"] = {"canary": {"weights": {"canary": {}, "stable": {}, "additional": [share]}}}
        await self._call({"method": "RemoveManagedRoutes", "rollout": over})
        await self.sets_weight(Canary(weight=0), over)
        return await self.route()

    def rollout(self, mirror_mode: str = "") -> Object:
        """The Rollout, with the strategy of the page."""
        made = page.laid_over(objects.rollout(NAME, self.namespace, steps=[]), "rollout")
        if mirror_mode:
            plugins = made["spec"]["strategy"]["canary"]["trafficRouting"]["plugins"]
            plugins[PLUGIN_NAME]["mirrorMode"] = mirror_mode
        return made

    async def _call(self, request: Object) -> None:
        reply = await self.router.ask(request, Reply)
        if reply.error:
            raise RouterError(f"{reply.method}: {reply.error}")


def plugin(plane: ControlPlane) -> Plugin:
    """The product's command, with the plugin's rights in the bed."""
    environment = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    here = {"HOME": str(plane.folder), "TMPDIR": str(plane.folder)}
    kubeconfig = {"KUBECONFIG": str(plane.kubeconfig("plugin"))}
    return Plugin(command=(str(COMMAND),), environment={**environment, **here, **kubeconfig})


def services(namespace: str) -> list[Object]:
    """The Services of the shop, and of an experiment."""
    return [*objects.services(NAME, namespace), objects.service(EXPERIMENT, namespace, app=NAME)]


def weights(route: Object, rule: int = 0) -> list[int | None]:
    """The weights of a rule's backendRefs, in their order."""
    return [ref.get("weight") for ref in route["spec"]["rules"][rule]["backendRefs"]]


def rule_names(route: Object) -> list[str]:
    """The names of all rules, empty where there is none."""
    return [rule.get("name", "") for rule in route["spec"]["rules"]]


def rules_owners(route: Object) -> set[str]:
    """Who owns `spec.rules`, which is one field for server-side apply."""
    return {
        entry["manager"]
        for entry in route["metadata"]["managedFields"]
        if "f:rules" in entry["fieldsV1"].get("f:spec", {})
    }
