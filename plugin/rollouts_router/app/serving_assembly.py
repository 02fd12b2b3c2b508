"""Makes what `rollouts-router serve` serves out of its parts, with the rights of each caller in front of the cluster."""

import time
from dataclasses import dataclass

from rollouts_router.app.assembly import make_desk, make_reports
from rollouts_router.app.connecting import make_client, make_throttle
from rollouts_router.app.doors import CertificateDoor, OpenDoor, TokenDoor
from rollouts_router.app.metrics import Metrics
from rollouts_router.app.registration import traffic_router
from rollouts_router.app.serving_settings import ServingSettings
from rollouts_router.core.kinds import GROUP, KINDS
from rollouts_router.kube.client import Client
from rollouts_router.kube.discovery import Discovery
from rollouts_router.kube.errors import ApiError
from rollouts_router.kube.guard import GuardedClient
from rollouts_router.kube.metered import MeteredClient
from rollouts_router.kube.reviews import AccessReviews, TokenReviews
from rollouts_router.log import Logger
from rollouts_router.settings import Settings
from rollouts_router.transports.standalone.admission import Door
from rollouts_router.transports.standalone.server import Register


@dataclass(frozen=True, slots=True)
class Served:
    """The parts that the server has to do with."""

    door: Door
    register: Register
    client: Client
    discovery: Discovery
    log: Logger

    async def warm_up(self) -> None:
        """Do what the first call would otherwise wait for: load credentials, connect, learn what is served."""
        try:
            await self.discovery.versions(GROUP, KINDS[0].plural)
        except ApiError as error:
            self.log.warning("the API server is not to be had; calls try again", error=error)

    async def aclose(self) -> None:
        """Close the connections to the API server."""
        await self.client.aclose()


def assemble_server(settings: ServingSettings, log: Logger, metrics: Metrics) -> Served:
    """Put the parts together; nothing is read or connected before `warm_up` or the first call.

    Where it is known who calls, every request to the cluster stands behind the caller's own rights. Discovery does
    not: it is public to everybody who can log in, and its answers are shared.
    """
    client = make_client(make_throttle(Settings()))
    discovery = Discovery(client)
    metered = MeteredClient(client, metrics)
    guard = (
        GuardedClient(metered, AccessReviews(client, clock=time.monotonic), log)
        if settings.knows_callers
        else None
    )
    desk = make_desk(
        guard or metered,
        discovery,
        log,
        reports=make_reports(client, log, metrics),  # Events are the server's own
        allowed=settings.allowed_namespaces,
        permits=guard,
    )
    return Served(_door(settings, client, log), traffic_router(desk, log), client, discovery, log)


def _door(settings: ServingSettings, client: Client, log: Logger) -> Door:
    if settings.token_auth:
        reviews = TokenReviews(client, audience=settings.token_audience, clock=time.monotonic)
        return TokenDoor(reviews, log)
    return CertificateDoor() if settings.knows_callers else OpenDoor()
