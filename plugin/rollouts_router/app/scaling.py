"""Makes what looks after KEDA out of its parts. Decides nothing."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rollouts_router.core.keda.config import GATE_ONLY, WHOLE, KedaConfig
from rollouts_router.kube.client import Client
from rollouts_router.log import Logger
from rollouts_router.router.keda import Keda, KedaWishes
from rollouts_router.router.keda_holds import KedaHolds
from rollouts_router.router.keda_news import KedaNews
from rollouts_router.router.keda_objects import KedaObjects
from rollouts_router.router.keda_sweep import KedaSweeper
from rollouts_router.router.reports import Reports
from rollouts_router.settings import KedaMode, Settings

_KEDA_DEFAULTS: Final[Mapping[KedaMode, KedaConfig | None]] = {
    KedaMode.OFF: None,
    KedaMode.GATE: GATE_ONLY,
    KedaMode.HOLD: WHOLE,
}


@dataclass(frozen=True, slots=True)
class Scaling:
    """What looks after ScaledObjects in calls, and what does between them."""

    keda: Keda
    sweeper: KedaSweeper


def make_scaling(settings: Settings, client: Client, reports: Reports, log: Logger) -> Scaling:
    """Put the parts together; nothing is read before the first call of a Rollout that wants something of KEDA."""
    wishes = KedaWishes(_KEDA_DEFAULTS[settings.keda])
    objects, news = KedaObjects(client, time.monotonic), KedaNews(reports)
    holds = KedaHolds(objects=objects, news=news, now=lambda: datetime.now(UTC))
    sweeper = KedaSweeper(
        objects,
        holds,
        log,
        wishes=wishes,
        sleep=asyncio.sleep,
        seconds=settings.keda_sweep_seconds,
        post=reports.post,
    )
    if settings.keda is not KedaMode.OFF:
        sweeper.arm()
    return Scaling(Keda(objects, holds, news, wishes=wishes, clock=time.monotonic, seen=sweeper.arm), sweeper)
