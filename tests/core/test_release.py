"""A route that is let go of keeps nothing of the Rollout, and everything of everybody else."""

import copy
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import LABEL, TCP, Json, order, ref, rollout, route, rule, spec, weights

from rollouts_router.core.backends import Backends, service
from rollouts_router.core.claims import CLAIMS_ANNOTATION
from rollouts_router.core.headers import header_planner
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.mirroring import MirrorStep
from rollouts_router.core.mirrors import mirror_planner
from rollouts_router.core.plan import Planner
from rollouts_router.core.release import plan_release, release_planner, release_tasks
from rollouts_router.core.routes import Route
from rollouts_router.core.standing import Standing
from rollouts_router.core.weigh import Destination, WeightOrder, weight_planner


def applied(planner: Planner, before: Route) -> Route:
    """The route when the API server has applied the plan."""
    return Route(before.key, jsonpatch.apply_patch(before.object, planner(before).patch.to_json()))


def used(a_route: Route, wish: WeightOrder) -> Route:
    """The route at this weight."""
    return applied(weight_planner(wish), a_route)


def left(a_route: Route, wish: WeightOrder | None = None) -> Route:
    """The route after the Rollout has let go of it."""
    return applied(release_planner(wish or order(0)), a_route)


def plain(a_route: Route) -> Json:
    """What a user sees of it, empty maps left out."""
    metadata = {key: value for key, value in a_route.object["metadata"].items() if value}
    return {**a_route.object, "metadata": metadata}


@given(canary=st.integers(1, 100))
def test_the_share_of_the_canary_goes_back_and_claim_and_label_go(canary: int) -> None:
    before = route(spec(rule(ref("stable", 100), ref("canary", 0)), rule(ref("foreign", 7))))

    assert plain(left(used(before, order(canary)))) == plain(before)


@pytest.mark.parametrize("kind", [TCP])
def test_it_is_one_patch_guarded_by_identity_and_claim(kind: Any) -> None:
    patch = plan_release(order(0), used(route(spec(), kind=kind), order(30))).patch

    guarded = [step.path for step in patch.guards]
    assert guarded[:2] == ["/metadata/uid", "/metadata/generation"]
    assert "/metadata/annotations/rollouts.argoproj.io~1gatewayapi-claims" in guarded
    assert "/spec/rules/0/backendRefs/1/name" in guarded


def test_managed_rules_and_filters_go_with_the_weights() -> None:
    source = route(spec(rule(ref("stable", 100), ref("canary", 0), filters=[{"type": "URLRewrite"}])))
    busy = applied(
        mirror_planner(order().order, MirrorStep(name="copy", matches=(RequestMatch(),))),
        used(source, order(30)),
    )
    busy = applied(header_planner(order().order, "blue", {"user": TextMatch(exact="blue")}), busy)
    assert len(busy.object["spec"]["rules"]) == 2
    assert len(busy.object["spec"]["rules"][0]["filters"]) == 2

    assert plain(left(busy)) == plain(source)


def test_refs_of_an_experiment_that_is_over_go_too() -> None:
    wish = order(20)
    running = WeightOrder(
        order=wish.order, split=wish.split, destinations=(Destination(service("shop", "trial"), 80, 10),)
    )
    busy = used(route(spec()), running)
    (task,) = release_tasks(rollout(experiments=("trial",)), wish.order, [busy], [])

    assert weights(applied(task.planner, busy).object) == [[("stable", 100), ("canary", 0)]]


def test_a_route_without_a_claim_of_this_rollout_is_not_touched() -> None:
    ours, other = order(30), order(30, rollout="shop/other")
    unclaimed = route(spec(rule(ref("stable", 1), ref("canary", 9))), labels={LABEL.key: LABEL.value})
    broken = route(spec(), annotations={CLAIMS_ANNOTATION: "{"})

    for untouched in (unclaimed, broken, used(route(spec()), other)):
        assert not plan_release(ours, untouched).patch


def test_another_rollouts_share_and_the_label_stay() -> None:
    theirs = order(50, rollout="shop/api", backends=Backends(service("shop", "s"), service("shop", "c")))
    two = route(spec(rule(ref("stable"), ref("canary")), rule(ref("s"), ref("c"))))
    after = left(used(used(two, theirs), order(30)))

    assert weights(after.object) == [[("stable", 100), ("canary", 0)], [("s", 50), ("c", 50)]]
    assert plain(left(after, theirs))["metadata"].keys() == plain(two)["metadata"].keys()
    assert after.labels == {LABEL.key: LABEL.value}


def test_weights_are_not_ours_to_set_when_the_claim_holds_no_share() -> None:
    marked = applied(header_planner(order().order, "blue", {"user": TextMatch(exact="blue")}), route(spec()))
    changed = copy.deepcopy(dict(marked.object))
    changed["spec"]["rules"][0]["backendRefs"][1]["weight"] = 5

    assert weights(left(Route(marked.key, changed)).object) == [[("stable", 100), ("canary", 5)]]


def test_only_the_rules_that_the_claim_is_narrowed_to_are_weighed() -> None:
    two = route(
        spec(rule(ref("stable", 9), ref("canary", 1), name="a"), rule(ref("stable", 7), ref("canary", 3)))
    )

    after = left(used(two, order(30, rule_names=("a",))))

    assert weights(after.object) == [[("stable", 100), ("canary", 0)], [("stable", 7), ("canary", 3)]]


@pytest.mark.parametrize(
    ("refs", "weighed"),
    [
        (
            [ref("new"), ref("old-canary", 30), ref("stable", 70)],
            [("new", None), ("old-canary", 0), ("stable", 100)],
        ),
        ([ref("foreign", 3)], [("foreign", 3)]),
        ([ref("stable", 70)], [("stable", 70)]),
    ],
)
def test_when_the_services_were_changed_it_goes_by_the_claim_and_marks_go_in_any_case(
    refs: list[Json], weighed: list[Any]
) -> None:
    then = order(30, backends=Backends(service("shop", "stable"), service("shop", "old-canary")))
    busy = used(route(spec(rule(ref("stable", 70), ref("old-canary", 30)))), then)
    now = Route(busy.key, {**busy.object, "spec": spec(rule(*refs))})

    after = left(now)

    assert weights(after.object) == [weighed]
    assert not after.labels
    assert not after.annotations


def test_after_a_ping_pong_the_new_stable_gets_everything() -> None:
    ping, pong = service("shop", "ping"), service("shop", "pong")
    busy = used(route(spec(rule(ref("ping"), ref("pong")))), order(30, backends=Backends(ping, pong)))

    after = left(busy, order(0, backends=Backends(pong, ping)))

    assert weights(after.object) == [[("ping", 0), ("pong", 100)]]


def test_the_tasks_are_for_claimed_routes_that_are_controlled_no_more() -> None:
    kept, lost, foreign = (used(route(spec(), name=name), order(30)) for name in ("kept", "lost", "foreign"))
    foreign = left(foreign)

    (task,) = release_tasks(rollout(), order().order, [kept, foreign, lost], [kept.key])

    assert (task.plan.route.key.name, task.required, task.plan.standing) == ("lost", False, Standing.OURS)
