"""Makes the plugin out of its parts: the Kubernetes client, the router, the methods. Decides nothing."""

import asyncio
import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import Final

from rollouts_router.core.keda.config import GATE_ONLY, WHOLE, KedaConfig
from rollouts_router.core.kinds import GROUP, KINDS
from rollouts_router.core.notices import Notices
from rollouts_router.kube.client import Client
from rollouts_router.kube.connect import connect
from rollouts_router.kube.discovery import Discovery
from rollouts_router.kube.errors import ApiError
from rollouts_router.kube.sources import Sources
from rollouts_router.kube.throttle import Throttle
from rollouts_router.log import Logger
from rollouts_router.methods.service import plugin_handlers
from rollouts_router.router.keda import Keda, KedaWishes
from rollouts_router.router.keda_holds import KedaHolds
from rollouts_router.router.keda_news import KedaNews
from rollouts_router.router.keda_objects import KedaObjects
from rollouts_router.router.keda_sweep import KedaSweeper
from rollouts_router.router.operations import Router
from rollouts_router.router.ports import ServicePorts
from rollouts_router.router.preflight import Preflight
from rollouts_router.router.reads import RouteReads
from rollouts_router.router.reports import Reports
from rollouts_router.router.scaled import ScaledRouter
from rollouts_router.router.sweep import Sweep
from rollouts_router.router.verification import Verification
from rollouts_router.router.writes import RouteWrites
from rollouts_router.settings import KedaMode, Settings
from rollouts_router.transports.netrpc_server import Handler

_KEDA_DEFAULTS: Final[Mapping[KedaMode, KedaConfig | None]] = {
    KedaMode.OFF: None,
    KedaMode.GATE: GATE_ONLY,
    KedaMode.HOLD: WHOLE,
}


@dataclass(frozen=True, slots=True)
class Assembly:
    """The parts that the process has to do with."""

    handlers: Mapping[str, Handler]
    client: Client
    discovery: Discovery
    sweeper: KedaSweeper
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
        await self.sweeper.run()

    async def aclose(self) -> None:
        """Close the connections to the API server."""
        await self.client.aclose()


def assemble(settings: Settings, log: Logger) -> Assembly:
    """Put the parts together; nothing is read or connected before `warm_up` or the first call."""
    client = Client(
        partial(
            connect,
            Sources(dict(os.environ)),
            clock=time.monotonic,
            user_agent=f"rollouts-router/{version('rollouts-router')}",
        ),
        throttle=_throttle(settings),
    )
    discovery = Discovery(client)
    reads = RouteReads(client, discovery)
    writes = RouteWrites(
        patcher=client, reads=reads, sleep=asyncio.sleep, random=random.SystemRandom().random
    )
    reports = Reports(log, Notices())
    router = Router(
        reads,
        writes,
        ServicePorts(client),
        reports,
        preflight=Preflight(reads, client, discovery, log),
        sweep=Sweep(reads, writes, reports),
        verification=Verification(reports=reports, clock=time.monotonic, sleep=asyncio.sleep),
        allowed=settings.allowed_namespaces,
    )
    keda, sweeper = _keda(settings, client, reports, log)
    handlers = plugin_handlers(ScaledRouter(router, keda), log)
    return Assembly(handlers, client, discovery, sweeper, log)


def _keda(settings: Settings, client: Client, reports: Reports, log: Logger) -> tuple[Keda, KedaSweeper]:
    """What looks after ScaledObjects in calls, and what does between them."""
    wishes = KedaWishes(_KEDA_DEFAULTS[settings.keda])
    objects, news = KedaObjects(client, time.monotonic), KedaNews(reports)
    holds = KedaHolds(objects=objects, news=news, now=lambda: datetime.now(UTC))
    sweeper = KedaSweeper(
        objects, holds, log, wishes=wishes, sleep=asyncio.sleep, seconds=settings.keda_sweep_seconds
    )
    if settings.keda is not KedaMode.OFF:
        sweeper.arm()
    return Keda(objects, holds, news, wishes=wishes, clock=time.monotonic, seen=sweeper.arm), sweeper


def _throttle(settings: Settings) -> Throttle:
    """A rate of 0 is no limit, which is what no flag asks for."""
    wanted = settings.throttle
    qps, burst = (wanted.qps, wanted.burst) if wanted is not None else (0, 0)
    return Throttle(qps=qps, burst=burst, clock=time.monotonic, sleep=asyncio.sleep)
