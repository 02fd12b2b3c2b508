"""A worker's release, judged by the lag of its queue against what that was before."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pytest

from e2e.kit.gates.service import Behaviour

if TYPE_CHECKING:
    from collections.abc import Callable

    from e2e.bed.kinds import Object
    from e2e.kit.gates.watched import Judged, Watch

pytestmark = pytest.mark.asyncio(loop_scope="session")

BASELINE: Final = 100.0  # messages
# The mean of half a minute that ended a second ago: a lag that jumps when the release begins is far above it.
KAFKA: Final[Object] = {
    "profile": "worker",
    "port": 0,
    "host": "",
    "probes": {"type": "none"},
    "pace": {"weights": [50, 100]},
    "gates": {"worker": {"floor": 50, "baseline": "30s", "baselineEnded": "1s"}},
}


def queue(group: str) -> Object:
    kafka = {"bootstrapServers": "kafka:9092", "consumerGroup": group, "topic": "orders"}
    return {**KAFKA, "worker": {"queue": "kafka", "kafka": kafka}}


async def rolled(watch: Watch, name: str, lag: Callable[[float], float]) -> Judged:
    """A release during which the lag is this function of the seconds since it began."""
    group = f"{watch.kit.site.namespace}-{name}"
    gauge = f'kafka_consumergroup_lag{{consumergroup="{group}",topic="orders",partition="0"}}'
    watch.service.shows(gauge, lambda _seconds: BASELINE)
    judged = await watch.rolled(Behaviour(), given=queue(group), name=name)
    watch.service.shows(gauge, lag)
    return judged


async def test_a_lag_that_grows_aborts_and_one_that_stays_does_not(watch: Watch) -> None:
    grows, stays = await asyncio.gather(
        rolled(watch, "grows", lambda seconds: 50 * BASELINE + 1000 * seconds),
        rolled(watch, "stays", lambda _seconds: BASELINE),
    )
    await asyncio.gather(grows.is_aborted(), stays.release.is_promoted())
    assert "lag" in await grows.results("Failed")


async def test_a_burst_is_waited_for_while_it_drains(watch: Watch) -> None:
    """Far above its baseline, but falling by a third each second, until it is below the floor."""
    judged = await rolled(watch, "drains", lambda seconds: 50 * BASELINE * 0.67**seconds)
    await judged.release.is_promoted()
    assert not await judged.results("Failed")
