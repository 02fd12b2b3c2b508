"""Which task acts for whom."""

import asyncio

from rollouts_router.kube.callers import Caller, act_for, acting_for

ALICE = Caller(user="alice")
BOB = Caller(user="bob")


async def test_a_task_and_those_it_starts_act_for_whom_it_was_told_and_no_other_does() -> None:
    async def nested() -> Caller | None:
        async with asyncio.TaskGroup() as tasks:
            return await tasks.create_task(asyncio.sleep(0, acting_for()))

    async def call(caller: Caller) -> Caller | None:
        act_for(caller)
        await asyncio.sleep(0)
        return await nested()

    async with asyncio.TaskGroup() as tasks:
        calls = [tasks.create_task(call(caller)) for caller in (ALICE, BOB)]

    assert [each.result() for each in calls] == [ALICE, BOB]
    assert acting_for() is None


def test_a_caller_is_told_by_name() -> None:
    assert str(ALICE) == "alice"
