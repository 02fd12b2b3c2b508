"""What a route shows of a Rollout: its own rules only, in their order."""

from dataclasses import replace

from tests.fakes.objects import order, ref, route, rule, spec

from rollouts_router.core.observing import Role, look_planner, observe
from rollouts_router.core.standing import Standing

ORDER = order(managed_routes=("h",)).order
MAIN = rule(ref("stable", 60), ref("canary", 40), ref("extra"), name="main")
MANAGED = rule(ref("stable", 1), ref("canary", 2), name="h-1")


def test_the_rules_of_the_rollout_are_shown_with_every_ref_and_its_part() -> None:
    seen = observe(ORDER, route(spec(rule(ref("other")), MAIN, MANAGED)))

    [own] = seen.rules
    assert (own.index, own.name) == (1, "main")
    assert [(each.backend.name, each.role, each.weight) for each in own.backends] == [
        ("stable", Role.STABLE, 60),
        ("canary", Role.CANARY, 40),
        ("extra", Role.OTHER, 1),
    ]


def test_a_route_is_known_by_its_key_and_generation() -> None:
    seen = observe(ORDER, route(spec(), generation=9))

    assert (str(seen.key), seen.generation) == ("HTTPRoute shop/web", 9)
    assert observe(ORDER, route(spec(), generation="odd")).generation == 0


def test_looking_plans_nothing_and_takes_whatever_is_carried_for_right() -> None:
    plan = look_planner(ORDER)(route(spec(MAIN)))

    assert (plan.standing, plan.sentence, plan.carries_weights, bool(plan.patch)) == (
        Standing.OURS,
        "",
        True,
        False,
    )


def test_looking_tells_why_a_route_is_none_of_the_rollouts() -> None:
    narrowed = replace(ORDER, rule_names=("other",))

    plan = look_planner(narrowed)(route(spec(MAIN)))

    assert (plan.standing, plan.carries_weights) == (Standing.NEITHER, False)
    assert "among its rules named other" in plan.sentence
