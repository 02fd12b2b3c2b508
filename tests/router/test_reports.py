"""One line a change, each warning once, and nothing for what was said before."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.fakes.board import Board
from tests.fakes.clock import run
from tests.fakes.log import Lines
from tests.fakes.objects import HTTP, TCP, order, ref, rollout, route, rule, spec

from rollouts_router.core.config import parse_config
from rollouts_router.core.notices import Notices
from rollouts_router.core.routes import RouteKey
from rollouts_router.core.selection import FoundRoute, Selection, select
from rollouts_router.core.weigh import weight_planner
from rollouts_router.core.weights import split
from rollouts_router.router.events import Events
from rollouts_router.router.reports import Reports
from rollouts_router.router.writes import Progress

WEB = {"rollout": "shop/web"}


def selection(
    *names: str, others: tuple[str, ...] = (), kind: Any = HTTP, stranger: str = "foreign"
) -> Selection:
    """A selection of these routes, and of others that are left alone."""
    routes = [route(spec(), name=name, kind=kind) for name in names]
    routes += [route(spec(rule(ref(stranger))), name=name) for name in others]
    found = [FoundRoute(route=each) for each in routes]
    return select(found, lambda _: weight_planner(order(30)))


def say(reports: Reports, chosen: Selection, **block: Any) -> None:
    """Report a selection of a Rollout with this block."""
    asked = rollout(block)
    reports.selected(asked, parse_config(asked), chosen)


def test_which_routes_are_controlled_is_said_in_the_words_of_the_existing_plugin() -> None:
    log = Lines()

    say(Reports(log, Notices()), selection("a", "b"))

    assert log.lines == [
        ("info", '[SetWeight] plugin "argoproj-labs/gatewayAPI" controls HTTPRoutes: [a b]', WEB)
    ]


def test_each_kind_has_a_line() -> None:
    log = Lines()
    reports = Reports(log, Notices())
    both = selection("a").tasks + selection("b", kind=TCP).tasks

    say(reports, Selection(tasks=both, left_alone=()))

    assert [sentence.partition("controls ")[2] for sentence in log.said("info")] == [
        "HTTPRoutes: [a]",
        "TCPRoutes: [b]",
    ]


def test_it_is_said_again_only_when_it_changes() -> None:
    log = Lines()
    reports = Reports(log, Notices())

    for names in ("a", "a", "ab", "ab", "a"):
        say(reports, selection(*names))

    assert [line.partition("[SetWeight]")[2][-4:] for line in log.said("info")] == [" [a]", "a b]", " [a]"]


def test_two_rollouts_have_each_their_own_lines() -> None:
    log = Lines()
    reports = Reports(log, Notices())

    for name in ("web", "api", "web"):
        asked = rollout({}, name=name)
        reports.selected(asked, parse_config(asked), selection("a"))

    assert [fields["rollout"] for _, _, fields in log.lines] == ["shop/web", "shop/api"]


def test_of_many_routes_fifty_are_named() -> None:
    log = Lines()

    say(Reports(log, Notices()), selection(*(f"r{number}" for number in range(52))))

    assert log.said("info")[0].endswith(" r48 r49 and 2 more]")


def test_fifty_routes_are_all_named() -> None:
    log = Lines()

    say(Reports(log, Notices()), selection(*(f"r{number}" for number in range(50))))

    assert log.said("info")[0].endswith(" r48 r49]")


def test_hints_and_warnings_are_given_once_and_asides_every_time_to_who_looks_for_them() -> None:
    log = Lines()
    reports = Reports(log, Notices())

    for stranger in ("foreign", "foreign", "stable", "stable"):
        say(reports, selection("a", others=("x",), stranger=stranger), color="red")

    assert [line.split(":")[0] for line in log.said("warning")] == [
        'unknown key "color" is ignored',
        "HTTPRoute shop/x matches the selector and is left alone",
    ]
    assert len(log.said("debug")) == 2


def test_a_clamped_weight_is_said_once_for_each_weight() -> None:
    log = Lines()
    reports = Reports(log, Notices())

    for desired in (101, 101, 30, 120, -1):
        reports.clamped(rollout(), desired, 100, split(desired, 100).canary)

    assert log.lines == [
        ("warning", "weight 101 is outside 0..100; 100 is used", WEB),
        ("warning", "weight 120 is outside 0..100; 100 is used", WEB),
        ("warning", "weight -1 is outside 0..100; 0 is used", WEB),
    ]


def test_a_change_is_one_line_with_weights_and_routes() -> None:
    log = Lines()
    changed = [RouteKey(TCP, "shop", "b"), RouteKey(HTTP, "shop", "a")]
    progress = Progress(changed=changed, released=["c was left alone"])

    Reports(log, Notices()).changed(rollout(), "weights set", progress, canary=30, stable=70)

    routes = "HTTPRoute shop/a TCPRoute shop/b"
    assert log.lines == [
        ("info", "weights set", {**WEB, "canary": 30, "stable": 70, "routes": routes}),
        ("warning", "c was left alone", WEB),
    ]


def test_no_change_is_no_line() -> None:
    log = Lines()

    Reports(log, Notices()).changed(rollout(), "weights set", Progress(), canary=30, stable=70)

    assert log.lines == []


def test_why_weights_are_not_live_is_said_once_each() -> None:
    log = Lines()
    reports = Reports(log, Notices())

    for reasons in (["a"], ["a", "b"], ["a", "b"], []):
        reports.unverified(rollout(), reasons)

    assert log.lines == [("info", "a", WEB), ("info", "b", WEB)]


ALARMS = {
    "overdue": "WeightNotVerified",
    "overwritten": "WeightsOverwritten",
    "not_removed": "ManagedRoutesNotRemoved",
    "left_behind": "AbortIncomplete",
}


@pytest.mark.parametrize("topic", ["doubtful", *ALARMS])
def test_such_topics_are_warnings_said_once_for_as_long_as_they_hold(topic: str) -> None:
    log, board = Lines(), Board()
    reports = posting(log, board)

    for sentences in (["a"], ["a", "b"], ["a", "b"], [], ["a"]):
        getattr(reports, topic)(rollout(), sentences)
        run(reports.post())

    assert [sentence[-1] for sentence in log.said("warning")] == ["a", "b", "a"]
    assert {event["reason"] for event in board.events.values()} == (
        {ALARMS[topic]} if topic in ALARMS else set()
    )
    assert [event["count"] for event in board.events.values()] == ([2, 1] if topic in ALARMS else [])


def test_a_step_without_effect_is_an_event_and_an_odd_removal_is_not() -> None:
    board = Board()
    reports = posting(Lines(), board)

    reports.step(rollout(), "setHeaderRoute h1", ["no route takes it"])
    reports.removal(rollout(), ["a rule is left"], is_lost=False)
    run(reports.post())

    assert board.messages == ["no route takes it"]


def test_a_removal_in_mid_steps_is_an_event() -> None:
    board = Board()
    reports = posting(Lines(), board)

    reports.removal(rollout(managed_steps=(True, False)), [], is_lost=True)
    run(reports.post())

    ((event),) = board.events.values()
    assert event["reason"] == "ManagedRoutesRemoved"
    assert "the managed routes taken out at step 1 of 2" in event["message"]


def test_a_route_that_was_let_go_of_is_an_event() -> None:
    board = Board()
    reports = posting(Lines(), board)

    reports.swept(rollout(), Progress(changed=[RouteKey(HTTP, "shop", "a")]))
    run(reports.post())

    ((event),) = board.events.values()
    assert event["reason"] == "RouteReleased"
    assert event["message"].startswith("HTTPRoute shop/a is no route of this Rollout any more")


def posting(log: Lines, board: Board) -> Reports:
    """Reports that post Events."""
    return Reports(log, Notices(), bulletin=Events(board, log, lambda: datetime(2024, 3, 5, tzinfo=UTC)))


def test_a_meter_is_told_weights_and_without_one_nobody_is() -> None:
    told: list[tuple[object, ...]] = []

    class Meter:
        def weights_set(self, *weights: object) -> None:
            told.append(weights)

    Reports(Lines(), Notices()).weighed(rollout(), split(20, 100))
    Reports(Lines(), Notices(), meter=Meter()).weighed(rollout(), split(20, 100))

    assert told == [("shop", "web", 20, 80)]


@pytest.mark.parametrize(("is_warning", "level"), [(True, "warning"), (False, "info")])
def test_what_an_event_would_say_is_a_line_with_its_reason(is_warning: bool, level: str) -> None:  # noqa: FBT001 - parametrized
    log = Lines()
    Reports(log, Notices()).tell(rollout(), "Held", "it is held", is_warning=is_warning)

    assert log.lines == [(level, "it is held", {"rollout": "shop/web", "reason": "Held"})]
