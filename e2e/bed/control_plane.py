"""A Kubernetes control plane on loopback, alone in a temporary folder: started on entry, gone on exit.

Several may run side by side: each has ports, files, tokens and a certificate of its own. The controller of
Argo Rollouts is not part of it, see `controller`.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import aiohttp

from e2e.bed import access, binaries, identities, servers, waiting
from e2e.bed.api import Api, ApiError, load
from e2e.bed.identities import Identity, default_identities
from e2e.bed.ports import free_port, with_free_port
from e2e.bed.processes import Process

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from types import TracebackType

    from e2e.bed.kinds import Object
    from e2e.bed.processes import Command

Channel = Literal["standard", "experimental"]

AWAY = 1.0  # seconds; left to itself it would wait long for its clients' watches to end
READY = 180.0  # seconds for one program or CRD; four alone on two cores, over a minute beside three beds and builds
CRD = "CustomResourceDefinition"
PLUGIN_ROLE = "rollouts-router"
POD_RANGE = "10.244.0.0/16"
SYSTEM_NAMESPACE = "argo-rollouts"


class ControlPlane:
    """etcd, API server, controller manager, scheduler and KWOK, with the CRDs of one Gateway API channel."""

    def __init__(
        self,
        *,
        channel: Channel = "experimental",
        audit: bool = False,
        extra_identities: Iterable[Identity] = (),
        nodes: Sequence[str] = ("node-0",),
        pod_range: str = POD_RANGE,
        crds: Sequence[Path] = (),
        manager_flags: Sequence[str] = (),
    ) -> None:
        """Starts nothing yet. `crds` are further folders or files with CRDs to install.

        `manager_flags` go to the controller manager: how often it looks at autoscalers, say.
        """
        self.identities = {who.name: who for who in (*default_identities(), *extra_identities)}
        self._channel: Channel = channel
        self._audit = audit
        self._nodes = nodes
        self._pod_range = pod_range
        self._crds = crds
        self._manager_flags = manager_flags
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with self._stack:
            await self._start()
            # From here on the caller's exit stops everything, no longer a failure in this method.
            self._stack = self._stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def folder(self) -> Path:
        """Where all files of this bed are while it runs."""
        return self.layout.folder

    @property
    def audit_log(self) -> Path:
        """The API server's audit log; only with `audit=True`."""
        return self.layout.audit_log

    def kubeconfig(self, name: str) -> Path:
        """The kubeconfig file of an identity."""
        return self.layout.kubeconfig(self.identities[name])

    def api(self, name: str) -> Api:
        """A client that acts as this identity; open it with `async with`."""
        return Api(self.url, token=self.identities[name].token, authority=self.layout.certificate)

    async def stop_api_server(self, grace: float = AWAY) -> None:
        """Takes the API away, with no grace as a power cut would; etcd and all that is stored stay."""
        await self._api_server.stop(grace)

    async def start_api_server(self) -> None:
        """Gives the API back on the same port, custom resources included."""
        self._api_server.start()
        await self._api_server.until(self._ready, within=READY, what="the API server answers ready")
        for crd in await self.admin.list(CRD):
            await self._until_served(crd)

    async def create_namespace(self, name: str) -> None:
        """A namespace for one test."""
        await self.admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    async def grant_plugin(self, namespace: str | None = None, *, rules: Path | None = None) -> None:
        """Lets the plugin act by the ClusterRole `rollouts-router` in one namespace, or everywhere.

        `rules` is the manifest file which holds that role; it is needed once in a bed.
        """
        if rules is not None:
            await access.install_role(self.admin, rules, PLUGIN_ROLE)
        await access.grant(self.admin, PLUGIN_ROLE, "plugin", namespace)

    async def revoke_plugin(self, namespace: str | None = None) -> None:
        """Takes back what `grant_plugin` of the same namespace gave."""
        await access.revoke(self.admin, PLUGIN_ROLE, "plugin", namespace)

    async def install(self, *sources: Path) -> None:
        """Applies the manifests of files or folders; returns when their CRDs are served."""
        things = [thing for source in sources for file in _files(source) for thing in load(file)]
        async with asyncio.TaskGroup() as group:
            for thing in things:
                group.create_task(self._install_one(thing))

    async def _start(self) -> None:
        # In a thread of its own: with a cold cache this takes many minutes.
        await asyncio.to_thread(binaries.prepare)
        folder = tempfile.TemporaryDirectory(prefix="rollouts-bed-", ignore_cleanup_errors=True)
        self.layout = servers.Layout(Path(self._stack.enter_context(folder)))
        identities.write_certificate(self.layout.certificate, self.layout.key)
        identities.write_tokens(self.layout.tokens, self.identities.values())
        await self._start_servers()
        for who in self.identities.values():
            path = self.layout.kubeconfig(who)
            identities.write_kubeconfig(path, who, url=self.url, authority=self.layout.certificate)
        self.admin = await self._stack.enter_async_context(self.api("admin"))
        await self._start_clients()
        await self._furnish()

    async def _start_servers(self) -> None:
        etcd_port = await with_free_port(self._start_etcd)
        self._api_server = await with_free_port(lambda port: self._start_api_server(port, etcd_port))

    async def _start_etcd(self, port: int) -> int:
        await self._run(servers.etcd(self.layout, client=port, peer=free_port()), _asks(port, "/readyz"))
        return port

    async def _start_api_server(self, port: int, etcd_port: int) -> Process:
        self.url = f"https://127.0.0.1:{port}"
        command = servers.api_server(self.layout, port=port, etcd_port=etcd_port, audit=self._audit)
        return await self._run(command, self._ready)

    async def _start_clients(self) -> None:
        manager = servers.controller_manager(self.layout, *self._manager_flags)
        for command in (manager, servers.scheduler(self.layout)):
            # These listen nowhere: that they work is seen by what they do.
            await self._stack.enter_async_context(Process(command))
        await with_free_port(self._start_kwok)

    async def _start_kwok(self, port: int) -> Process:
        command = servers.kwok(self.layout, port=port, pod_range=self._pod_range)
        return await self._run(command, _asks(port, "/healthz"))

    async def _run(self, command: Command, ready: Callable[[], Awaitable[bool | None]]) -> Process:
        """Starts, waits until ready, and has it stopped at the end; a failed one is stopped at once."""
        async with contextlib.AsyncExitStack() as stack:
            process = await stack.enter_async_context(Process(command))
            await process.until(ready, within=READY, what=f"{command.name} is ready")
            self._stack.push_async_exit(stack.pop_all())
        return process

    async def _ready(self) -> bool | None:
        try:
            async with self.api("admin") as api:
                await api.request("GET", "/readyz")
        except (aiohttp.ClientError, ApiError, TimeoutError):
            return None
        return True

    async def _furnish(self) -> None:
        manifests = binaries.rollouts_manifests()
        await self.create_namespace(SYSTEM_NAMESPACE)
        crds = (binaries.gateway_api_crds(self._channel), manifests / "crds", *self._crds)
        await self.install(*crds, manifests / "role")
        await self.admin.apply(access.binding("argo-rollouts", "rollouts-controller"))
        for name in self._nodes:
            await self.admin.apply(_node(name))
            await self.admin.wait_until("Node", name, None, _is_ready, within=READY, what="is Ready")

    async def _install_one(self, thing: Object) -> None:
        await self.admin.apply(thing)
        if thing["kind"] == CRD:
            name = thing["metadata"]["name"]
            await self.admin.wait_until(CRD, name, None, _is_established, within=READY, what="Established")
            await self._until_served(thing)

    async def _until_served(self, crd: Object) -> None:
        """An established CRD, or one after a restart, is refused for another moment (404, 429)."""
        path = _collection(crd)

        async def ask() -> bool | None:
            try:
                await self.admin.request("GET", path, query={"limit": "1"})
            except ApiError as error:
                if error.status in {404, 429}:
                    return None
                raise
            return True

        await waiting.until(ask, within=READY, what=f"{path} is served")


def _files(source: Path) -> list[Path]:
    files = sorted(source.glob("*.yaml")) if source.is_dir() else [source]
    return [file for file in files if file.name != "kustomization.yaml"]


def _node(name: str) -> Object:
    room = {"cpu": "1000", "memory": "4Ti", "ephemeral-storage": "4Ti", "pods": "10000"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {"kubernetes.io/hostname": name, "type": "kwok"},
        },
        "status": {"allocatable": room, "capacity": room},
    }


def _collection(crd: Object) -> str:
    """The path under which a CRD's objects are stored and listed."""
    spec = crd["spec"]
    version = next(version["name"] for version in spec["versions"] if version["storage"])
    return f"/apis/{spec['group']}/{version}/{spec['names']['plural']}"


def _is_ready(node: Object) -> bool:
    return _has_condition(node, "Ready")


def _is_established(crd: Object) -> bool:
    return _has_condition(crd, "Established")


def _has_condition(thing: Object, name: str) -> bool:
    conditions = (thing.get("status") or {}).get("conditions") or ()  # null until the first is set
    return any((each["type"], each["status"]) == (name, "True") for each in conditions)


def _asks(port: int, path: str) -> Callable[[], Awaitable[bool | None]]:
    """A question to a loopback port: does it answer well?"""

    async def ask() -> bool | None:
        return await waiting.answers(f"http://127.0.0.1:{port}{path}")

    return ask
