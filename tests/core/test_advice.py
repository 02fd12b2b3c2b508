"""Sentences on steps that have no effect, or are undone, say what to change."""

from tests.fakes.objects import rollout, route, spec

from rollouts_router.core.advice import lost_in_mid_steps, no_taker
from rollouts_router.core.selection import FoundRoute


def test_where_no_route_takes_steps_it_is_said_how_one_does() -> None:
    assert no_taker("setHeaderRoute h", []) == (
        "setHeaderRoute h has no effect: no HTTPRoute or GRPCRoute of this Rollout takes such steps. A route given as"
        " httpRoute or grpcRoute takes them; in a list, or with a selector, set useHeaderRoutes: true"
    )


def test_where_those_that_do_are_anothers_the_selector_is_named() -> None:
    taker = FoundRoute(route=route(spec()), use_header_routes=True)

    assert no_taker("setMirrorRoute m", [taker]) == (
        "setMirrorRoute m has no effect: of the selected routes that take such steps none has a rule with both backends"
        " of this Rollout. Correct the selector, or put both into one rule of a route that it selects"
    )


def test_a_removal_in_mid_steps_is_told_with_its_cause_and_the_remedy() -> None:
    asked = rollout(step_index=1, managed_steps=(True, False, False))

    assert lost_in_mid_steps(asked) == (
        "the controller has the managed routes taken out at step 2 of 3: it does so whenever no pod of the canary is"
        " available, and puts them back only when their step is run again. Have pods first: a setCanaryScale step in"
        " front of the setHeaderRoute or setMirrorRoute step"
    )
