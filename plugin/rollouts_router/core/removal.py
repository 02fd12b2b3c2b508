"""Taking out what managed routes put into a route: rules and filters, for one name or for all. Weights stay."""

from collections.abc import Iterable

from rollouts_router.core.claims import Claim, read_claims, write_claim
from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.managed import adoptable, left_over, take_rules
from rollouts_router.core.mirrors import take_filters
from rollouts_router.core.order import Order
from rollouts_router.core.plan import Planner, RoutePlan
from rollouts_router.core.routes import Route
from rollouts_router.core.standing import standing


def removal_planner(order: Order, names: tuple[str, ...] | None) -> Planner:
    """Plans the removal of these managed routes; None: of all that the Rollout claims or declares."""
    return lambda route: plan_removal(order, names, route)


def plan_removal(order: Order, names: tuple[str, ...] | None, route: Route) -> RoutePlan:
    """One patch that takes out all of ours. A route without any is left as it is, whatever its rules."""
    edit, claims = RouteEdit(route), read_claims(route)
    claim = before = claims.of(order.rollout)
    for name in _claimed(claim, order.managed_routes) if names is None else names:
        for rule in reversed(adoptable(order, edit, claims, claim, name)):
            edit.remove_rule(rule.index)
        claim = take_filters(edit, take_rules(edit, claim, name), name)
    if edit.patch() or claim != before:
        write_claim(edit, claims, order.rollout, claim, order.label)
    stay = left_over(order, edit, claims, claim)
    warnings = (*claims.complaints, *([_stays(route, stay)] if stay else []))
    return RoutePlan(route=route, standing=standing(order, route), patch=edit.patch(), warnings=warnings)


def _claimed(claim: Claim, declared: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*declared, *claim.rules, *claim.filters]))


def _stays(route: Route, names: list[str]) -> str:
    return (
        f"{route.key}: the rules {', '.join(names)} are named like managed ones and not marked as made by"
        " rollouts-router; they are left alone. If another plugin left them, remove them by hand"
    )
