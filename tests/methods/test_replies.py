"""What was done or found as messages; what would be too large for a client is cut and counted."""

import json
from typing import Any

from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import HTTP, route, spec

from rollouts_router.core.backends import Backends, service
from rollouts_router.core.observing import Observation
from rollouts_router.core.routes import RouteKey
from rollouts_router.core.selection import FoundRoute
from rollouts_router.core.verify import Verdict
from rollouts_router.methods import replies
from rollouts_router.router.discovering import Discovered, Findings, LeftOut, Reason
from rollouts_router.router.watching import Change, RouteState
from rollouts_router.router.writes import Progress, SentPatch
from rollouts_router.v1 import traffic_router_pb2 as v1

MOST = 4 * 1024 * 1024  # what gRPC clients take unless they are told otherwise


def key(name: str) -> RouteKey:
    """A route of namespace shop."""
    return RouteKey(HTTP, "shop", name)


def patch(name: str, value: Any) -> SentPatch:
    """A patch with this value in it."""
    return SentPatch(
        key(name), "v1", [{"op": "add", "path": "/x", "value": value}, {"op": "remove", "path": "/y"}]
    )


def state(name: str, reason: str) -> RouteState:
    """A route that is not live."""
    seen = Observation(key=key(name), generation=7, rules=(), parents=())
    return RouteState(seen=seen, live=False, reason=reason)


def test_each_route_has_its_result_and_every_patch_of_its_own() -> None:
    progress = Progress(
        changed=[key("a"), key("b")],
        sent=[patch("b", 1), patch("a", 2), patch("b", 3), patch("c", 4)],
        let_go=[key("c")],
        left_alone=[key("d")],
        released=["it is gone"],
        unchanged=[key("e")],
        warnings=["look"],
    )

    told = replies.outcome(progress)

    assert [
        (each.route.name, v1.RouteResult.Name(each.result), len(each.patches)) for each in told.routes
    ] == [
        ("a", "ROUTE_RESULT_CHANGED", 1),
        ("b", "ROUTE_RESULT_CHANGED", 2),
        ("c", "ROUTE_RESULT_RELEASED", 1),
        ("d", "ROUTE_RESULT_LEFT_ALONE", 0),
        ("e", "ROUTE_RESULT_UNCHANGED", 0),
    ]
    assert told.routes[3].detail == "it is gone"
    assert (told.changed, told.unchanged, told.released, told.left_alone) == (2, 1, 1, 1)
    assert told.warnings == ["look"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=10,
)


@given(value=JSON)
def test_the_value_of_a_patch_is_what_was_sent(value: Any) -> None:
    told = replies.outcome(Progress(changed=[key("a")], sent=[patch("a", value)]))

    added, removed = told.routes[0].patches[0].operations
    assert json.loads(json.dumps(MessageToDict(added.value))) == value
    assert (removed.op, removed.path, removed.HasField("value")) == ("remove", "/y", False)


def test_a_reply_that_would_be_too_large_lists_the_first_routes_and_counts_the_others() -> None:
    names = [f"route-{each}" for each in range(3000)]
    progress = Progress(
        changed=[key(name) for name in names],
        sent=[patch(name, "x" * 1000) for name in names],
        unchanged=[key("last")],
        warnings=["w" * 100] * 1000,
    )

    told = replies.outcome(progress)

    assert 1000 < len(told.routes) < 3000
    assert [each.route.name for each in told.routes] == names[: len(told.routes)]
    assert len(told.routes) + told.routes_omitted == 3001
    assert (told.changed, told.unchanged, len(told.warnings)) == (3000, 1, replies.MAX_SENTENCES)
    assert told.ByteSize() < MOST


def test_of_a_route_larger_than_a_reply_only_the_number_is_told() -> None:
    told = replies.outcome(
        Progress(changed=[key("a"), key("b")], sent=[patch("a", "x" * replies.MAX_LISTED)])
    )

    assert (len(told.routes), told.routes_omitted) == (0, 2)


def test_found_and_left_out_routes_share_the_room_of_a_reply() -> None:
    many = 20_000
    found = Findings(
        namespace="shop",
        backends=Backends(service("shop", "stable"), service("shop", "canary")),
        routes=tuple(
            Discovered(
                FoundRoute(route=route(spec())),
                Observation(key=key(f"found-{each}"), generation=1, rules=(), parents=()),
            )
            for each in range(many)
        ),
        left_out=tuple(LeftOut(key(f"out-{each}"), Reason.MISSING, "x" * 100) for each in range(many)),
        problems=("p" * 100,) * 1000,
        warnings=("w" * 100,) * 1000,
    )

    told = replies.discovered(found)

    assert len(told.routes) == many
    assert 0 < len(told.left_out) < many
    assert len(told.left_out) + told.routes_omitted == many
    assert (len(told.problems), len(told.warnings)) == (replies.MAX_SENTENCES, replies.MAX_SENTENCES)
    assert told.ByteSize() < MOST


def test_a_change_of_very_many_routes_is_cut_too() -> None:
    many = 5000
    change = Change(
        routes=tuple(state(f"r-{each}", "x" * 1000) for each in range(many)),
        gone=(key("g"),),
        verdict=Verdict.NOT_VERIFIED,
        total=many,
        live=0,
    )

    told = replies.watched(change)

    assert len(told.routes) + told.routes_omitted == many
    assert (told.routes[0].generation, told.routes[0].live, told.gone[0].name) == (7, False, "g")
    assert told.ByteSize() < MOST
