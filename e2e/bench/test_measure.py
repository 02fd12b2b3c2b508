"""A run of the benchmark in its smallest size: it measures everything that it says, and an unchanged call is one LIST.

Nothing is asserted about time.
"""

from __future__ import annotations

import pytest

from e2e.bench.figures import Column
from e2e.bench.measure import ONE, Plan, run
from e2e.bench.scenes import Scene
from e2e.bench.steps import MANAGED

pytestmark = [pytest.mark.xdist_group("bench"), pytest.mark.slow]

SMALLEST = Plan(
    rounds={
        ONE: 1,
        Scene(namespace="bench-10", routes=10): 1,
        Scene(namespace="bench-fleet", routes=2, rollouts=3): 1,
    },
    steps={Scene(namespace="bench-steps", routes=10, managed=MANAGED): 1},
    launches=1,
    doors=1,
)


async def test_a_run_measures_each_row_and_counts_the_requests() -> None:
    """Ours and both floors have figures in each SetWeight row; what is measured is what was done, or the run fails."""
    report = await run(SMALLEST, print)

    assert report.missing == []
    rows = {row.key: set(row.samples) for row in report.rows}
    everybody = {Column.OURS, Column.PYTHON_LOOP, Column.GO_LOOP}
    calls = [f"{scene} {what}" for scene in ("one", "10", "fleet") for what in ("changed", "unchanged")]
    calls += [f"{step} 10 {what}" for step in MANAGED for what in ("changed", "unchanged", "removed")]
    assert all(everybody <= rows[call] for call in calls)
    assert {
        "handshake",
        "dispensed",
        "rss at rest",
        "rss after one",
        "rss after fleet",
        "rss after steps 10",
    } <= set(rows)
    both = everybody | {Column.GRPC}
    assert rows["door one changed"] == rows["door one unchanged"] == rows["door crowd"] == both
    assert rows["door p50"] == rows["door p99"] == rows["door rss"] == {Column.OURS, Column.GRPC}
    ours = {call: verbs for call, verbs in report.requests.items() if call.startswith(Column.OURS.value)}
    assert list(ours.values())[1:] == [{"list": 1}, {"patch": 100, "list": 1}]
