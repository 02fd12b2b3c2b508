"""Events: posted once, renewed when they come again, and never a burden to anybody."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.fakes.board import Board
from tests.fakes.clock import run
from tests.fakes.log import Lines
from tests.fakes.objects import Json, rollout, spec, weights
from tests.fakes.routers import Setup

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.events import Occurrence, Reason
from rollouts_router.core.kinds import KINDS
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.kube.errors import Forbidden, Unavailable
from rollouts_router.kube.resources import Call, Verb
from rollouts_router.router.events import EVENTS, POST_SECONDS, Events


class Process:
    """A process with its log, at a board."""

    def __init__(self, board: Board) -> None:
        self.board, self.log, self.now = board, Lines(), datetime(2024, 3, 5, 12, tzinfo=UTC)
        self.events = Events(board, self.log, lambda: self.now)

    def tell(self, *sentences: str, **fields: Any) -> None:
        """These happen, and are posted in one go, a minute after the last ones."""
        self.now += timedelta(minutes=1)
        for sentence in sentences:
            self.events.add(Occurrence(rollout(**fields), Reason.OVERWRITTEN, sentence))
        run(self.events.post())


def verbs(board: Board) -> list[str]:
    """The requests so far."""
    return [call.verb.value for call in board.calls]


def counts(board: Board) -> Iterable[tuple[str, int, str]]:
    """Message, count and minute of the last time of each Event."""
    return [
        (event["message"], event["count"], event["lastTimestamp"][14:16]) for event in board.events.values()
    ]


def test_what_happens_is_on_the_board_after_it_was_posted() -> None:
    here = Process(Board())

    here.tell("a", "b")

    assert here.board.messages == ["a", "b"]
    assert {call.resource for call in here.board.calls} == {EVENTS}
    assert here.log.lines == []


def test_without_news_nothing_is_asked() -> None:
    here = Process(Board())

    here.tell("a")
    here.tell()

    assert verbs(here.board) == ["create"]


def test_what_happens_again_is_counted() -> None:
    here = Process(Board())

    for _ in range(3):
        here.tell("a")

    assert counts(here.board) == [("a", 3, "03")]


def test_a_new_process_renews_what_the_former_one_told_and_counts_on_from_there() -> None:
    board = Board()
    for _ in range(2):
        Process(board).tell("a")
    later = Process(board)
    later.tell()
    later.tell("a")
    later.tell("a")

    assert counts(board) == [("a", 2, "03")]


def test_what_the_api_server_has_dropped_is_told_anew() -> None:
    here = Process(Board())
    here.tell("a")
    here.board.events.clear()

    here.tell("a")

    assert counts(here.board) == [("a", 1, "02")]
    assert verbs(here.board) == ["create", "patch", "create"]


def test_where_events_are_forbidden_that_is_said_once_and_nothing_is_tried_again() -> None:
    here = Process(Board(fault=lambda call: Forbidden(call, "no")))

    here.tell("a", "b")
    here.tell("c")

    assert len(here.board.calls) == 2
    ((level, sentence, fields),) = here.log.lines
    assert (level, sentence) == ("info", "no Events are written in this namespace")
    assert fields["namespace"] == "shop"
    assert 'resources: ["events"], verbs: ["create"]' in str(fields["reason"])


def test_other_namespaces_do_not_count_for_it() -> None:
    here = Process(Board(fault=lambda call: Forbidden(call, "no")))
    here.tell("a")
    here.board.fault = None

    here.tell("a", namespace="open")

    assert list(here.board.events) == [("open", here.board.calls[-1].name)]


def test_where_events_may_be_created_only_a_second_time_is_told_of_once() -> None:
    board = Board()
    here = Process(board)
    here.tell("a")
    board.fault = lambda call: Forbidden(call, "no") if call.verb is Verb.PATCH else Unavailable(call, "?")

    here.tell("a")
    here.tell("a")

    assert [level for level, _, _ in here.log.lines] == ["info"]
    assert counts(board) == [("a", 1, "01")]


def test_what_fails_is_dropped_with_a_line_for_debugging() -> None:
    here = Process(Board(fault=lambda call: Unavailable(call, "away")))

    here.tell("a")
    here.board.fault = None
    here.tell()

    assert here.board.events == {}
    assert [level for level, _, _ in here.log.lines] == ["debug"]


def test_one_that_fails_does_not_keep_the_others_from_being_told() -> None:
    board = Board()
    here = Process(board)
    first = Occurrence(rollout(), Reason.OVERWRITTEN, "a").name()
    board.events["shop", first] = {"message": "a", "lastTimestamp": "?"}  # somebody has damaged it

    here.tell("a", "b")

    assert "b" in board.messages


def test_a_slow_api_server_is_not_waited_for() -> None:
    here = Process(Board(seconds=60))

    async def timed() -> float:
        loop = asyncio.get_running_loop()
        start = loop.time()
        here.events.add(Occurrence(rollout(), Reason.RELEASED, "a"))
        await here.events.post()
        return loop.time() - start

    assert run(timed()) == POST_SECONDS
    assert here.board.events == {}
    assert [level for level, _, _ in here.log.lines] == ["debug"]


def test_of_very_much_news_the_latest_is_told() -> None:
    here = Process(Board())

    here.tell(*map(str, range(50)))

    assert here.board.messages == [str(each) for each in range(30, 50)]


# --- behind the calls of a Rollout ------------------------------------------------------------------------

TWICE = {"httpRoute": "a"}


def on_its_way() -> Setup:
    """A route that was given 30 and has 0, which somebody else wrote."""
    setup = Setup()
    setup.api.create("a", spec())
    run(setup.router.set_weight(rollout(TWICE), 30))

    def reset(route: Json) -> None:
        for each, weight in zip(route["spec"]["rules"][0]["backendRefs"], (100, 0), strict=True):
            each["weight"] = weight

    setup.api.edit("a", reset)
    return setup


def test_weights_are_written_before_an_event_is_posted() -> None:
    setup = on_its_way()
    seen = []

    def look(call: Call) -> Unavailable:
        seen.append(weights(setup.api.look("a")))
        return Unavailable(call, "away")

    setup.board.fault = look
    run(setup.router.set_weight(rollout(TWICE), 30))

    assert seen == [[[("stable", 70), ("canary", 30)]]]


def test_an_event_that_hangs_holds_its_call_for_a_second_and_the_next_one_not_at_all() -> None:
    setup = on_its_way()
    setup.board.seconds = 3600

    async def timed() -> tuple[float, float]:
        loop, start = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        await setup.router.set_weight(rollout(TWICE), 30)
        then = loop.time()
        await setup.router.set_weight(rollout(TWICE), 30)
        return then - start, loop.time() - then

    assert run(timed()) == (POST_SECONDS, 0.0)


def test_a_call_that_fails_posts_what_it_has() -> None:
    setup = on_its_way()
    setup.api.faults[Verb.PATCH, "a"] = [lambda call: Unavailable(call, "oops")]

    with pytest.raises(RoutingError, match="oops"):
        run(setup.router.set_weight(rollout(TWICE), 30))

    (message,) = setup.board.messages
    assert "its weights are not those that were set in this step" in message


@pytest.mark.parametrize("block", [{"tcpRoute": "t"}, {"tlsRoute": "t"}, {"httpRoutes": [{"name": "t"}]}])
@pytest.mark.parametrize("step", ["header", "mirror"])
def test_a_step_that_nothing_takes_succeeds_with_one_event_however_often_it_is_asked_for(
    block: Json, step: str
) -> None:
    setup = Setup()
    for kind in KINDS:
        setup.api.create("t", spec(), kind=kind)
    asked = rollout(block, managed_routes=("m",))

    for _ in range(3):
        if step == "header":
            run(setup.router.set_header_route(asked, "m", {"x": TextMatch(exact="1")}))
        else:
            run(setup.router.set_mirror_route(asked, "m", [RequestMatch()], None))

    ((event),) = setup.board.events.values()
    assert (event["reason"], event["count"]) == ("RoutingStepWithoutEffect", 1)
    assert "useHeaderRoutes: true" in event["message"]
