"""Whatever an API returns for a route, an operation has a plan that applies, or says in a sentence why it has none."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import GRPC, HTTP, Json, order, ref, rule
from tests.fakes.steps import ORDER, Steps

from rollouts_router.core.backends import service
from rollouts_router.core.claims import CLAIMS_ANNOTATION
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.headers import header_planner
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.mirroring import MirrorMode, MirrorStep
from rollouts_router.core.mirrors import mirror_planner
from rollouts_router.core.plan import Planner
from rollouts_router.core.release import release_planner
from rollouts_router.core.removal import removal_planner
from rollouts_router.core.routes import Route
from rollouts_router.core.weigh import Destination, WeightOrder, weight_planner

WISH = RequestMatch(
    method=TextMatch(exact="POST"), path=TextMatch(prefix="/a"), headers={"x": TextMatch(exact="1")}
)
PLANNERS: list[Planner] = [
    weight_planner(order(30)),
    weight_planner(order(0)),
    weight_planner(
        WeightOrder(
            order=ORDER,
            split=order().split,
            destinations=(Destination(service("shop", "new"), 80, 5),),
            retired=frozenset({service("shop", "old")}),
        )
    ),
    header_planner(ORDER, "h1", {"x": TextMatch(exact="1")}),
    header_planner(ORDER, "h2", {"x": TextMatch(prefix="2")}),
    *(
        mirror_planner(ORDER, MirrorStep(name=name, matches=(wish,), percent=5, mode=mode))
        for name in ("m1", "m2")
        for wish in (RequestMatch(), WISH)
        for mode in MirrorMode
    ),
    removal_planner(ORDER, None),
    removal_planner(ORDER, ("h1",)),
    release_planner(order(0)),
]


def _full(steps: Steps) -> Json:
    steps.header("h1").mirror("m1", percent=5).weight(30)
    return copy.deepcopy(dict(steps.now.object))


PATH = {"path": {"type": "PathPrefix", "value": "/a"}, "headers": [{"name": "own", "value": "1"}]}
CALL = {"method": {"service": "a"}, "headers": [{"name": "x", "value": "1"}]}
OBJECTS = [
    (
        HTTP,
        _full(Steps(rule(ref("stable"), ref("canary"), ref("old"), matches=[PATH], filters=[{"type": "X"}]))),
    ),
    (GRPC, _full(Steps(rule(ref("stable"), ref("canary"), matches=[CALL, {}], filters=[]), kind=GRPC))),
]
WORDS = [
    "name",
    "headers",
    "filters",
    "matches",
    "backendRefs",
    "weight",
    "stable",
    "canary",
    "h1",
    "/",
    "requestMirror",
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=8,
)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something is in an object."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in entries:
        yield (*path, key)
        yield from places(value, (*path, key))


def put(node: Any, path: tuple[Any, ...], value: object) -> None:
    """Have something else there."""
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value


def planned(planner: Planner, route: Route) -> list[Any]:
    """The patch, or nothing where the plan is refused."""
    try:
        return planner(route).patch.to_json()
    except RoutingError:
        return []


@given(st.sampled_from(OBJECTS), st.data())
def test_an_object_that_is_odd_somewhere_is_planned_or_refused(
    given_: tuple[Any, Json], data: st.DataObject
) -> None:
    kind, whole = given_
    odd = copy.deepcopy(whole)
    for _ in range(data.draw(st.integers(1, 2))):
        put(odd, data.draw(st.sampled_from(list(places(odd)))), data.draw(JSON))
    _check(kind, odd)


def _check(kind: Any, odd: Json) -> None:
    route = Route(Steps(kind=kind).now.key, odd)
    before = json.dumps(odd)
    for planner in PLANNERS:
        jsonpatch.apply_patch(odd, planned(planner, route))
    assert json.dumps(odd) == before


@pytest.mark.parametrize("value", [None, 5, "h1", [], [{}], {"h1": []}])
def test_an_annotation_that_is_odd_somewhere_is_planned_or_refused(value: object) -> None:
    kind, whole = OBJECTS[0]
    claims = json.loads(whole["metadata"]["annotations"][CLAIMS_ANNOTATION])
    for path in places(claims):
        odd_claims, odd = copy.deepcopy(claims), copy.deepcopy(whole)
        put(odd_claims, path, value)
        odd["metadata"]["annotations"][CLAIMS_ANNOTATION] = json.dumps(odd_claims)
        _check(kind, odd)


@given(st.sampled_from([HTTP, GRPC]), JSON)
def test_any_json_at_all_is_planned_or_refused(kind: Any, anything: object) -> None:
    _check(kind, {"metadata": anything, "spec": {"rules": [anything, {"backendRefs": [anything]}]}})
    _check(kind, {"spec": anything})
