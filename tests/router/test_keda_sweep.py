"""Holds that no call ends are found and ended, and nobody is looked for before there is somebody."""

import asyncio

import pytest
from tests.fakes.clock import run
from tests.fakes.keda import FORCE, KedaSetup, keda_block, rollout_json, web
from tests.router.test_keda import AWAY, FORBIDDEN, OBJECTS, requests, setup

from rollouts_router.core.keda.scaled import ScaledObject
from rollouts_router.kube.errors import Forbidden
from rollouts_router.kube.resources import Verb
from rollouts_router.router.keda_objects import ROLLOUTS, SCALED_OBJECTS


async def held() -> KedaSetup:
    """An object that is held for Rollout shop/web, which is in a canary."""
    made = setup()
    made.api.create(ROLLOUTS, "web", rollout_json(keda_block(), weight=20))
    await made.keda.settle(web(), 20)
    return made


async def test_a_hold_of_a_canary_stays() -> None:
    made = await held()
    await made.sweeper.sweep()

    assert made.api.record() is not None
    assert len(made.api.written) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"status": {"stableRS": "v2", "canary": {"weights": None}}},
        {"status": {"abort": True, "canary": {"weights": {"canary": {"weight": 0}}}}},
        {"spec": {"strategy": {"canary": {"trafficRouting": {"plugins": None}}}}},
        {"spec": {"strategy": {"canary": None}}},
    ],
)
async def test_a_hold_is_ended_when_its_canary_or_its_configuration_is(change: dict[str, object]) -> None:
    made = await held()
    made.api.edit(ROLLOUTS, "web", change)
    await made.restarted().sweeper.sweep()

    assert made.api.annotations() == {}


async def test_a_hold_of_a_rollout_that_was_deleted_is_ended() -> None:
    made = await held()
    made.api.delete(ROLLOUTS, "web")
    await made.sweeper.sweep()

    assert made.api.annotations() == {}


async def test_a_value_that_was_taken_back_in_a_long_pause_is_written_again() -> None:
    made = await held()
    made.api.annotate(force_activation=None)
    made.clock.now += 300
    await made.sweeper.sweep()

    assert made.api.annotations()[FORCE] == "true"
    assert "ReAsserted" in made.reasons("info")


async def test_an_object_that_has_another_kind_of_target_by_now_is_let_go_of() -> None:
    made = await held()
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    made.api.edit(SCALED_OBJECTS, "so", {"spec": {"scaleTargetRef": target}})
    await made.sweeper.sweep()

    assert made.api.annotations() == {}
    assert requests(made.api).count("get rollouts") == 0


async def test_a_mistake_in_the_block_leaves_a_canary_held_and_ends_what_is_over() -> None:
    made = await held()
    made.api.edit(ROLLOUTS, "web", rollout_json(keda_block(activation="no"), weight=20))
    await made.sweeper.sweep()
    assert made.api.record() is not None
    made.api.edit(ROLLOUTS, "web", {"status": {"stableRS": "v2", "canary": None}})
    await made.sweeper.sweep()

    assert made.api.annotations() == {}


async def test_one_object_that_fails_does_not_keep_the_others_waiting() -> None:
    made = await held()
    made.api.scaled("second", target="second")
    await made.keda.settle(web(name="second", uid="r2"), 20)
    made.api.delete(ROLLOUTS, "web")
    made.api.faults[Verb.PATCH, OBJECTS] = [AWAY]
    await made.sweeper.sweep()

    assert made.api.record("so") is not None
    assert made.api.record("second") is None


async def test_an_object_that_is_being_deleted_is_left_alone() -> None:
    made = await held()
    made.api.delete(ROLLOUTS, "web")
    made.api.edit(SCALED_OBJECTS, "so", {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}})
    await made.sweeper.sweep()

    assert made.api.record() is not None


async def sweeps(made: KedaSetup, count: int) -> None:
    """Let the sweeper run until it has waited so often."""
    done = asyncio.Event()

    async def sleep(seconds: float) -> None:
        made.clock.pauses.append(seconds)
        if len(made.clock.pauses) == count:
            done.set()
            await asyncio.Event().wait()

    made.sweeper._sleep = sleep
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.sweeper.run())
        await done.wait()
        task.cancel()


def test_nothing_is_asked_before_somebody_wants_something_and_then_at_once_and_every_five_minutes() -> None:
    async def play() -> list[str]:
        made = setup()
        async with asyncio.TaskGroup() as group:
            task = group.create_task(made.sweeper.run())
            for _ in range(5):
                await asyncio.sleep(0)
            task.cancel()
        assert made.api.calls == []
        await made.keda.settle(web(keda_block(), stable_hash="v2"), 0)
        made.api.calls.clear()
        await sweeps(made, 3)
        assert made.clock.pauses == [300, 300, 300]
        return requests(made.api)

    assert run(play()) == [f"list {OBJECTS}"] * 3


def test_what_a_sweep_did_is_an_event_without_any_call() -> None:
    async def play() -> KedaSetup:
        made = await held()
        made.api.edit(ROLLOUTS, "web", {"status": {"stableRS": "v2", "canary": {"weights": None}}})
        made.sweeper.arm()
        await sweeps(made, 1)
        return made

    assert "Released" in {event["reason"] for event in run(play()).board.events.values()}


async def test_a_rollout_that_is_none_leaves_the_object_as_it_is() -> None:
    made = await held()
    before = made.api.annotations()
    made.api.edit(ROLLOUTS, "web", {"status": {"stableRS": 7}})
    await made.sweeper.sweep()

    assert made.api.annotations() == before
    assert "status.stableRS is a whole number, expected a text" in made.log.lines[-1][2]["reason"]


def test_a_list_that_is_refused_is_told_once_and_tried_again() -> None:
    async def play() -> KedaSetup:
        made = setup()
        made.sweeper.arm()
        made.api.always[Verb.LIST, OBJECTS] = FORBIDDEN
        await sweeps(made, 3)
        return made

    made = run(play())
    (sentence,) = made.log.said("warning")
    assert "are not looked for: patch is forbidden" in sentence


async def test_with_permissions_in_one_namespace_those_are_looked_through_from_which_calls_came() -> None:
    made = await held()
    made.api.delete(ROLLOUTS, "web")
    made.api.allowed = {"shop"}
    made.sweeper.arm("closed")
    with pytest.raises(Forbidden):
        await made.sweeper.sweep()

    assert made.api.annotations() == {}
    assert [call.namespace for call in made.api.calls if call.verb is Verb.LIST][-3:] == [
        "",
        "closed",
        "shop",
    ]


def test_a_bug_ends_a_sweep_and_not_the_process() -> None:
    async def play() -> KedaSetup:
        made = setup()
        made.sweeper.arm()
        made.objects.held = _bug
        await sweeps(made, 2)
        return made

    assert len(run(play()).log.said("error")) == 2


async def _bug(_namespace: str) -> list[ScaledObject]:
    raise KeyError("oops")
