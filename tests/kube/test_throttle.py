"""The token bucket, by a clock that is set."""

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kube.fakes import FakeTime

from rollouts_router.kube.throttle import DEFAULT_BURST, Bucket, Throttle

RATES = st.floats(min_value=0.1, max_value=1000)
BURSTS = st.integers(min_value=1, max_value=50)
GAPS = st.lists(st.floats(min_value=0, max_value=5), min_size=1, max_size=80)


def _grants(qps: float, burst: int, gaps: list[float]) -> tuple[list[float], FakeTime]:
    """The times at which callers pass that arrive one after the other, with these gaps."""
    time = FakeTime(now=1000.0)
    throttle = Throttle(qps=qps, burst=burst, clock=time.clock, sleep=time.sleep)

    async def arrive() -> list[float]:
        passed = []
        for gap in gaps:
            time.now += gap
            await throttle.acquire()
            passed.append(time.now)
        return passed

    return asyncio.run(arrive()), time


@given(qps=RATES, burst=BURSTS, gaps=GAPS)
def test_no_window_lets_more_pass_than_the_burst_and_what_was_refilled(
    qps: float, burst: int, gaps: list[float]
) -> None:
    passed, _ = _grants(qps, burst, gaps)
    for (first, start), (last, end) in itertools.combinations(enumerate(passed), 2):
        assert last - first + 1 <= burst + (end - start) * qps + 1e-3


@given(qps=RATES, burst=BURSTS, gaps=GAPS)
def test_nobody_waits_longer_than_one_token_takes(qps: float, burst: int, gaps: list[float]) -> None:
    _, time = _grants(qps, burst, gaps)
    assert all(0 < waited <= 1 / qps + 1e-6 for waited in time.slept)


@given(qps=RATES, burst=BURSTS)
def test_a_burst_passes_at_once_and_the_next_one_waits_for_a_whole_token(qps: float, burst: int) -> None:
    _, time = _grants(qps, burst, [0.0] * (burst + 1))
    assert time.slept == pytest.approx([1 / qps])


@given(st.floats(max_value=0), st.integers())
def test_without_a_rate_nobody_waits(qps: float, burst: int) -> None:
    _, time = _grants(qps, burst, [0.0] * 100)
    assert time.slept == []


def test_a_rate_without_a_burst_takes_that_of_client_go() -> None:
    _, time = _grants(1.0, 0, [0.0] * (DEFAULT_BURST + 1))
    assert time.slept == [1.0]


def test_a_bucket_is_never_fuller_than_its_burst_and_ignores_a_clock_that_goes_back() -> None:
    bucket = Bucket(1.0, 2)
    bucket.take(100.0)
    assert bucket.missing(1e9) == 0
    assert bucket.tokens == 2
    bucket.take(5.0)
    assert bucket.tokens == 1


async def test_waiters_pass_in_order_and_one_that_gives_up_takes_no_token() -> None:
    wake, order = asyncio.Event(), []
    time = FakeTime()

    async def sleep(seconds: float) -> None:
        await wake.wait()
        await time.sleep(seconds)

    throttle = Throttle(qps=1, burst=1, clock=time.clock, sleep=sleep)
    await throttle.acquire()

    async def caller(name: str) -> None:
        await throttle.acquire()
        order.append((name, time.now))

    async with asyncio.TaskGroup() as callers:
        tasks = {name: callers.create_task(caller(name)) for name in "abcd"}
        await asyncio.sleep(0)
        tasks["a"].cancel()  # it sleeps for its token
        tasks["c"].cancel()  # it stands in the line
        await asyncio.sleep(0)
        wake.set()
    assert order == [("b", 1.0), ("d", 2.0)]
