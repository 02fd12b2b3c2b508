"""Header and mirror steps as the controller asks for them: several kinds, several Rollouts, older CRDs, bad moments."""

import asyncio
import json
import random
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.api import FakeApi
from tests.fakes.clock import run
from tests.fakes.objects import GRPC, HTTP, LABEL, TCP, TLS, UDP, Json, ref, rollout, rule, spec, weights
from tests.fakes.routers import Setup
from tests.fakes.schema import Schema

from rollouts_router.core.claims import CLAIMS_ANNOTATION
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import RouteKind
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.model import Rollout
from rollouts_router.kube.errors import Conflict, Forbidden
from rollouts_router.kube.resources import Call, Verb
from rollouts_router.router.operations import Router
from rollouts_router.router.ports import Experiment

MANAGED = ("h1", "h2", "m1")
X = {"x": TextMatch(exact="1")}
ALL = (RequestMatch(),)


def on(*names: str, kind: RouteKind = HTTP, **fields: Any) -> Setup:
    """A process and an API server with these routes."""
    setup = Setup(api=FakeApi(schema=fields.pop("schema", Schema())), **fields)
    for name in names:
        setup.api.create(name, spec(), kind=kind, labels={"app": "web"})
    return setup


def web(block: Json | None = None, **fields: Any) -> Rollout:
    """Rollout shop/web with managed routes."""
    return rollout(block or {"httpRoute": "a"}, **{"managed_routes": MANAGED, **fields})


def names(setup: Setup, route: str = "a", kind: RouteKind = HTTP) -> list[str]:
    """Names of the rules."""
    return [each.get("name", "") for each in setup.api.look(route, kind=kind)["spec"]["rules"]]


def refused(work: Coroutine[Any, Any, object]) -> str:
    """What the user is told."""
    with pytest.raises(RoutingError) as error:
        run(work)
    return str(error.value)


# --- whole canaries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [HTTP, GRPC])
def test_a_canary_that_takes_every_step_leaves_the_route_as_it_was_but_for_written_weights(
    kind: RouteKind,
) -> None:
    setup, asked = on("a", kind=kind), web({kind.field: "a"})
    setup.api.served["services"] = ("v1",)
    setup.api.objects["services", "shop", "exp"] = {
        "metadata": {"name": "exp"},
        "spec": {"ports": [{"port": 8080}]},
    }
    before = setup.api.look("a", kind=kind)

    run(setup.router.set_header_route(asked, "h1", X))
    run(setup.router.set_weight(asked, 0))
    run(setup.router.set_mirror_route(asked, "m1", ALL, 35))
    run(setup.router.set_weight(asked, 20, [Experiment("exp", 10)]))
    run(setup.router.set_header_route(asked, "h2", X))
    run(setup.router.set_weight(replace(asked, experiments=("exp",)), 60))
    run(setup.router.set_header_route(asked, "h1", {}))
    assert names(setup, kind=kind) == ["", "h2"]
    assert setup.api.look("a", kind=kind)["metadata"]["labels"] == {"app": "web", LABEL.key: LABEL.value}
    run(setup.router.remove_managed_routes(asked))
    run(setup.router.set_weight(asked, 0))

    after = setup.api.look("a", kind=kind)
    assert after["spec"] == before["spec"]
    assert after["metadata"]["labels"] == before["metadata"]["labels"]
    assert "annotations" not in after["metadata"]


def test_steps_go_to_the_routes_that_take_them_and_weights_to_all() -> None:
    setup = on("a", "b", "c")
    setup.api.create("d", spec(), labels={"app": "steps"})
    for kind in (GRPC, TCP, TLS, UDP):
        setup.api.create("a", spec(), kind=kind)
    block: Json = {
        "httpRoute": "a",
        "httpRoutes": [{"name": "b"}, {"name": "c", "useHeaderRoutes": True}],
        "httpRouteSelector": {"matchLabels": {"app": "steps"}, "useHeaderRoutes": True},
        **{kind.field: "a" for kind in (GRPC, TCP, TLS, UDP)},
    }

    run(setup.router.set_header_route(web(block), "h1", X))
    run(setup.router.set_weight(web(block), 30))

    assert [name for name in "abcd" if "h1" in names(setup, name)] == ["a", "c", "d"]
    assert names(setup, kind=GRPC) == ["", "h1"]
    for kind in (TCP, TLS, UDP):
        assert weights(setup.api.look("a", kind=kind)) == [[("stable", 70), ("canary", 30)]]
    assert setup.log.said("warning") == []


def test_an_unchanged_step_reads_and_writes_nothing_and_says_nothing() -> None:
    setup = on("a")
    run(setup.router.set_header_route(web(), "h1", X))
    run(setup.router.set_mirror_route(web(), "m1", ALL, 5))
    setup.api.calls.clear()
    setup.log.lines.clear()

    run(setup.router.set_header_route(web(), "h1", X))
    run(setup.router.set_mirror_route(web(), "m1", ALL, 5))

    assert [call.verb for call in setup.api.calls] == [Verb.GET, Verb.GET]
    assert setup.log.lines == []


def test_a_step_is_one_line_in_the_log() -> None:
    setup = on("a", "b")

    run(setup.router.set_header_route(web({"httpRouteSelector": {"useHeaderRoutes": True}}), "h1", X))

    assert [(event, fields["routes"]) for _, event, fields in setup.log.lines] == [
        ("setHeaderRoute h1 done", "HTTPRoute shop/a HTTPRoute shop/b")
    ]


def test_a_fraction_of_the_configuration_counts_for_its_mirror_alone() -> None:
    setup = on("a")
    asked = web({"httpRoute": "a", "mirrorFractions": {"m1": {"numerator": 1, "denominator": 1000}}})

    run(setup.router.set_mirror_route(asked, "m1", ALL, 5))
    run(setup.router.set_mirror_route(asked, "h2", ALL, 5))

    filters = setup.api.look("a")["spec"]["rules"][0]["filters"]
    assert [
        {key: value for key, value in each["requestMirror"].items() if key != "backendRef"}
        for each in filters
    ] == [{"fraction": {"numerator": 1, "denominator": 1000}}, {"percent": 5}]


@pytest.mark.parametrize("mode", ["filter", "rule"])
def test_the_mode_of_mirrors_is_in_the_configuration(mode: str) -> None:
    setup = on("a")
    asked = web({"httpRoute": "a", "mirrorMode": mode})

    run(setup.router.set_mirror_route(asked, "m1", ALL, 5))
    assert names(setup) == {"filter": [""], "rule": ["m1", ""]}[mode]

    run(setup.router.set_mirror_route(asked, "m1", (), None))
    assert setup.api.look("a")["spec"]["rules"] == on("a").api.look("a")["spec"]["rules"]


def test_rule_names_narrow_a_rollout_and_single_routes() -> None:
    setup = Setup()
    rules = [rule(ref("stable", 100), ref("canary", 0), name=name) for name in ("one", "two")]
    for name in "ab":
        setup.api.create(name, spec(*rules))
    asked = web(
        {
            "ruleName": "one",
            "httpRoutes": [{"name": "a", "useHeaderRoutes": True, "ruleName": ["two"]}],
            "httpRoute": "b",
        }
    )

    run(setup.router.set_weight(asked, 30))
    run(setup.router.set_header_route(asked, "h1", X))

    assert [[weight for _, weight in one] for one in weights(setup.api.look("a"))] == [
        [100, 0],
        [70, 30],
        [None],
    ]
    assert [[weight for _, weight in one] for one in weights(setup.api.look("b"))] == [
        [70, 30],
        [100, 0],
        [None],
    ]


def test_a_selected_route_of_others_that_would_take_the_step_is_told() -> None:
    setup = Setup()
    setup.api.create("a", spec(rule(ref("foreign"))))

    run(setup.router.set_header_route(web({"httpRouteSelector": {"useHeaderRoutes": True}}), "h1", X))

    assert "none has a rule with both backends of this Rollout" in setup.log.said("warning")[0]


def test_a_step_on_a_named_route_without_a_rule_of_ours_is_an_error_in_the_usual_words() -> None:
    setup = Setup()
    setup.api.create("a", spec(rule(ref("stable"))))

    assert refused(setup.router.set_header_route(web(), "h1", X)).startswith(
        "backendRef was not found in httpRoute"
    )


def test_nothing_is_written_when_one_of_the_routes_cannot_take_the_step() -> None:
    setup = on("a")
    setup.api.create("b", spec(*[rule(ref("stable"), ref("canary"))] * 9))

    text = refused(
        setup.router.set_header_route(web({"httpRouteSelector": {"useHeaderRoutes": True}}), "h1", X)
    )

    assert "would make 18 rules, and a route holds at most 16" in text
    assert setup.api.patches == []


def test_a_condition_that_compares_with_nothing_is_refused() -> None:
    setup = on("a")

    assert refused(setup.router.set_header_route(web(), "h1", {"x": TextMatch()})).startswith(
        "invalid header match type"
    )


# --- removal ----------------------------------------------------------------------------------------------


def before_patch(setup: Setup, deed: Callable[[], object]) -> None:
    """Do it just before the next patch arrives."""
    left = [deed]

    async def travel(call: Call) -> None:
        if call.verb is Verb.PATCH and left:
            left.pop()()

    setup.api.travel = travel


def test_a_route_that_is_deleted_while_it_is_cleaned_is_no_error() -> None:
    setup = on("a")
    run(setup.router.set_header_route(web(), "h1", X))
    before_patch(setup, lambda: setup.api.delete("a"))

    run(setup.router.remove_managed_routes(web()))

    assert "it was deleted" in setup.log.said("warning")[-1]


def test_a_route_that_lost_its_rule_is_cleaned_all_the_same() -> None:
    setup = on("a")
    run(setup.router.set_header_route(web(), "h1", X))
    setup.api.edit("a", lambda route: route["spec"]["rules"].pop(0))

    run(setup.router.remove_managed_routes(web()))

    assert setup.api.look("a")["spec"]["rules"] == []


def test_one_route_that_cannot_be_read_does_not_keep_the_others_from_being_cleaned() -> None:
    setup = on("a", "b")
    asked = web({"httpRoutes": [{"name": name, "useHeaderRoutes": True} for name in "ab"]})
    run(setup.router.set_header_route(asked, "h1", X))
    setup.api.faults[Verb.GET, "a"] = [lambda call: Forbidden(call, "no")]

    text = refused(setup.router.remove_managed_routes(asked))

    assert text.startswith("no (get ")
    assert text.endswith("(Rollout shop/web: 1 of 2 routes done, 1 left)")
    assert (names(setup, "a"), names(setup, "b")) == (["", "h1"], [""])


def test_a_kind_that_is_not_served_any_more_needs_no_removal() -> None:
    setup = on("a")
    asked = web({"httpRoute": "a", "grpcRoute": "g"})
    del setup.api.served[GRPC.plural]

    run(setup.router.remove_managed_routes(asked))

    assert setup.log.said("warning") == []


def test_removal_in_mid_steps_says_why_once_and_what_to_change() -> None:
    setup = on("a")
    asked = web(managed_steps=(True, False), step_index=1)
    run(setup.router.set_header_route(asked, "h1", X))

    for _ in range(3):
        run(setup.router.remove_managed_routes(asked))

    [warning] = setup.log.said("warning")
    assert "whenever no pod of the canary is available" in warning
    assert "setCanaryScale" in warning
    assert names(setup) == [""]


@pytest.mark.parametrize(
    "over", [{"step_index": 2}, {"skips_steps": True}, {"managed_steps": (False, True), "step_index": 0}]
)
def test_removal_at_the_end_is_as_it_should_be(over: Json) -> None:
    setup = on("a")
    asked = web(**{"managed_steps": (True, False), "step_index": 1, **over})
    run(setup.router.set_header_route(replace(asked, skips_steps=False), "h1", X))

    run(setup.router.remove_managed_routes(asked))

    assert setup.log.said("warning") == []
    assert names(setup) == [""]


def test_a_step_that_takes_out_one_route_in_mid_steps_is_as_it_should_be() -> None:
    setup = on("a")
    asked = web(managed_steps=(True, False), step_index=1)
    run(setup.router.set_header_route(asked, "h1", X))

    run(setup.router.set_header_route(asked, "h1", {}))

    assert setup.log.said("warning") == []


# --- API servers that drop things -------------------------------------------------------------------------


def test_a_mirror_whose_percentage_is_dropped_is_taken_out_again_and_fails() -> None:
    setup = on("a", "b", schema=Schema(keeps_percent=False, keeps_names=False))
    before = setup.api.look("a")["spec"]

    text = refused(setup.router.set_mirror_route(web(), "m1", ALL, 35))

    assert text.startswith('HTTPRoute shop/a: the API server did not keep the percentage of "m1"')
    assert setup.api.look("a")["spec"] == before
    assert "annotations" not in setup.api.look("a")["metadata"]
    assert setup.api.named(Verb.PATCH) == ["a", "a"]


def test_taking_it_out_again_goes_through_conflicts() -> None:
    setup = on("a", schema=Schema(keeps_percent=False))
    before = setup.api.look("a")["spec"]
    setup.api.faults[Verb.PATCH, "a"] = [lambda call: Conflict(call, "no")] * 2
    patches: list[int] = []

    async def travel(call: Call) -> None:
        if call.verb is Verb.PATCH:
            patches.append(1)
            if len(patches) == 4:
                setup.api.edit("a", lambda route: route["spec"].update(hostnames=["x"]))

    setup.api.travel = travel
    text = refused(setup.router.set_mirror_route(web(), "m1", ALL, 35))

    assert "was taken out again" in text
    assert setup.api.look("a")["spec"] == {**before, "hostnames": ["x"]}


@pytest.mark.parametrize("percent", [None, 100])
def test_a_mirror_of_everything_works_there_too(percent: int | None) -> None:
    setup = on("a", schema=Schema(keeps_percent=False))

    run(setup.router.set_mirror_route(web(), "m1", ALL, percent))

    assert len(setup.api.patches) == 1


def test_header_rules_work_where_names_are_dropped() -> None:
    setup = on("a", schema=Schema(keeps_names=False))
    before = setup.api.look("a")["spec"]

    for _ in range(2):
        run(setup.router.set_header_route(web(), "h1", X))
    run(setup.router.set_header_route(web(), "h1", {"x": TextMatch(exact="2")}))
    assert len(setup.api.look("a")["spec"]["rules"]) == 2
    run(setup.router.remove_managed_routes(web()))

    assert setup.api.look("a")["spec"] == before
    assert len(setup.api.patches) == 3


# --- several at once --------------------------------------------------------------------------------------

A = web({"httpRoute": "a"}, name="a", stable_service="a-stable", canary_service="a-canary")
B = web(
    {"httpRoute": "a", "mirrorMode": "rule"}, name="b", stable_service="b-stable", canary_service="b-canary"
)
ONE_RULE = spec(
    rule(*(ref(name, 1) for name in ("a-stable", "a-canary", "b-stable", "b-canary")), filters=[])
)
TWO_RULES = spec(
    rule(ref("a-stable", 1), ref("a-canary", 1), matches=[{"path": {"value": "/a"}}]),
    rule(ref("b-canary", 1), ref("b-stable", 1)),
)


async def canary(router: Router, asked: Rollout, rng: random.Random) -> None:
    """Steps in some order, then the end."""
    steps = [
        lambda: router.set_weight(asked, rng.randrange(2, 98)),
        lambda: router.set_header_route(asked, rng.choice(["h1", "h2"]), X),
        lambda: router.set_mirror_route(asked, "m1", ALL, rng.choice([None, 5])),
        lambda: router.set_header_route(asked, "h1", {}),
    ]
    for step in rng.sample(steps, k=len(steps)):
        await step()
    await router.remove_managed_routes(asked)
    await router.set_weight(asked, 0)


async def all_of(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """At the same time."""
    async with asyncio.TaskGroup() as group:
        for work in works:
            group.create_task(work)


def plain(route: Json) -> str:
    """The route without weights and what every write changes."""
    metadata = {
        key: value for key, value in route["metadata"].items() if key not in {"generation", "resourceVersion"}
    }
    rules = [
        {**one, "backendRefs": [{**each, "weight": 0} for each in one["backendRefs"]]}
        for one in route["spec"]["rules"]
    ]
    return json.dumps({"metadata": metadata, "spec": {**route["spec"], "rules": rules}}, sort_keys=True)


@settings(max_examples=50)
@given(
    given_=st.sampled_from([ONE_RULE, TWO_RULES]),
    processes=st.sampled_from([1, 2]),
    seed=st.integers(0, 2**32),
)
def test_canaries_at_one_route_at_the_same_time_do_not_lose_anything_of_each_other(
    given_: Json, processes: int, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311  # an order, not a secret
    api = FakeApi(schema=Schema())
    api.create("a", given_, labels={"app": "web"})
    before = api.look("a")

    async def travel(_call: Call) -> None:
        await asyncio.sleep(rng.random())

    api.travel = travel
    setups = [Setup(api=api, random=rng.random()) for _ in range(processes)]
    run(
        all_of(
            canary(setup.router, asked, rng)
            for setup, asked in zip((setups[0], setups[-1]), (A, B), strict=True)
        )
    )

    assert plain(api.look("a")) == plain(before)
    assert CLAIMS_ANNOTATION not in api.look("a")["metadata"].get("annotations", {})
    assert {each for one in weights(api.look("a")) for each in one} >= {("a-stable", 100), ("b-canary", 0)}
