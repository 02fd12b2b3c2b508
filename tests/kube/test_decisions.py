"""Answers that hold for some seconds."""

import asyncio
from dataclasses import dataclass, field

import pytest
from tests.kube.fakes import FakeTime

from rollouts_router.kube.decisions import Decisions


@dataclass
class Oracle:
    """Answers with how often it was asked; may be slow, or fail."""

    asked: int = 0
    failures: list[Exception] = field(default_factory=list)

    async def __call__(self) -> int:
        self.asked += 1
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop()
        return self.asked


@pytest.fixture
def decisions(time: FakeTime) -> Decisions[str, int]:
    """Two answers for ten seconds."""
    return Decisions(seconds=10.0, most=2, clock=time.clock)


async def test_an_answer_holds_until_its_time_is_up(decisions: Decisions[str, int], time: FakeTime) -> None:
    oracle = Oracle()

    answers = []
    for at in (0.0, 9.9, 10.0, 19.9):
        time.now = at
        answers.append(await decisions.get("q", oracle))

    assert answers == [1, 1, 2, 2]


async def test_the_time_counts_from_the_question_not_from_the_answer(
    decisions: Decisions[str, int], time: FakeTime
) -> None:
    async def slow() -> int:
        await time.sleep(9.0)
        return 1

    await decisions.get("q", slow)
    time.now = 10.0

    assert await decisions.get("q", Oracle(asked=1)) == 2


async def test_many_at_once_ask_once(decisions: Decisions[str, int]) -> None:
    oracle = Oracle()

    answers = await asyncio.gather(*(decisions.get("q", oracle) for _ in range(50)))

    assert set(answers) == {1}
    assert oracle.asked == 1


async def test_a_failure_is_the_asker_s_alone_and_is_not_remembered(decisions: Decisions[str, int]) -> None:
    oracle = Oracle(failures=[OSError("away")])

    answers = await asyncio.gather(*(decisions.get("q", oracle) for _ in range(2)), return_exceptions=True)

    assert isinstance(answers[0], OSError)
    assert answers[1] == 2


async def test_the_oldest_answer_goes_when_there_are_too_many(decisions: Decisions[str, int]) -> None:
    oracle = Oracle()

    answers = [await decisions.get(question, oracle) for question in ("a", "b", "c", "b", "a")]

    assert answers == [1, 2, 3, 2, 4]
