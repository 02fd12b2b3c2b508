"""A team's namespace with a Rollout and its route, a server beside it, and callers with rights of their own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from e2e.bed import access, objects
from e2e.bed.kinds import RBAC
from e2e.bed.ports import free_port
from e2e.bed.processes import Command, Process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object

COMMAND: Final = Path(sys.executable).with_name("rollouts-router")
MANIFESTS: Final = Path(__file__).parents[2] / "manifests"
APP: Final = "shop"
USER: Final = "plugin"  # whose credentials the server has
ROLES: Final = {
    "rollouts-router": MANIFESTS / "rbac.yaml",
    "rollouts-router-serve": MANIFESTS / "serve-rbac.yaml",
}
PATIENCE: Final = 60.0  # seconds for one call, on a busy machine
READY: Final = 60.0  # seconds to listen

READS: Final = ("get", "list")
MOVES: Final = (*READS, "patch")


@dataclass(frozen=True, slots=True)
class Ended:
    """How `rollouts-router call` ended, and what it said."""

    status: int | None
    said: str


@dataclass(frozen=True, slots=True)
class Place:
    """The namespace, and a folder for files."""

    plane: ControlPlane
    namespace: str
    folder: Path

    async def weights(self) -> list[int]:
        """Of stable and canary, as they are in the route."""
        route = await self.plane.admin.get("HTTPRoute", APP, self.namespace)
        return list(objects.weights_of(route).values())

    async def service_account(self, name: str, *verbs: str) -> str:
        """An account that may do this to routes, and read Rollouts; its token."""
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": self._named(name)}
        await self.plane.admin.apply(account)
        await self.grant(name, {"kind": "ServiceAccount", "name": name, "namespace": self.namespace}, *verbs)
        return await self.token(name)

    async def token(self, account: str, *audiences: str) -> str:
        """A token of an account, for the API server or for these audiences."""
        path = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{account}/token"
        request = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"audiences": list(audiences)} if audiences else {},
        }
        answer = await self.plane.admin.request("POST", path, body=request)
        assert isinstance(answer, dict)
        return str(answer["status"]["token"])

    async def grant(self, name: str, subject: Object, *verbs: str) -> None:
        """Let somebody do this to routes here, and read Rollouts."""
        rules = [
            {"apiGroups": ["argoproj.io"], "resources": ["rollouts"], "verbs": ["get"]},
            {"apiGroups": ["gateway.networking.k8s.io"], "resources": ["httproutes"], "verbs": list(verbs)},
        ]
        await self.plane.admin.apply(
            {"apiVersion": RBAC, "kind": "Role", "metadata": self._named(name), "rules": rules}
        )
        group = RBAC.split("/", maxsplit=1)[0]
        if subject["kind"] != "ServiceAccount":
            subject = {"apiGroup": group, **subject}
        await self.plane.admin.apply(
            {
                "apiVersion": RBAC,
                "kind": "RoleBinding",
                "metadata": self._named(name),
                "roleRef": {"apiGroup": group, "kind": "Role", "name": name},
                "subjects": [subject],
            }
        )

    async def call(self, *arguments: str, token: str = "") -> Ended:
        """Run `rollouts-router call`."""
        flags: tuple[str, ...] = ()
        if token:
            file = self.folder / f"{uuid.uuid4().hex}.token"
            file.write_text(token)
            flags = ("--token-file", str(file))
        process = await asyncio.create_subprocess_exec(
            *(str(COMMAND), "call", *flags, *arguments),
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(PATIENCE):
            said, _ = await process.communicate()
        return Ended(process.returncode, said.decode())

    async def set_weight(self, weight: int, *flags: str, token: str = "") -> Ended:
        """Set the weight of the Rollout; flags say where."""
        return await self.call(*flags, "set-weight", f"{self.namespace}/{APP}", str(weight), token=token)

    @contextlib.asynccontextmanager
    async def serving(self, *arguments: str) -> AsyncIterator[str]:
        """A server on loopback; its address."""
        address = f"127.0.0.1:{free_port()}"
        command = Command(
            name="serve",
            program=COMMAND,
            arguments=("serve", "--listen", address, *arguments),
            log=self.folder / f"serve-{uuid.uuid4().hex[:8]}.log",
            folder=self.folder,
            environment={"HOME": str(self.folder), "KUBECONFIG": str(self.plane.kubeconfig(USER))},
        )

        async def listens() -> bool | None:
            with contextlib.suppress(OSError):
                host, _, port = address.rpartition(":")
                _, writer = await asyncio.open_connection(host, int(port))
                writer.close()
                return True
            return None

        async with Process(command) as server:
            await server.until(listens, within=READY, what=f"{address} is listened at")
            yield address

    def _named(self, name: str) -> Object:
        return {"name": name, "namespace": self.namespace}


@contextlib.asynccontextmanager
async def furnished(plane: ControlPlane, folder: Path) -> AsyncIterator[Place]:
    """A namespace of one's own with a Rollout and its route, all weight on stable."""
    place = Place(plane, f"team-{uuid.uuid4().hex[:8]}", folder)
    await plane.create_namespace(place.namespace)
    for thing in (
        *objects.services(APP, place.namespace),
        objects.route("HTTPRoute", APP, place.namespace, rules=[objects.rule(APP)]),
        objects.rollout(APP, place.namespace, steps=objects.steps(20), plugin={"httpRoute": APP}),
    ):
        await plane.admin.apply(thing)
    yield place
    await plane.admin.delete("Namespace", place.namespace)


async def grant_server(plane: ControlPlane) -> None:
    """Give the server the rights that the project ships for it, and no others."""
    for role, file in ROLES.items():
        await access.install_role(plane.admin, file, role)
        await access.grant(plane.admin, role, USER)
