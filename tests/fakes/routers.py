"""A router over an API server in memory, in time that passes only while everybody waits."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.fakes.api import FakeApi
from tests.fakes.board import Board
from tests.fakes.clock import HandClock
from tests.fakes.log import Lines

from rollouts_router.core.notices import Notices
from rollouts_router.router.abilities import Abilities
from rollouts_router.router.bounds import CALL_SECONDS
from rollouts_router.router.desk import Desk
from rollouts_router.router.events import Events
from rollouts_router.router.operations import Router
from rollouts_router.router.ports import ServicePorts
from rollouts_router.router.preflight import Preflight
from rollouts_router.router.reads import RouteReads
from rollouts_router.router.reports import Reports
from rollouts_router.router.sweep import Sweep
from rollouts_router.router.verification import Verification
from rollouts_router.router.writes import RouteWrites


@dataclass
class Setup:
    """The parts of one process, and what they speak to."""

    api: FakeApi = field(default_factory=FakeApi)
    board: Board = field(default_factory=Board)
    log: Lines = field(default_factory=Lines)
    pauses: list[float] = field(default_factory=list)
    clock: HandClock = field(default_factory=HandClock)
    seconds: float = CALL_SECONDS
    random: float = 0.5
    allowed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.reads = RouteReads(self.api, self.api)
        self.writes = RouteWrites(
            patcher=self.api, reads=self.reads, sleep=self._sleep, random=lambda: self.random
        )
        moment = datetime(2024, 3, 5, tzinfo=UTC)
        reports = Reports(self.log, Notices(), bulletin=Events(self.board, self.log, lambda: moment))
        self.preflight = Preflight(
            self.reads, self.api, self.api, self.log, Abilities(self.api, self.api, self.clock)
        )
        self.sweep = Sweep(self.reads, self.writes, reports)
        verification = Verification(reports=reports, clock=self.clock, sleep=self.clock.sleep)
        self.router = Router(
            self.reads,
            self.writes,
            ServicePorts(self.api),
            reports,
            preflight=self.preflight,
            sweep=self.sweep,
            verification=verification,
            allowed=self.allowed,
            seconds=self.seconds,
        )
        self.desk = Desk(
            router=self.router,
            api=self.api,
            reads=self.reads,
            versions=self.api,
            verification=verification,
            sleep=self.clock.sleep,
            random=lambda: self.random,
            allowed=self.allowed,
            seconds=self.seconds,
        )

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(seconds)
