"""A route that needed nothing is not planned again as it is; with and without that memory the same happens."""

import contextlib
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.api import FakeApi
from tests.fakes.clock import run
from tests.fakes.objects import GRPC, HTTP, TCP, Json, order, ref, rollout, route, rule, spec
from tests.fakes.routers import Setup
from tests.fakes.schema import Schema

from rollouts_router.core.claims import CLAIMS_ANNOTATION
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.features import Feature
from rollouts_router.core.headers import header_planner
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.mirroring import MirrorMode, MirrorStep
from rollouts_router.core.mirrors import mirror_planner
from rollouts_router.core.model import Rollout
from rollouts_router.core.order import Order
from rollouts_router.core.plan import PurePlanner, RoutePlan
from rollouts_router.core.routes import Route, RouteKey
from rollouts_router.core.selection import FoundRoute
from rollouts_router.core.standing import Standing
from rollouts_router.core.weigh import weight_planner
from rollouts_router.router.ports import Experiment
from rollouts_router.router.settled import Settled

Block: TypeAlias = dict[str, Any]
World: TypeAlias = Callable[[Setup], None]

# --- what is remembered -----------------------------------------------------------------------------------

ORDER = order().order


@dataclass
class Counting:
    """Plans that something is said about, and how many there were."""

    calls: int = 0
    says: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    def plan(self, _first: object, _second: object, given: Route) -> RoutePlan:
        """The same plan for every route."""
        self.calls += 1
        if self.error:
            raise RoutingError(self.error)
        return RoutePlan(**{"route": given, "standing": Standing.OURS, **self.says})


def asked(
    settled: Settled, planner: PurePlanner, given: Route, purpose: str = "p", **entry: Any
) -> RoutePlan:
    """One route planned through the memory."""
    found = FoundRoute(route=given, **entry)
    return settled.planners(purpose, lambda _: planner, ORDER)(found)(given)


def plain(**metadata: Any) -> Route:
    """A route."""
    return route(spec(), **metadata)


def test_what_needed_nothing_is_planned_once_and_the_plan_is_the_same() -> None:
    made, settled = Counting(says={"carries_weights": True}), Settled()

    plans = [asked(settled, partial(made.plan, "x", 1), plain()) for _ in range(3)]

    assert made.calls == 1
    assert plans == [made.plan("x", 1, plain())] * 3


@pytest.mark.parametrize(
    "says",
    [
        {"warnings": ("look",)},
        {"sentence": "left alone"},
        {"standing": Standing.NEITHER},
        {"undo": lambda _: None},
    ],
)
def test_what_has_anything_to_say_is_planned_each_time(says: Json) -> None:
    made, settled = Counting(says=says), Settled()

    plans = [asked(settled, partial(made.plan, "x", 1), plain()) for _ in range(2)]

    assert made.calls == 2
    assert plans[0] == plans[1] == RoutePlan(**{"route": plain(), "standing": Standing.OURS, **says})


def test_an_error_is_one_each_time() -> None:
    made, settled = Counting(error="no"), Settled()

    for _ in range(2):
        with pytest.raises(RoutingError, match="no"):
            asked(settled, partial(made.plan, "x", 1), plain())


def _changed(change: Callable[[Json], object]) -> Route:
    thing = json.loads(json.dumps(plain().object))
    change(thing)
    return Route(plain().key, thing)


@pytest.mark.parametrize(
    "given",
    [
        _changed(lambda it: it["metadata"].update(labels={"a": "b"})),
        _changed(lambda it: it["metadata"].update(uid="another")),
        _changed(lambda it: it.update(status={"parents": []})),
        _changed(lambda it: it["spec"]["rules"][0].update(newField=[None])),
        _changed(lambda it: it["spec"]["rules"][0]["backendRefs"].reverse()),
        Route(RouteKey(GRPC, "shop", "r"), plain().object),
        Route(RouteKey(HTTP, "gateway", "r"), plain().object),
    ],
)
def test_another_state_and_another_route_are_planned(given: Route) -> None:
    made, settled = Counting(), Settled()
    asked(settled, partial(made.plan, "x", 1), plain())

    asked(settled, partial(made.plan, "x", 1), given)

    assert made.calls == 2


def test_another_function_and_other_arguments_are_another_plan() -> None:
    settled, seen = Settled(), list[str]()

    def one(*given: Any) -> RoutePlan:
        seen.append("one")
        return RoutePlan(route=given[-1], standing=Standing.OURS)

    def two(*given: Any) -> RoutePlan:
        seen.append("two")
        return RoutePlan(route=given[-1], standing=Standing.OURS)

    for planner in (
        partial(one, 1),
        partial(two, 1),
        partial(one, "1"),
        partial(one, 1, 1),
        partial(one, [1]),
    ):
        for _ in range(2):
            asked(settled, planner, plain())

    assert seen == ["one", "two", "one", "one", "one"]


WISH = order(20)
STEP = MirrorStep(name="m1", matches=(RequestMatch(),), percent=5)
NARROW = replace(ORDER, rule_names=("x",))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (weight_planner(WISH), weight_planner(order(21))),
        (weight_planner(WISH), weight_planner(replace(WISH, is_retreat=True))),
        (weight_planner(WISH), weight_planner(replace(WISH, retired=frozenset({ORDER.backends.canary})))),
        (weight_planner(WISH), weight_planner(replace(WISH, order=NARROW))),
        (mirror_planner(ORDER, STEP), mirror_planner(NARROW, STEP)),
        (mirror_planner(ORDER, STEP), mirror_planner(ORDER, replace(STEP, percent=None))),
        (mirror_planner(ORDER, STEP), mirror_planner(ORDER, replace(STEP, mode=MirrorMode.RULE))),
        (
            mirror_planner(ORDER, STEP),
            mirror_planner(ORDER, replace(STEP, matches=(RequestMatch(path=TextMatch(exact="/")),))),
        ),
        *(
            (header_planner(ORDER, "h1", {"x": TextMatch(exact="1")}), planner)
            for planner in (
                header_planner(ORDER, "h1", {"x": TextMatch(regex="1")}),
                header_planner(ORDER, "h1", {"X": TextMatch(exact="1")}),
                header_planner(ORDER, "h2", {"x": TextMatch(exact="1")}),
                header_planner(replace(ORDER, label=None), "h1", {"x": TextMatch(exact="1")}),
                header_planner(replace(ORDER, rollout="shop/b"), "h1", {"x": TextMatch(exact="1")}),
                header_planner(replace(ORDER, managed_routes=("h1",)), "h1", {"x": TextMatch(exact="1")}),
            )
        ),
    ],
)
def test_whatever_a_real_planner_goes_by_tells_it_from_another(one: PurePlanner, other: PurePlanner) -> None:
    settled, made = Settled(), Counting()
    for planner in (one, one, other, other):
        counting = partial(made.plan, planner.func.__qualname__, planner.args)
        asked(settled, counting, plain())

    assert made.calls == 2


def test_purposes_do_not_drive_each_other_out() -> None:
    made, settled = Counting(), Settled()

    for _ in range(2):
        for purpose in ("weights", "header"):
            asked(settled, partial(made.plan, purpose, 1), plain(), purpose)

    assert made.calls == 2


def test_beyond_the_limit_what_was_found_first_is_planned_again() -> None:
    made, settled = Counting(), Settled(1)

    for name in ("a", "b", "a"):
        asked(settled, partial(made.plan, "x", 1), Route(RouteKey(HTTP, "shop", name), {}))

    assert made.calls == 3


def test_an_entry_with_rules_of_its_own_gets_a_planner_of_its_own() -> None:
    orders: list[Order] = []

    def make(made_of: Order) -> PurePlanner:
        orders.append(made_of)
        return weight_planner(replace(WISH, order=made_of))

    planner_for = Settled().planners("p", make, ORDER)
    entries = [FoundRoute(route=plain()), FoundRoute(route=plain(), rule_names=("x",))]

    assert [planner_for(entry)(plain()).standing for entry in entries] == [Standing.OURS, Standing.NEITHER]
    assert [each.rule_names for each in orders] == [(), ("x",)]


@pytest.mark.parametrize("what", ["header", "mirror", "weight"])
def test_a_step_that_is_asked_for_again_plans_nothing(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    home, name = {
        "header": ("headers", "plan_header_route"),
        "mirror": ("mirrors", "plan_mirror_route"),
        "weight": ("weigh", "plan_weights"),
    }[what]
    setup, web = _world(Setup(api=FakeApi(schema=Schema()))), ROLLOUTS[0]
    acts: dict[str, Act] = {
        "header": lambda router: router.set_header_route(web, "h1", {"x": TextMatch(exact="1")}),
        "mirror": lambda router: router.set_mirror_route(web, "m1", (RequestMatch(),), 5),
        "weight": lambda router: router.set_weight(web, 20),
    }
    setup.api.delete("stranger")  # which is planned each time, because it is told of
    for _ in range(2):  # put in, and found in
        run(acts[what](setup.router))

    module = f"rollouts_router.core.{home}.{name}"
    monkeypatch.setattr(f"{module}.__code__", (lambda *_: 1 / 0).__code__)
    run(acts[what](setup.router))


# --- with and without it ----------------------------------------------------------------------------------

Act: TypeAlias = Callable[[Any], Coroutine[Any, Any, object]]
MANAGED = ("h1", "h2", "m1")
BLOCK: Block = {
    "httpRoute": "a",
    "httpRouteSelector": {"matchLabels": {"app": "web"}, "useHeaderRoutes": True},
    "grpcRoute": "a",
    "tcpRoute": "a",
}
BLOCKS: list[Block] = [
    {},
    {"mirrorMode": "rule"},
    {"mirrorFractions": {"m1": {"numerator": 1, "denominator": 1000}}},
    {"disableInProgressLabel": True},
    {"inProgressLabelKey": "example.com/ours"},
    {"ruleName": "first"},
    {"httpRoutes": [{"name": "b", "ruleName": "first", "useHeaderRoutes": True}]},
]
RIVAL: Block = {"httpRoute": "a"}
ROLLOUTS = [
    rollout(BLOCK, managed_routes=MANAGED),
    rollout(
        RIVAL, managed_routes=MANAGED, name="rival", stable_service="b-stable", canary_service="b-canary"
    ),
]


def _world(setup: Setup) -> Setup:
    both = (ref("stable", 100), ref("canary", 0))
    shared = (*both, ref("b-stable", 100), ref("b-canary", 0))
    paths = [{"path": {"type": "PathPrefix", "value": "/b"}}]
    http = spec(rule(*both, name="first"), rule(*shared, matches=paths), rule(ref("foreign")))
    http["parentRefs"] = [{"name": "public"}]
    for name in "ab":
        setup.api.create(name, http, labels={"app": "web"})
    setup.api.create("stranger", spec(rule(ref("foreign"))), labels={"app": "web"})
    for kind in (GRPC, TCP):
        setup.api.create("a", spec(rule(*both)), kind=kind)
    setup.api.served |= {"services": ("v1",), "gateways": ("v1",), "gatewayclasses": ("v1",)}
    setup.api.objects["services", "shop", "exp"] = {"spec": {"ports": [{"port": 8080}]}}
    setup.api.objects["gateways", "shop", "public"] = {"spec": {"gatewayClassName": "c"}}
    setup.api.objects["gatewayclasses", "", "c"] = _class("HTTPRoute", *(each.value for each in Feature))
    return setup


def _class(*features: str) -> Json:
    listed = [{"name": each} for each in features]
    return {
        "metadata": {"name": "c"},
        "spec": {"controllerName": "example.com/c"},
        "status": {"supportedFeatures": listed},
    }


@dataclass(frozen=True)
class Asked:
    """What a controller asks, so many times, in one of the configurations."""

    ask: Callable[[Rollout], Act]
    rollout: int
    block: int
    times: int

    def play(self, setup: Setup) -> list[str]:
        """What comes of it."""
        whose = ROLLOUTS[self.rollout]
        if not self.rollout:
            whose = replace(whose, plugin_config=json.dumps({**BLOCK, **BLOCKS[self.block]}).encode())
        return [_outcome(self.ask(whose)(setup.router)) for _ in range(self.times)]


@dataclass(frozen=True)
class Meanwhile:
    """What somebody else does, unless the API server refuses it."""

    happens: World

    def play(self, setup: Setup) -> list[str]:
        """Nothing that the router could tell."""
        with contextlib.suppress(AssertionError, IndexError):
            self.happens(setup)
        return []


def _outcome(work: Coroutine[Any, Any, object]) -> str:
    try:
        return repr(run(work))
    except RoutingError as error:
        return f"{error!r} {error}"


def _on_a(change: Callable[[Json], object]) -> World:
    return lambda setup: setup.api.edit("a", lambda it: (change(it), None)[1])


def _no_claims(it: Json) -> None:
    it["metadata"].get("annotations", {}).pop(CLAIMS_ANNOTATION, None)


def _break_claims(it: Json) -> None:
    it["metadata"].setdefault("annotations", {})[CLAIMS_ANNOTATION] = "{"


def _no_labels(it: Json) -> None:
    it["metadata"]["labels"] = {"app": "web"}


def _pop_last_rule(it: Json) -> None:
    del it["spec"]["rules"][-1]


def _no_filters(it: Json) -> None:
    for each in it["spec"]["rules"]:
        each.pop("filters", None)


def _other_crds(schema: Schema) -> World:
    """Objects are read otherwise from one moment to the next, and no resourceVersion tells."""

    def change(setup: Setup) -> None:
        setup.api.schema = schema
        for key, thing in setup.api.objects.items():
            if key[0].endswith("routes"):
                setup.api.objects[key] = schema.admit(thing, key[0])

    return change


def _ports(*ports: Json) -> World:
    return lambda setup: setup.api.objects["services", "shop", "exp"].update(spec={"ports": list(ports)})


WORLD: list[World] = [
    _on_a(_no_claims),
    _on_a(_break_claims),
    _on_a(_no_labels),
    _on_a(_pop_last_rule),
    _on_a(_no_filters),
    _on_a(lambda it: it["spec"]["rules"].reverse()),
    _on_a(lambda it: it["spec"]["rules"][0]["backendRefs"][0].update(weight=7)),
    _on_a(lambda it: it["spec"]["rules"].insert(0, rule(ref("foreign"), name="h1-1"))),
    _on_a(lambda it: it["spec"]["rules"].append(rule(ref("canary"), name="h1"))),
    _on_a(lambda it: it.update(status={"parents": []})),
    _other_crds(Schema(keeps_names=False)),
    _other_crds(Schema(keeps_percent=False)),
    _other_crds(Schema()),
    _ports({"port": 9090}),
    _ports(),
    lambda setup: setup.api.objects["gatewayclasses", "", "c"].update(_class("HTTPRoute")),
    lambda setup: setattr(setup.clock, "now", setup.clock.now + 100),
    lambda setup: setup.api.served.update(grpcroutes=("v1alpha2",)),
]


def _weights(weight: int, shares: int) -> Callable[[Rollout], Act]:
    exps = [Experiment("exp", shares)] if shares else []
    return lambda whose: (
        lambda router: router.set_weight(replace(whose, experiments=() if exps else ("exp",)), weight, exps)
    )


def _verdict(weight: int) -> Callable[[Rollout], Act]:
    return lambda whose: (
        lambda router: router.verify_weight(
            replace(whose, stable_hash="1", current_hash="2", weight_steps=(True,)), weight
        )
    )


def _header(name: str, value: str) -> Callable[[Rollout], Act]:
    match = {"x": TextMatch(exact=value)} if value else {}
    return lambda whose: lambda router: router.set_header_route(whose, name, match)


def _mirror(prefix: str, percent: int | None) -> Callable[[Rollout], Act]:
    matches = (RequestMatch(path=TextMatch(prefix=prefix)),) if prefix else ()
    return lambda whose: lambda router: router.set_mirror_route(whose, "m1", matches, percent)


def _removal() -> Callable[[Rollout], Act]:
    return lambda whose: lambda router: router.remove_managed_routes(whose)


ASKS = st.one_of(
    st.builds(_weights, st.sampled_from([0, 20, 100]), st.sampled_from([0, 0, 10])),
    st.builds(_verdict, st.sampled_from([20, 100])),
    st.builds(_header, st.sampled_from(["h1", "h2"]), st.sampled_from(["1", "1", "2", ""])),
    st.builds(_mirror, st.sampled_from(["/", "/", "/b", ""]), st.sampled_from([None, 5])),
    st.builds(_removal),
)
TURNS = st.one_of(
    st.builds(
        Asked, ASKS, st.sampled_from([0, 0, 0, 1]), st.sampled_from(range(len(BLOCKS))), st.integers(1, 3)
    ),
    st.builds(Meanwhile, st.sampled_from(WORLD)),
)


@settings(max_examples=75)
@given(st.lists(TURNS, min_size=2, max_size=9))
def test_with_and_without_the_memory_all_that_can_be_seen_is_the_same(turns: list[Asked | Meanwhile]) -> None:
    remembers, forgets = (_world(Setup(api=FakeApi(schema=Schema()))) for _ in range(2))
    forgets.router._settled = Settled(0)

    for turn in turns:
        assert turn.play(remembers) == turn.play(forgets), turn
        assert remembers.api.patches == forgets.api.patches
        assert remembers.api.calls == forgets.api.calls
        assert remembers.log.lines == forgets.log.lines
        assert remembers.board.events == forgets.board.events
    assert remembers.api.objects == forgets.api.objects
