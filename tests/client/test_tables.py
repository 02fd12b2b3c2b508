"""Replies as people read them: what the screen of a real call seldom shows."""

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.client.tables import table, text_of, watch_head
from rollouts_router.v1 import traffic_router_pb2 as v1

A, B = (v1.RouteReference(kind="HTTPRoute", namespace="shop", name=name) for name in "ab")
RULE = v1.RuleWeights(
    index=2, name="main", backends=[v1.BackendWeight(backend=v1.BackendReference(name="x"), weight=5)]
)


def lines(reply: Message) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in text_of(reply).splitlines()]


@given(
    rows=st.lists(
        st.tuples(*[st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)] * 3), min_size=1
    )
)
def test_columns_are_as_wide_as_their_widest_cell(rows: list[tuple[str, str, str]]) -> None:
    head = ("ONE", "TWO", "THREE")

    shown = list(table(head, rows))

    starts = [max(len(row[0]) for row in (head, *rows)) + 3]
    starts.append(starts[0] + max(len(row[1]) for row in (head, *rows)) + 3)
    for row, line in zip((head, *rows), shown, strict=True):
        assert [line[: len(row[0])], line[starts[0] :].split()[0], line[starts[1] :]] == list(row)


def test_a_table_without_rows_is_nothing() -> None:
    assert list(table(("ONE",), [])) == []


def test_every_result_is_a_row_and_a_word_of_the_summary() -> None:
    results = (v1.ROUTE_RESULT_CHANGED, v1.ROUTE_RESULT_RELEASED, v1.ROUTE_RESULT_LEFT_ALONE)
    routes = [v1.RouteOutcome(route=A, result=each) for each in results]
    routes[0].patches.extend([v1.RoutePatch()] * 2)
    routes[2].detail = "it is gone"
    outcome = v1.Outcome(
        changed=1, unchanged=4, released=1, left_alone=1, routes=routes, routes_omitted=4, warnings=["look"]
    )

    shown = text_of(v1.SetWeightResponse(outcome=outcome)).splitlines()

    assert [line.split()[2:] for line in shown[1:4]] == [
        ["changed", "2", "patches"],
        ["released"],
        ["left", "alone", "it", "is", "gone"],
    ]
    assert shown[4:] == [
        "1 changed, 4 unchanged, 1 released, 1 left alone",
        "and 4 routes more, which one reply cannot hold",
        "warning: look",
    ]


@pytest.mark.parametrize(
    "kind", [v1.SetHeaderRouteResponse, v1.SetMirrorRouteResponse, v1.RemoveManagedRoutesResponse]
)
def test_every_writing_reply_is_shown_the_same_way(kind: type[Message]) -> None:
    assert text_of(kind()) == "no routes"


def test_a_named_rule_is_shown_by_its_name() -> None:
    found = v1.DiscoveredRoute(route=A, rules=[RULE])

    assert lines(v1.DiscoverResponse(routes=[found]))[1] == [
        "HTTPRoute",
        "shop/a",
        "selector",
        "no",
        "main",
        "x=5",
    ]


def test_the_namespaces_that_are_allowed_are_told() -> None:
    assert "only for routes in a, b" in text_of(v1.GetInfoResponse(allowed_namespaces=["a", "b"]))


def test_a_removed_value_and_a_null_are_told_apart() -> None:
    operations = [v1.PatchOperation(op="remove", path="/a"), v1.PatchOperation(op="add", path="/b")]
    operations[1].value.null_value = 0
    patch = v1.RoutePatch(version="v1", operations=operations)
    outcome = v1.Outcome(routes=[v1.RouteOutcome(route=A, result=v1.ROUTE_RESULT_RELEASED, patches=[patch])])

    shown = lines(v1.PlanResponse(outcome=outcome))

    assert shown[0] == ["HTTPRoute", "shop/a", "(v1),", "released:"]
    assert shown[2:4] == [["remove", "/a"], ["add", "/b", "null"]]


def test_a_watch_shows_who_came_who_left_and_how_many_there_are() -> None:
    reply = v1.WatchResponse(
        observed_at=Timestamp(seconds=3723),
        routes=[v1.RouteState(route=A, rules=[RULE, RULE], live=True)],
        gone=[B],
        total=3,
        live=2,
        routes_omitted=1,
    )

    shown = lines(reply)

    assert watch_head().split() == ["TIME", "ROUTE", "WEIGHTS", "LIVE", "REASON"]
    assert shown == [
        ["01:02:03", "HTTPRoute", "shop/a", "x=5;", "x=5", "yes"],
        ["01:02:03", "HTTPRoute", "shop/b", "no", "route", "of", "the", "Rollout", "any", "more"],
        ["and", "1", "routes", "more,", "which", "one", "reply", "cannot", "hold"],
        ["01:02:03", "2", "of", "3", "live"],
    ]


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        (v1.VERDICT_VERIFIED, "verified"),
        (v1.VERDICT_NOT_VERIFIED, "not verified"),
        (v1.VERDICT_NOT_AWAITED, "not awaited"),
    ],
)
def test_a_verdict_is_a_word_with_its_reasons_below(verdict: v1.Verdict, word: str) -> None:
    reply = v1.VerifyWeightResponse(verdict=verdict, reasons=["one", "two"])

    assert text_of(reply).splitlines() == [word, "one", "two"]
