"""Makes the plugin out of its parts: the Kubernetes client, the router, the methods. Decides nothing."""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from rollouts_router.app.connecting import make_client, make_throttle
from rollouts_router.app.scaling import Scaling, make_scaling
from rollouts_router.core.kinds import GROUP, KINDS
from rollouts_router.core.notices import Notices
from rollouts_router.kube.client import Client
from rollouts_router.kube.discovery import Discovery
from rollouts_router.kube.errors import ApiError
from rollouts_router.kube.metered import Counts, MeteredClient
from rollouts_router.log import Logger
from rollouts_router.methods.service import plugin_handlers
from rollouts_router.router.abilities import Abilities
from rollouts_router.router.desk import Api, Desk
from rollouts_router.router.events import Events, Poster
from rollouts_router.router.keda import Keda
from rollouts_router.router.operations import Router
from rollouts_router.router.ports import ServicePorts
from rollouts_router.router.preflight import Preflight
from rollouts_router.router.reads import RouteReads
from rollouts_router.router.reports import Reports, WeightMeter
from rollouts_router.router.rollouts import Permits
from rollouts_router.router.scaled import ScaledRouter
from rollouts_router.router.sweep import Sweep
from rollouts_router.router.verification import Verification
from rollouts_router.router.writes import Patcher, RouteWrites
from rollouts_router.settings import Settings
from rollouts_router.transports.netrpc_server import Handler


@dataclass(frozen=True, slots=True)
class Assembly:
    """The parts that the process has to do with."""

    handlers: Mapping[str, Handler]
    desk: Desk
    client: Client
    discovery: Discovery
    scaling: Scaling
    log: Logger

    async def warm_up(self) -> None:
        """Load the credentials, connect, and learn which versions of routes the cluster serves.

        What goes wrong is not told: it goes wrong again in the first call, which knows what it is for.
        """
        try:
            await self.discovery.versions(GROUP, KINDS[0].plural)
        except ApiError as error:
            self.log.debug("the API server was not reached before the first call", error=error)

    async def work(self) -> None:
        """Do what no call asks for, until cancelled."""
        await self.scaling.sweeper.run()

    async def aclose(self) -> None:
        """Close the connections to the API server."""
        await self.client.aclose()


class Meter(WeightMeter, Counts, Protocol):
    """Takes notice of what the plugin does."""


def assemble(settings: Settings, log: Logger, *, context: str = "", meter: Meter | None = None) -> Assembly:
    """Put the parts together; nothing is read or connected before `warm_up` or the first call.

    `context` is that of the kubeconfig which is used; empty means its current one. Without a meter nobody counts.
    """
    client = make_client(make_throttle(settings), context=context)
    discovery = Discovery(client)
    reports = make_reports(client, log, meter)
    scaling = make_scaling(settings, client, reports, log)
    desk = make_desk(
        client,
        discovery,
        log,
        reports=reports,
        allowed=settings.allowed_namespaces,
        patcher=None if meter is None else MeteredClient(client, meter),
        keda=scaling.keda,
    )
    return Assembly(plugin_handlers(desk.router, log), desk, client, discovery, scaling, log)


def make_reports(poster: Poster, log: Logger, meter: WeightMeter | None = None) -> Reports:
    """Make what tells of Rollouts: in `log`, in Events through `poster`, and weights to `meter`."""
    return Reports(log, Notices(), bulletin=Events(poster, log, lambda: datetime.now(UTC)), meter=meter)


def make_desk(
    client: Api,
    discovery: Discovery,
    log: Logger,
    *,
    reports: Reports,
    allowed: frozenset[str],
    patcher: Patcher | None = None,
    permits: Permits | None = None,
    keda: Keda | None = None,
) -> Desk:
    """Put together all that doors ask.

    What is really written goes through `patcher`, the client when it is None; `permits` knows what callers may do,
    when not all of them may do everything; without `keda` nobody minds it.
    """
    reads = RouteReads(client, discovery)
    dice = random.SystemRandom().random
    writes = RouteWrites(patcher=patcher or client, reads=reads, sleep=asyncio.sleep, random=dice)
    verification = Verification(reports=reports, clock=time.monotonic, sleep=asyncio.sleep)
    router = Router(
        reads,
        writes,
        ServicePorts(client),
        reports,
        preflight=Preflight(reads, client, discovery, log, Abilities(client, discovery, time.monotonic)),
        sweep=Sweep(reads, writes, reports),
        verification=verification,
        allowed=allowed,
    )
    return Desk(
        router=router if keda is None else ScaledRouter(router, keda, reports),
        gates=keda,
        api=client,
        reads=reads,
        versions=discovery,
        verification=verification,
        sleep=asyncio.sleep,
        random=dice,
        allowed=allowed,
        permits=permits,
    )
