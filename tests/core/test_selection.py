"""Who is ours, who is left alone, and what is an error, decided before anything is written."""

from typing import Any

import pytest
from tests.fakes.objects import GRPC, TCP, order, ref, rollout, route, rule, spec

from rollouts_router.core.claims import CLAIMS_ANNOTATION
from rollouts_router.core.config import BLOCK, parse_config
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.mirroring import MirrorStep
from rollouts_router.core.mirrors import mirror_planner
from rollouts_router.core.model import Rollout
from rollouts_router.core.routes import Route
from rollouts_router.core.selection import (
    FoundRoute,
    Selection,
    require_all,
    require_routes,
    select,
)
from rollouts_router.core.weigh import weight_planner

NEITHER = spec(rule(ref("foreign")))
ONLY_STABLE = spec(rule(ref("stable")))
APART = spec(rule(ref("stable")), rule(ref("canary")))
WHAT = 'of the Services "stable" (stable) and "canary" (canary) in namespace shop it'


def chosen(*found: FoundRoute, **fields: Any) -> Selection:
    """What becomes of these routes at weight 30."""
    return select(found, lambda _: weight_planner(order(**fields)))


def refused(*found: FoundRoute, **block: Any) -> str:
    """What the Rollout is told when it needs all of them."""
    asked, selection = rollout(block), chosen(*found)
    with pytest.raises(RoutingError) as error:
        _require(asked, selection)
    return str(error.value)


def _require(asked: Rollout, selection: Selection) -> None:
    require_all(asked, selection)
    require_routes(asked, parse_config(asked), selection)


def named(name: str, **fields: Any) -> FoundRoute:
    """A route of the field httpRoutes[0].name."""
    return FoundRoute(route=_route(name, **fields), field="httpRoutes[0].name")


def selected(name: str, **fields: Any) -> FoundRoute:
    """A route of a selector."""
    return FoundRoute(route=_route(name, **fields))


def _route(name: str, a_spec: Any = None, **fields: Any) -> Route:
    return route(spec() if a_spec is None else a_spec, name=name, **fields)


def names(selection: Selection) -> list[str]:
    """Which routes have a plan."""
    return [plan.route.key.name for plan in selection.plans()]


def test_every_route_of_ours_gets_a_plan_in_the_order_found() -> None:
    selection = chosen(named("b"), named("a", kind=GRPC), selected("c", kind=TCP))

    assert names(selection) == ["b", "a", "c"]
    assert [task.required for task in selection.tasks] == [True, True, False]
    assert selection.warnings() == selection.asides() == []
    assert selection.missed == selection.left_alone == ()


def test_a_route_that_is_named_and_selected_is_one_route_and_counts_as_named() -> None:
    assert names(chosen(named("a"), selected("b"), selected("a"))) == ["a", "b"]
    assert "named in" in refused(named("a", a_spec=NEITHER), selected("a", a_spec=NEITHER), selected("b"))


def test_a_route_that_is_listed_twice_is_one_route() -> None:
    assert names(chosen(selected("a"), selected("a"))) == ["a"]


def test_routes_of_two_kinds_may_have_one_name() -> None:
    assert names(chosen(named("a"), selected("a", kind=GRPC))) == ["a", "a"]


def test_a_selected_route_with_neither_service_is_anothers_and_said_aside() -> None:
    selection = chosen(selected("a", a_spec=NEITHER), selected("b"))

    assert names(selection) == ["b"]
    assert selection.warnings() == []
    assert selection.asides() == [
        f"HTTPRoute shop/a matches the selector and is left alone: {WHAT} has neither",
    ]


@pytest.mark.parametrize(
    ("a_spec", "why"),
    [
        (ONLY_STABLE, "has only the stable one; add the canary one to the same rule"),
        (spec(rule(ref("canary"))), "has only the canary one; add the stable one to the same rule"),
        (APART, "has them only in different rules; put both into the same rule"),
    ],
)
def test_a_selected_route_with_half_of_what_it_takes_is_left_alone_with_a_warning(
    a_spec: Any, why: str
) -> None:
    selection = chosen(selected("a", a_spec=a_spec), selected("b"))

    assert names(selection) == ["b"]
    assert selection.asides() == []
    assert selection.warnings() == [f"HTTPRoute shop/a matches the selector and is left alone: {WHAT} {why}"]


@pytest.mark.parametrize("a_spec", [NEITHER, ONLY_STABLE, APART, {}])
def test_a_named_route_that_does_not_qualify_is_an_error_in_the_usual_words(a_spec: Any) -> None:
    text = refused(named("a", a_spec=a_spec), selected("b"))

    assert text.startswith(
        "backendRef was not found in httpRoute: HTTPRoute shop/a, named in"
        f" {BLOCK}.httpRoutes[0].name: {WHAT} has "
    )


def test_the_words_are_those_of_the_routes_kind() -> None:
    text = refused(FoundRoute(route=_route("a", NEITHER, kind=TCP), field="tcpRoute"))

    assert text.startswith("backendRef list was not found in tcpRoute: TCPRoute shop/a, named in")


def test_every_named_route_that_does_not_qualify_is_told_up_to_five() -> None:
    two = refused(*(named(name, a_spec=NEITHER) for name in "ab"))
    seven = refused(*(named(name, a_spec=NEITHER) for name in "abcdefg"))

    assert two.startswith("Rollout shop/web: backendRef was not found in httpRoute: HTTPRoute shop/a,")
    assert two.count("backendRef was not found in httpRoute") == 2
    assert seven.count("backendRef was not found in httpRoute") == 5
    assert seven.endswith("; and 2 more")


def test_when_none_qualifies_it_is_told_how_many_were_looked_at_and_why_each_was_left_out() -> None:
    text = refused(
        selected("a", a_spec=NEITHER),
        selected("b", a_spec=ONLY_STABLE),
        httpRouteSelector={},
        grpcRouteSelector={},
    )

    assert text == (
        "Rollout shop/web: routes looked at in namespace shop (httpRouteSelector, grpcRouteSelector): 2,"
        f" and none qualifies: HTTPRoute shop/a: {WHAT} has neither;"
        f" HTTPRoute shop/b: {WHAT} has only the stable one; add the canary one to the same rule"
    )


def test_a_named_route_that_does_not_qualify_is_missed_beside_those_that_do() -> None:
    selection = chosen(
        named("a", a_spec=ONLY_STABLE), named("b"), selected("c", a_spec=NEITHER), selected("d")
    )

    assert names(selection) == ["b", "d"]
    assert [str(error).partition(", named in")[0] for error in selection.missed] == [
        "backendRef was not found in httpRoute: HTTPRoute shop/a"
    ]
    assert selection.warnings() == []
    assert [text.partition(" matches")[0] for text in selection.asides()] == ["HTTPRoute shop/c"]


def test_a_route_that_cannot_be_planned_is_missed_whether_named_or_selected() -> None:
    selection = chosen(named("a", uid=None), selected("b", uid=None), named("c"))

    assert names(selection) == ["c"]
    assert [str(error).partition(":")[0] for error in selection.missed] == [
        "HTTPRoute shop/a",
        "HTTPRoute shop/b",
    ]


def test_what_is_missed_for_one_reason_is_told_once() -> None:
    step = MirrorStep(name="m", matches=(RequestMatch(method=TextMatch(regex=".")),))
    selection = select([named("a"), selected("b")], lambda _: mirror_planner(order().order, step))

    with pytest.raises(
        RoutingError, match=r"^a match of setMirrorRoute can compare the method only with exact"
    ):
        require_all(rollout(), selection)


def test_each_route_has_a_planner_of_its_own_for_later() -> None:
    found = [named("a"), selected("b")]
    selection = select(found, lambda entry: weight_planner(order(10 if entry.field else 20)))

    shares = [task.planner(task.plan.route).patch.changes[0].value for task in selection.tasks]
    assert shares == [90, 80]


def test_what_plans_warn_of_is_a_warning() -> None:
    damaged = named("a", annotations={CLAIMS_ANNOTATION: "{"})

    assert "cannot be read" in chosen(damaged).warnings()[0]


def test_five_that_do_not_qualify_are_all_told() -> None:
    text = refused(*(selected(str(at), a_spec=NEITHER) for at in range(5)), httpRouteSelector={})

    assert text.count("has neither") == 5
    assert "more" not in text


def test_of_many_that_do_not_qualify_five_are_told() -> None:
    text = refused(*(selected(str(at), a_spec=NEITHER) for at in range(100)), httpRouteSelector={})

    assert "(httpRouteSelector): 100, and none qualifies" in text
    assert text.count("has neither") == 5
    assert text.endswith("; and 95 more")


NO_ROUTES = (
    "No routes configured. At least one of 'httpRoutes', 'grpcRoutes', 'tcpRoutes', 'tlsRoutes', 'httpRoute',"
    " 'grpcRoute', 'tcpRoute' or 'tlsRoute' must be set"
)


def test_without_any_route_the_error_has_the_usual_words_and_says_that_the_block_is_empty() -> None:
    assert refused() == f"{NO_ROUTES} (Rollout shop/web: {BLOCK} names no route and has no selector)"


def test_without_any_route_a_misspelled_key_is_pointed_out() -> None:
    assert refused(httpRuote="a") == (
        f'{NO_ROUTES} (Rollout shop/web: unknown key "httpRuote" is ignored, did you mean "httpRoute"?)'
    )


def test_selectors_that_match_nothing_are_named_with_their_namespace() -> None:
    assert refused(namespace="edge", tcpRouteSelector={}, color="red") == (
        f"{NO_ROUTES} (Rollout shop/web: no route in namespace edge matches tcpRouteSelector;"
        ' unknown key "color" is ignored)'
    )
