"""Gates that ask Prometheus: a release passes, is aborted, or waits for a person, by what the service counts."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from e2e.kit.gates.service import Behaviour

if TYPE_CHECKING:
    from e2e.kit.gates.watched import Judged, Watch

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What is wrong with a version, and the gate that says so. No other gate is on, so that none is quicker.
ALL_OFF = dict.fromkeys(("errors", "dependencies", "success", "latency", "apdex"), False)
BUSINESS = {"business": {"name": "orders", "metric": "orders_total", "minimumEvents": 1}}
FAULTS = {
    "errors": (Behaviour(errors=0.2), {"signals": {**ALL_OFF, "errors": True}}),
    "dependencies": (
        Behaviour(dependency_errors=0.3),
        {"signals": {**ALL_OFF, "errors": True, "dependencies": True}},
    ),
    "success": (Behaviour(dependency_errors=0.3), {"signals": {**ALL_OFF, "success": True}}),
    "latency": (Behaviour(seconds=0.9), {"signals": {**ALL_OFF, "latency": True}}),
    "latency-relative": (Behaviour(seconds=0.3), {"signals": {**ALL_OFF, "latency": True}}),
    "apdex-relative": (Behaviour(seconds=0.3), {"signals": {**ALL_OFF, "apdex": True}}),
    "business": (Behaviour(orders=2.0), {"signals": ALL_OFF, **BUSINESS}),
}


async def test_a_good_version_passes_every_gate(watch: Watch) -> None:
    judged = await watch.rolled(Behaviour(), given={"gates": BUSINESS})
    await judged.release.is_promoted()
    assert judged.release.weights_given() == [20, 60, 100]
    assert [run["status"]["phase"] for run in await judged.runs()] == ["Successful"] * 3


async def test_each_gate_aborts_a_version_with_its_fault(watch: Watch) -> None:
    async def aborted(gate: str) -> Judged:
        behaviour, gates = FAULTS[gate]
        judged = await watch.rolled(behaviour, given={"gates": gates}, name=gate)
        await judged.is_aborted()
        return judged

    for gate, judged in zip(FAULTS, await asyncio.gather(*map(aborted, FAULTS)), strict=True):
        assert gate in await judged.results("Failed"), gate
        await judged.is_clean()


async def test_an_outage_that_stable_shares_pauses_and_its_end_lets_go_on(watch: Watch) -> None:
    outage = Behaviour(dependency_errors=0.5)
    judged = await watch.rolled(outage, stable=outage)
    await judged.is_paused_inconclusive()
    assert await judged.release.weight() == 20
    assert not await judged.results("Failed")
    judged.behaves(Behaviour())
    judged.behaves(Behaviour(), stable=True)
    await judged.release.canary.promote()
    await judged.release.is_promoted()


async def test_too_little_traffic_pauses_and_never_passes(watch: Watch) -> None:
    judged = await watch.rolled(Behaviour(requests=3.0))
    await judged.is_paused_inconclusive()
    assert await judged.release.weight() == 20
    assert not await judged.results("Successful")
    assert not await judged.results("Failed")
