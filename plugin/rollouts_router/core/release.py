"""Letting go of a route that a Rollout controls no more: no canary share, nothing of ours in it, no claim, one patch."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from rollouts_router.core.backends import Backends
from rollouts_router.core.claims import Claim, read_claims, write_claim
from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.managed import take_rules
from rollouts_router.core.mirrors import take_filters
from rollouts_router.core.model import Rollout
from rollouts_router.core.order import Order
from rollouts_router.core.plan import Planner, RoutePlan
from rollouts_router.core.routes import Route, RouteKey, rules
from rollouts_router.core.selection import RouteTask
from rollouts_router.core.standing import standing
from rollouts_router.core.weigh import WeightOrder, weigh_rule, weight_order


def release_tasks(
    rollout: Rollout, order: Order, labelled: Sequence[Route], controlled: Collection[RouteKey]
) -> tuple[RouteTask, ...]:
    """A task for each route that the Rollout has a claim on, and controls no more.

    Args:
        rollout: Whose routes.
        order: Its backends of this moment, and the label that `labelled` carry.
        labelled: Routes that are in use, by whatever Rollout.
        controlled: Those that the Rollout controls.

    Raises:
        RoutingError: maxTrafficWeight is out of range, or an object cannot be written safely.
    """
    planner = release_planner(weight_order(rollout, order, 0, ()))
    plans = [planner(route) for route in labelled if route.key not in controlled]
    return tuple(RouteTask(plan=plan, planner=planner, required=False) for plan in plans if plan.patch)


def release_planner(wish: WeightOrder) -> Planner:
    """Plans the release; `wish` is weight 0."""
    return lambda route: plan_release(wish, route)


def plan_release(wish: WeightOrder, route: Route) -> RoutePlan:
    """Undo what the claim of the Rollout tells; without one there is nothing to undo, so nothing is touched.

    Refs whose backend has left the route cannot be weighed, but marks and label go all the same.
    """
    order, claims = wish.order, read_claims(route)
    claim = claims.of(order.rollout)
    edit = RouteEdit(route)
    if claim.is_held:
        _return_weights(wish, claim, edit)
        _take_all(claim, edit)
        write_claim(edit, claims, order.rollout, Claim(), order.label)
    return RoutePlan(route=route, standing=standing(order, route), patch=edit.patch())


def _return_weights(wish: WeightOrder, claim: Claim, edit: RouteEdit) -> None:
    """In the rules that the claim is narrowed to, and only if it says that the canary has a share.

    Where the backends of now are not both in a rule, it goes by those of the claim: the Services of a Rollout may have
    been changed as well.
    """
    if not claim.share:
        return
    pairs = [wish.order.backends]
    if claim.stable and claim.canary:
        pairs.append(Backends(claim.stable, claim.canary))
    orders = [replace(wish.order, rule_names=claim.rule_names, backends=pair) for pair in pairs]
    for rule in rules(edit.route):
        order = next((each for each in orders if each.owns(rule)), None)
        if order is not None:
            weigh_rule(replace(wish, order=order), edit, rule)


def _take_all(claim: Claim, edit: RouteEdit) -> None:
    left = claim
    for name in dict.fromkeys((*claim.rules, *claim.filters)):
        left = take_filters(edit, take_rules(edit, left, name), name)
