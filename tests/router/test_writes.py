"""Plans become patches: several at once, planned anew after a conflict, and counted while they are under way."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.fakes.clock import run
from tests.fakes.objects import HTTP, LABEL, order, ref, rule, spec, weights
from tests.fakes.routers import Setup

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.routes import Route, RouteKey
from rollouts_router.core.selection import RouteTask
from rollouts_router.core.weigh import weight_planner
from rollouts_router.kube.errors import ApiError, Conflict, Forbidden, Invalid, NotServed, TestFailed
from rollouts_router.kube.resources import Call, Verb
from rollouts_router.router.writes import Progress

TRIES = 8


def key(name: str) -> RouteKey:
    """An HTTPRoute of namespace shop."""
    return RouteKey(HTTP, "shop", name)


def tasks(setup: Setup, *names: str, named: tuple[str, ...] = (), canary: int = 30) -> list[RouteTask]:
    """What is to be done with routes as they are now."""
    planner = weight_planner(order(canary))
    found = [Route(key(name), setup.api.look(name)) for name in names]
    return [RouteTask(plan=planner(each), planner=planner, required=each.key.name in named) for each in found]


def made(*names: str, **fields: Any) -> Setup:
    """A process and an API with these routes, all at weight 0."""
    setup = Setup(**fields)
    for name in names:
        setup.api.create(name, spec(), labels={"app": name})
    return setup


async def write(setup: Setup, *names: str, named: tuple[str, ...] = (), canary: int = 30) -> Progress:
    """Bring these routes to weight 30."""
    progress = Progress()
    todo = progress.start(tasks(setup, *names, named=named, canary=canary))
    await setup.writes.write(todo, progress)
    return progress


def before_patches(setup: Setup, *deeds: Callable[[], object]) -> None:
    """Do the next deed just before each patch reaches the API."""
    left = list(deeds)

    async def travel(call: Call) -> None:
        await asyncio.sleep(0)
        if call.verb is Verb.PATCH and left:
            left.pop(0)()

    setup.api.travel = travel


def answers(kind: type[ApiError], times: int = 1) -> list[Callable[[Call], ApiError]]:
    """As many answers of this kind."""
    return [lambda call: kind(call, "no")] * times


def touch(route: Any) -> None:
    """Somebody changes something of the spec."""
    route["spec"]["touched"] = route["spec"].get("touched", 0) + 1


def grow_label(route: Any) -> None:
    """Somebody adds a label, which does not raise the generation."""
    route["metadata"].setdefault("labels", {})["theirs"] = "yes"


# --- without trouble --------------------------------------------------------------------------------------


def test_every_route_is_patched_once_and_counted() -> None:
    setup = made("a", "b")

    progress = run(write(setup, "a", "b"))

    assert setup.api.named(Verb.PATCH) == ["a", "b"]
    assert setup.api.named(Verb.GET) == []
    assert weights(setup.api.look("a")) == weights(setup.api.look("b")) == [[("stable", 70), ("canary", 30)]]
    assert (progress.changed, progress.failed) == ([key("a"), key("b")], [])
    assert str(progress) == "2 of 2 routes done, 0 left"


def test_what_is_as_planned_is_not_written_and_counts_as_done() -> None:
    setup = made("a", "b")
    run(write(setup, "a"))
    setup.api.patches.clear()

    progress = run(write(setup, "a", "b"))

    assert len(setup.api.patches) == 1
    assert (progress.total, progress.settled, progress.changed) == (2, 2, [key("b")])


def test_routes_that_could_not_be_had_count_as_failed_and_left() -> None:
    setup, gone = made("a"), RoutingError("gone")
    progress = Progress()

    todo = progress.start(tasks(setup, "a"), [gone])

    assert [task.plan.route.key for task in todo] == [key("a")]
    assert progress.failed == [gone]
    assert str(progress) == "0 of 2 routes done, 2 left"


def test_nothing_to_write_is_no_request() -> None:
    setup = made()

    assert run(write(setup)).total == 0
    assert setup.api.calls == []


def test_sixteen_routes_are_written_at_once() -> None:
    names = [f"r{number}" for number in range(40)]
    setup = made(*names)

    progress = run(write(setup, *names))

    assert setup.api.most == 16
    assert progress.settled == 40


def test_a_version_that_is_served_no_more_is_looked_up_again() -> None:
    setup = made("a")
    setup.api.faults[Verb.PATCH, "a"] = answers(NotServed)

    assert run(write(setup, "a")).changed == [key("a")]
    assert setup.api.asked == 2


# --- conflicts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Conflict, TestFailed])
def test_after_a_conflict_the_route_is_read_and_planned_anew(kind: type[ApiError]) -> None:
    setup = made("a")
    setup.api.faults[Verb.PATCH, "a"] = answers(kind)

    progress = run(write(setup, "a"))

    assert [call.verb for call in setup.api.calls] == [Verb.PATCH, Verb.GET, Verb.PATCH]
    assert progress.changed == [key("a")]


def test_a_change_between_reading_and_writing_is_kept() -> None:
    setup = made("a")

    def insert_rule() -> None:
        setup.api.edit("a", lambda route: route["spec"]["rules"].insert(0, rule(ref("foreign", 5))))

    before_patches(setup, insert_rule)

    run(write(setup, "a"))

    assert weights(setup.api.look("a")) == [[("foreign", 5)], [("stable", 70), ("canary", 30)]]


def test_a_label_between_reading_and_writing_is_kept() -> None:
    setup = made("a", "b")
    setup.api.edit("a", lambda route: route["metadata"].pop("labels"))
    before_patches(setup, lambda: setup.api.edit("a", grow_label), lambda: setup.api.edit("b", grow_label))

    run(write(setup, "a", "b"))

    assert setup.api.look("a")["metadata"]["labels"] == {"theirs": "yes", LABEL.key: LABEL.value}
    assert setup.api.look("b")["metadata"]["labels"] == {"app": "b", "theirs": "yes", LABEL.key: LABEL.value}


def test_a_status_between_reading_and_writing_disturbs_nobody_once_the_route_is_claimed() -> None:
    """The first patch, which claims a route, may be tied to its resourceVersion; no other is."""
    setup = made("a")
    run(write(setup, "a", canary=10))
    setup.api.patches.clear()
    before_patches(setup, lambda: setup.api.edit("a", lambda route: route.update(status={"parents": []})))

    run(write(setup, "a"))

    assert len(setup.api.patches) == 1


def test_a_route_that_was_made_anew_meanwhile_is_planned_anew() -> None:
    setup = made("a")
    before_patches(setup, lambda: setup.api.create("a", spec(rule(ref("canary"), ref("stable")))))

    run(write(setup, "a"))

    assert weights(setup.api.look("a")) == [[("canary", 30), ("stable", 70)]]


def test_what_somebody_else_brought_to_the_plan_is_done_but_not_changed_by_us() -> None:
    setup = made("a")

    run(write(setup, "a", canary=10))
    setup.api.patches.clear()
    same = spec(rule(ref("stable", 70), ref("canary", 30)))
    before_patches(setup, lambda: setup.api.edit("a", lambda route: route.update(spec=same)))

    progress = run(write(setup, "a"))

    assert (progress.settled, progress.changed, progress.failed) == (1, [], [])
    assert len(setup.api.patches) == 1


def test_a_label_that_somebody_removed_meanwhile_is_no_error() -> None:
    setup = made("a")
    setup.api.edit("a", lambda route: route["metadata"].update(labels={LABEL.key: LABEL.value}))
    before_patches(setup, lambda: setup.api.edit("a", lambda route: route["metadata"].pop("labels")))

    progress = run(write(setup, "a", canary=0))

    assert (progress.settled, progress.failed) == (1, [])
    assert "labels" not in setup.api.look("a")["metadata"]


def test_one_who_changes_the_route_every_time_wins_after_eight_tries() -> None:
    setup = made("a")
    before_patches(setup, *[lambda: setup.api.edit("a", touch)] * TRIES)

    progress = run(write(setup, "a"))

    assert len(setup.api.patches) == TRIES
    assert progress.settled == 0
    assert str(progress.failed[0]) == (
        "HTTPRoute shop/a: somebody else changed it at each of 8 tries to change it;"
        " the next reconcile tries again. See metadata.managedFields for who writes to it"
    )


def test_one_who_changes_the_route_seven_times_loses() -> None:
    setup = made("a")
    before_patches(setup, *[lambda: setup.api.edit("a", touch)] * (TRIES - 1))

    assert run(write(setup, "a")).changed == [key("a")]
    assert setup.api.look("a")["spec"]["touched"] == TRIES - 1


@pytest.mark.parametrize(("random", "share"), [(0.0, 0.5), (1.0, 1.0), (0.5, 0.75)])
def test_pauses_double_up_to_a_second_with_jitter_over_their_upper_half(random: float, share: float) -> None:
    setup = made("a", random=random)
    setup.api.faults[Verb.PATCH, "a"] = answers(Conflict, TRIES)

    run(write(setup, "a"))

    full = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0]
    assert setup.pauses == pytest.approx([pause * share for pause in full])


# --- routes that go away ----------------------------------------------------------------------------------


def drop_rule(setup: Setup) -> Callable[[], object]:
    """Somebody takes the stable Service out of the rule."""
    return lambda: setup.api.edit("a", lambda route: route.update(spec=spec(rule(ref("canary", 1)))))


def test_a_named_route_that_lost_its_rule_meanwhile_is_an_error() -> None:
    setup = made("a")
    before_patches(setup, drop_rule(setup))

    progress = run(write(setup, "a", named=("a",)))

    assert [str(error).partition(": of the")[0] for error in progress.failed] == [
        "backendRef was not found in httpRoute: HTTPRoute shop/a was changed meanwhile"
    ]
    assert weights(setup.api.look("a")) == [[("canary", 1)]]


def test_a_selected_route_that_lost_its_rule_meanwhile_is_left_alone() -> None:
    setup = made("a")
    before_patches(setup, drop_rule(setup))

    progress = run(write(setup, "a"))

    assert (progress.settled, progress.failed, progress.changed) == (1, [], [])
    assert progress.released[0].startswith("HTTPRoute shop/a was left alone: backendRef was not found")


@pytest.mark.parametrize("named", [("a",), ()])
def test_a_route_that_was_deleted_meanwhile_is_an_error_only_when_it_is_named(named: tuple[str, ...]) -> None:
    setup = made("a", "b")
    before_patches(setup, lambda: setup.api.delete("a"))

    progress = run(write(setup, "a", "b", named=named))

    told = [*map(str, progress.failed), *progress.released]
    assert (len(progress.failed), len(progress.released)) == ((1, 0) if named else (0, 1))
    assert "it was deleted while it was being changed" in told[0]
    assert progress.changed == [key("b")]


def test_a_route_that_is_deleted_after_a_conflict_is_treated_alike() -> None:
    setup = made("a")
    setup.api.faults[Verb.PATCH, "a"] = [lambda call: setup.api.delete("a") or Conflict(call, "no")]  # type: ignore[func-returns-value]

    assert "it was deleted while it was being changed" in run(write(setup, "a")).released[0]


# --- errors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Forbidden, Invalid])
def test_a_route_that_fails_does_not_keep_the_others_from_their_weights(kind: type[ApiError]) -> None:
    setup = made("a", "b", "c")
    setup.api.faults[Verb.PATCH, "b"] = answers(kind)

    progress = run(write(setup, "a", "b", "c"))

    assert progress.changed == [key("a"), key("c")]
    assert [type(error) for error in progress.failed] == [kind]
    assert str(progress) == "2 of 3 routes done, 1 left"


def test_an_error_in_reading_anew_is_that_routes_error() -> None:
    setup = made("a", "b")
    setup.api.faults[Verb.PATCH, "a"] = answers(Conflict)
    setup.api.faults[Verb.GET, "a"] = answers(Forbidden)

    progress = run(write(setup, "a", "b"))

    assert (progress.changed, [type(error) for error in progress.failed]) == ([key("b")], [Forbidden])


def test_an_object_without_a_uid_after_a_conflict_is_that_routes_error() -> None:
    setup = made("a")
    before_patches(setup, lambda: setup.api.edit("a", lambda route: route["metadata"].pop("uid")))

    assert isinstance(run(write(setup, "a")).failed[0], RoutingError)


# --- several calls ----------------------------------------------------------------------------------------


def test_calls_with_a_route_in_common_take_turns_at_it() -> None:
    setup = made("a")

    async def several() -> list[Progress]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(write(setup, "a", canary=canary)) for canary in range(10, 30)]
        return [task.result() for task in tasks]

    outcomes = run(several())

    assert all(progress.settled == 1 for progress in outcomes)
    assert len(setup.api.patches) < 2 * len(outcomes)
    assert setup.api.most == 1


def test_turns_are_forgotten_when_nobody_waits() -> None:
    setup = made("a")

    run(write(setup, "a"))

    assert not setup.writes._turns


def test_a_call_that_was_cut_short_while_it_waited_leaves_the_turn_to_the_next() -> None:
    setup = made("a")
    blocked = asyncio.Event()

    async def block(call: Call) -> None:
        await blocked.wait()

    async def both() -> Progress:
        setup.api.travel = block
        async with asyncio.TaskGroup() as group:
            first = group.create_task(write(setup, "a", canary=10))
            second = group.create_task(write(setup, "a", canary=20))
            third = group.create_task(write(setup, "a", canary=40))
            await asyncio.sleep(0)
            second.cancel()
            first.cancel()
            blocked.set()
        return third.result()

    assert run(both()).changed == [key("a")]
    assert weights(setup.api.look("a")) == [[("stable", 60), ("canary", 40)]]
