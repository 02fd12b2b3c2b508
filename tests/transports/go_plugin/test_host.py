"""When a conversation is over, by the streams that the host keeps open."""

import asyncio

import pytest

from rollouts_router.transports.go_plugin.host import Host

PATIENCE = 10.0


async def test_nobody_coming_is_told_with_the_time_it_took() -> None:
    assert await Host().ending(0.001) == "no host connected within 0.001 s of the launch"


async def test_the_last_stream_to_end_is_the_end() -> None:
    host = Host()
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        with host.present():
            with host.present():
                ending = tasks.create_task(host.ending(PATIENCE))
            await asyncio.sleep(0)
            still = not ending.done()
        assert (still, await ending) == (True, "")


async def test_a_host_that_says_so_is_over_with_its_streams_open() -> None:
    host = Host()
    with host.present():
        host.quit()
        assert await host.ending(PATIENCE) == ""


async def test_a_host_may_say_so_before_it_opens_a_stream() -> None:
    host = Host()
    host.quit()
    assert await host.ending(0.001) == ""


async def test_a_stream_that_fails_has_ended_too() -> None:
    host = Host()
    with pytest.raises(ConnectionError), host.present():
        raise ConnectionError
    async with asyncio.timeout(PATIENCE):
        await host.over()
