"""Requests that can be meant become values, and others are refused by the path of their field."""

from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.methods import asked
from rollouts_router.methods.asked import RequestError
from rollouts_router.router.ports import Experiment
from rollouts_router.v1 import traffic_router_pb2 as v1

EXACT = v1.TextMatch(exact="1")


def test_experiments_keep_their_order_and_weights() -> None:
    given_ = [v1.WeightDestination(service="a", weight=3), v1.WeightDestination(service="b", weight=-1)]

    assert asked.experiments(given_) == (Experiment("a", 3), Experiment("b", -1))


def test_matches_are_what_they_say() -> None:
    headers = [
        v1.HeaderMatch(name="x", value=EXACT),
        v1.HeaderMatch(name="y", value=v1.TextMatch(prefix="p")),
        v1.HeaderMatch(name="z", value=v1.TextMatch(regex="r")),
    ]
    request = v1.RequestMatch(
        method=v1.TextMatch(exact="GET"), path=v1.TextMatch(prefix="/a"), headers={"x": EXACT}
    )

    assert asked.header_match(headers) == {
        "x": TextMatch(exact="1"),
        "y": TextMatch(prefix="p"),
        "z": TextMatch(regex="r"),
    }
    assert asked.request_matches([request, v1.RequestMatch()]) == (
        RequestMatch(
            method=TextMatch(exact="GET"), path=TextMatch(prefix="/a"), headers={"x": TextMatch(exact="1")}
        ),
        RequestMatch(),
    )


@pytest.mark.parametrize(
    ("ask", "field", "sentence"),
    [
        (
            lambda: asked.experiments([v1.WeightDestination(weight=1)]),
            "additional_destinations[0].service",
            "set",
        ),
        (
            lambda: asked.experiments([v1.WeightDestination(service="a")] * 17),
            "additional_destinations",
            "17 entries; at most 16",
        ),
        (lambda: asked.managed_name(""), "name", "it has to be set"),
        (lambda: asked.header_match([v1.HeaderMatch(value=EXACT)]), "match[0].name", "it has to be set"),
        (
            lambda: asked.header_match([v1.HeaderMatch(name="x")]),
            "match[0].value",
            "one of exact, prefix and regex",
        ),
        (
            lambda: asked.header_match([v1.HeaderMatch(name="x", value=v1.TextMatch(regex=""))]),
            "match[0].value",
            "not to an empty text",
        ),
        (
            lambda: asked.header_match([v1.HeaderMatch(name="x", value=EXACT)] * 2),
            "match[1].name",
            'the header "x" is there already',
        ),
        (lambda: asked.header_match([v1.HeaderMatch(name="x", value=EXACT)] * 17), "match", "at most 16"),
        (lambda: asked.request_matches([v1.RequestMatch()] * 65), "match", "at most 64"),
        (
            lambda: asked.request_matches([v1.RequestMatch(method=v1.TextMatch(prefix="G"))]),
            "match[0].method",
            "only be compared with exact",
        ),
        (
            lambda: asked.request_matches([v1.RequestMatch(path=v1.TextMatch())]),
            "match[0].path",
            "one of exact, prefix and regex",
        ),
        (
            lambda: asked.request_matches([v1.RequestMatch(headers={"x": v1.TextMatch()})]),
            'match[0].headers["x"]',
            "one of exact, prefix and regex",
        ),
        (
            lambda: asked.percentage(v1.SetMirrorRouteRequest(percentage=0)),
            "percentage",
            "0 is not in 1..100",
        ),
        (
            lambda: asked.percentage(v1.SetMirrorRouteRequest(percentage=101)),
            "percentage",
            "101 is not in 1..100",
        ),
        (lambda: asked.interval(v1.WatchRequest(interval=Duration())), "interval", "0 s is not in 1..60 s"),
        (
            lambda: asked.interval(v1.WatchRequest(interval=Duration(seconds=61))),
            "interval",
            "61 s is not in",
        ),
        (
            lambda: asked.reference(v1.RolloutReference(name="a")),
            "rollout.reference.namespace",
            "has to be set",
        ),
        (
            lambda: asked.reference(v1.RolloutReference(namespace="a")),
            "rollout.reference.name",
            "has to be set",
        ),
        (
            lambda: asked.reference(v1.RolloutReference(namespace="a", name="b/c")),
            "rollout.reference.name",
            "cannot be the name of anything",
        ),
        (
            lambda: asked.reference(v1.RolloutReference(namespace="..", name="b")),
            "rollout.reference.namespace",
            "cannot be the name of anything",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_path(
    ask: Callable[[], Any], field: str, sentence: str
) -> None:
    with pytest.raises(RequestError) as error:
        ask()

    assert error.value.field == field
    assert str(error.value).startswith(f"{field}: ")
    assert sentence in error.value.text


def test_a_percentage_is_optional_and_its_bounds_are_possible() -> None:
    assert asked.percentage(v1.SetMirrorRouteRequest()) is None
    assert [asked.percentage(v1.SetMirrorRouteRequest(percentage=each)) for each in (1, 100)] == [1, 100]


def test_an_interval_is_optional_and_may_have_a_fraction() -> None:
    assert asked.interval(v1.WatchRequest()) == asked.DEFAULT_INTERVAL
    assert asked.interval(v1.WatchRequest(interval=Duration(seconds=1, nanos=500_000_000))) == 1.5


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=12,
)


@given(document=st.dictionaries(st.text(), JSON, max_size=4))
def test_a_struct_is_the_json_that_it_was_made_of(document: dict[str, Any]) -> None:
    struct = Struct()
    struct.update(document)

    assert asked.document(struct) == document
    assert asked.document(struct) == MessageToDict(struct)


def test_whole_numbers_are_integers_again() -> None:
    struct = Struct()
    struct.update({"weight": 20, "share": 0.5})

    found = asked.document(struct)

    assert [type(found[name]) for name in ("weight", "share")] == [int, float]
