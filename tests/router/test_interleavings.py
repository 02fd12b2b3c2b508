"""Two Rollouts and strangers at one route, in any order of their requests: both end right, nothing foreign is lost."""

import asyncio
import copy
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.api import FakeApi
from tests.fakes.clock import run
from tests.fakes.objects import LABEL, Json, ref, rollout, rule, spec
from tests.fakes.routers import Setup

from rollouts_router.core.claims import CLAIMS_ANNOTATION
from rollouts_router.core.model import Rollout
from rollouts_router.kube.resources import Call
from rollouts_router.router.operations import Router

Edit: TypeAlias = Callable[[Json], object]

A = rollout({"httpRoute": "r"}, name="a", stable_service="a-stable", canary_service="a-canary")
B = rollout({"httpRouteSelector": {}}, name="b", stable_service="b-stable", canary_service="b-canary")


def own_rules() -> Json:
    """Each Rollout has a rule of its own."""
    return spec(
        rule(ref("a-stable", 100), ref("foreign", 5), ref("a-canary")),
        rule(ref("b-canary", 0), ref("b-stable", 100), matches=[{"path": {"value": "/b"}}]),
    )


def shared_rule() -> Json:
    """Both Rollouts have their Services in the same rule."""
    return spec(
        rule(ref("a-stable", 100), ref("b-stable"), ref("a-canary", 0), ref("foreign", 5), ref("b-canary"))
    )


def _every_ref(route: Json) -> list[Json]:
    return [each for one in route["spec"]["rules"] for each in one["backendRefs"]]


def _turn_refs(route: Json) -> None:
    for one in route["spec"]["rules"]:
        one["backendRefs"].reverse()


EDITS: list[Edit] = [
    lambda route: route["spec"]["rules"].insert(0, rule(ref("foreign", 1), name="first")),
    lambda route: route["spec"]["rules"].append({"backendRefs": [], "filters": [{"type": "Redirect"}]}),
    lambda route: route["spec"]["rules"].reverse(),
    _turn_refs,
    lambda route: [each.update(weight=9) for each in _every_ref(route) if each["name"] == "foreign"],
    lambda route: [each.update(newField={"deep": [1]}) for each in _every_ref(route)],
    lambda route: route["spec"].update(hostnames=["x.example.com"]),
    lambda route: route["metadata"].setdefault("labels", {}).update(theirs="yes"),
    lambda route: route["metadata"].setdefault("annotations", {}).update(theirs="yes"),
    lambda route: route.update(status={"parents": []}),
]


@dataclass
class Turns:
    """Holds every request and every pause until it is drawn."""

    rng: random.Random
    held: list[asyncio.Future[None]] = field(default_factory=list)

    async def hold(self, _what: Call | float) -> None:
        """Wait to be drawn."""
        turn = asyncio.get_running_loop().create_future()
        self.held.append(turn)
        await turn

    async def drive(self, tasks: list[asyncio.Task[None]], strangers: list[Callable[[], None]]) -> None:
        """Let one of those who wait go on, or a stranger write, until all are done."""
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            at = self.rng.randrange(len(self.held) + len(strangers) + 1)
            if at < len(self.held):
                self.held.pop(at).set_result(None)
            elif at - len(self.held) < len(strangers):
                strangers.pop(at - len(self.held))()
        for late in strangers:
            late()


def processes(api: FakeApi, count: int, turns: Turns) -> list[Router]:
    """Routers that know nothing of each other, or the same one twice."""
    setups = [Setup(api=api) for _ in range(count)]
    for setup in setups:
        object.__setattr__(setup.writes, "sleep", turns.hold)
    return [setups[0].router, setups[-1].router]


async def together(
    routers: list[Router], wanted: list[tuple[Rollout, int]], turns: Turns, edits: list[Any]
) -> None:
    """Both Rollouts set their weight while strangers write."""
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(router.set_weight(each, weight))
            for router, (each, weight) in zip(routers, wanted, strict=True)
        ]
        await turns.drive(tasks, edits)


def expected(before: Json, edits: list[Edit], shares: dict[str, int]) -> Json:
    """What must come out, whatever the order: the strangers' edits, our weights and the label."""
    after = copy.deepcopy(before)
    for edit in edits:
        edit(after)
    for each in _every_ref(after):
        if each["name"] in shares:
            each["weight"] = shares[each["name"]]
    after["metadata"].setdefault("labels", {})[LABEL.key] = LABEL.value
    return after


def without_bookkeeping(route: Json) -> str:
    """The route without what every write changes, and without our own annotation."""
    kept = {
        key: value for key, value in route["metadata"].items() if key not in {"generation", "resourceVersion"}
    }
    kept["annotations"] = {
        key: value for key, value in kept.get("annotations", {}).items() if key != CLAIMS_ANNOTATION
    }
    return json.dumps({**route, "metadata": kept}, sort_keys=True)


@dataclass(frozen=True)
class Case:
    """What is on the route, who comes, and in which order they get their turns."""

    make: Callable[[], Json]
    labels: Json
    weights: tuple[int, int]
    edits: list[int]
    processes: int
    seed: int


CASES = st.builds(
    Case,
    make=st.sampled_from([own_rules, shared_rule]),
    labels=st.sampled_from([{}, {"labels": {"app": "web"}}]),
    # 1 is in force where no weight is written, so that nobody would write it.
    weights=st.tuples(st.integers(2, 98), st.integers(2, 98)),
    edits=st.lists(st.sampled_from(range(len(EDITS))), max_size=4, unique=True),
    processes=st.sampled_from([1, 2]),
    seed=st.integers(0, 2**32),
)


@given(CASES)
def test_both_end_right_and_nothing_foreign_is_lost(case: Case) -> None:
    api, turns = FakeApi(), Turns(random.Random(case.seed))  # noqa: S311  # an order, not a secret
    api.create("r", case.make(), **case.labels)
    before, done = api.look("r"), []

    def stranger(number: int) -> Callable[[], None]:
        return lambda: (api.edit("r", EDITS[number]), done.append(EDITS[number]))[1]

    api.travel = turns.hold
    a, b = case.weights
    strangers = [stranger(each) for each in case.edits]
    run(together(processes(api, case.processes, turns), [(A, a), (B, b)], turns, strangers))

    shares = {"a-stable": 100 - a, "a-canary": a, "b-stable": 100 - b, "b-canary": b}
    assert without_bookkeeping(api.look("r")) == without_bookkeeping(expected(before, done, shares))
    _nothing_is_left_to_do(api, a, b)


def _nothing_is_left_to_do(api: FakeApi, a: int, b: int) -> None:
    setup = Setup(api=FakeApi(objects=api.objects))

    run(setup.router.set_weight(A, a))
    run(setup.router.set_weight(B, b))

    assert setup.api.patches == []
