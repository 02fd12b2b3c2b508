"""An install of its own in a namespace, as the doctor looks at one: ConfigMap, Deployment, account and rights.

The controller that reconciles is the bed's; this Deployment's pods only play one. So an install can be broken without
anybody else noticing.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from e2e.bed import access
from e2e.bed.controller import PLUGIN_NAME
from e2e.scenarios.sharing import command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object

LIMIT = 60.0  # seconds for one look; alone it takes one
READY = 60.0  # seconds for a pod that KWOK plays
NAME = "argo-rollouts"
CONFIG = "argo-rollouts-config"
ROLE, CONTROLLERS_ROLE = "rollouts-router", "argo-rollouts"
IMAGE = "quay.io/argoproj/argo-rollouts:v1.10.1"
ENTRY: Mapping[str, object] = {"name": PLUGIN_NAME, "location": "file:///plugins/rollouts-router"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What the doctor said; `findings` are those of its JSON."""

    status: int
    findings: list[Object]
    errors: str

    @property
    def codes(self) -> set[str]:
        """All codes."""
        return {str(each["code"]) for each in self.findings}

    def about(self, code: str) -> list[str]:
        """The objects that have a finding of this code, as `Kind name`."""
        return [
            f"{each['object']['kind']} {each['object']['name']}"
            for each in self.findings
            if each["code"] == code
        ]

    def sentence(self, code: str) -> str:
        """What is said of the first of them."""
        return str(next(each["sentence"] for each in self.findings if each["code"] == code))


@dataclass(frozen=True, slots=True)
class Installation:
    """The install in a namespace."""

    plane: ControlPlane
    namespace: str

    @property
    def user(self) -> str:
        """Who the controller is to the API server."""
        return f"system:serviceaccount:{self.namespace}:{NAME}"

    async def registers(self, *entries: Mapping[str, object]) -> None:
        """The list of plugins is this."""
        await self.configures(yaml.safe_dump([dict(each) for each in entries]))

    async def configures(self, text: str) -> None:
        """The list of plugins is this text."""
        await self.plane.admin.apply(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": CONFIG, "namespace": self.namespace},
                "data": {"trafficRouterPlugins": text},
            }
        )

    async def runs(self, **container: object) -> None:
        """The controller runs."""
        await self.plane.admin.apply(deployment(self.namespace, **container))
        await self.plane.admin.wait_until(
            "Deployment",
            NAME,
            self.namespace,
            lambda found: (found.get("status") or {}).get("availableReplicas"),
            within=READY,
            what="is available",
        )

    async def examined(self, *arguments: str, identity: str = "admin") -> Diagnosis:
        """The doctor looks at this namespace, or at what the arguments name."""
        place = (
            arguments if any(not each.startswith("-") for each in arguments) else (*arguments, self.namespace)
        )
        done = await asyncio.to_thread(
            doctor,
            self.plane,
            "--output=json",
            f"--controller-namespace={self.namespace}",
            *place,
            identity=identity,
        )
        said = json.loads(done.stdout)["findings"] if done.stdout else []
        return Diagnosis(status=done.returncode, findings=said, errors=done.stderr)


def doctor(plane: ControlPlane, *arguments: str, identity: str = "admin") -> subprocess.CompletedProcess[str]:
    """Run the command as somebody."""
    environment = {**os.environ, "KUBECONFIG": str(plane.kubeconfig(identity))}
    line = (str(command()), "doctor", *arguments)
    return subprocess.run(line, capture_output=True, text=True, timeout=LIMIT, check=False, env=environment)


async def installed(plane: ControlPlane, namespace: str) -> Installation:
    """Make one in which all is well. The list of plugins is there before the controller starts."""
    made = Installation(plane, namespace)
    await made.registers(ENTRY)
    await plane.admin.apply(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME, "namespace": namespace}}
    )
    async with asyncio.TaskGroup() as group:
        for role in (ROLE, CONTROLLERS_ROLE):
            group.create_task(access.grant(plane.admin, role, made.user, namespace))
        group.create_task(made.runs())
    return made


def deployment(namespace: str, **container: object) -> Object:
    """The stock Deployment, as far as it counts here."""
    labels = {"app.kubernetes.io/name": NAME}
    folders = {"plugin-bin": "/home/argo-rollouts/plugin-bin", "plugins": "/plugins"}
    runs: Object = {
        "name": NAME,
        "image": IMAGE,
        "securityContext": {"readOnlyRootFilesystem": True},
        "volumeMounts": [{"name": name, "mountPath": path} for name, path in folders.items()],
        **container,
    }
    spec = {
        "serviceAccountName": NAME,
        "containers": [runs],
        "volumes": [{"name": name, "emptyDir": {}} for name in folders],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": namespace},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }
