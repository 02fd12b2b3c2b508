"""SetWeight on one route: the weights of its refs, the refs of an experiment, the claim and the label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from rollouts_router.core.backends import Backend, service
from rollouts_router.core.claims import CLAIMS_ANNOTATION, Claim, Claims, read_claims, write_claim
from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.model import Rollout
from rollouts_router.core.order import Order
from rollouts_router.core.plan import PurePlanner, RoutePlan
from rollouts_router.core.routes import Route, Rule
from rollouts_router.core.standing import Standing, explain, standing_by
from rollouts_router.core.unnamed import take_unnamed
from rollouts_router.core.weights import Split, split

MAX_REFS = 16  # Gateway API: backendRefs of a rule, maxItems


@dataclass(frozen=True, slots=True)
class Destination:
    """A Service of an experiment that takes a share: its backend, port and weight."""

    backend: Backend
    port: int
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightOrder:
    """The weights that are wanted.

    Attributes:
        order: Whose, and where.
        split: For canary and stable.
        destinations: What an experiment wants beside them.
        retired: Backends of an experiment that is over; their refs go.
        is_retreat: The Rollout is aborted. The controller then only ever lowers the canary's weight, with
            `dynamicStableScale` over several calls.
    """

    order: Order
    split: Split
    destinations: tuple[Destination, ...] = ()
    retired: frozenset[Backend] = frozenset()
    is_retreat: bool = False

    def wanted(self) -> Mapping[Backend, int]:
        """The weight of each backend that gets one."""
        backends = self.order.backends
        pair = {backends.stable: self.split.stable, backends.canary: self.split.canary}
        return {each.backend: each.weight for each in self.destinations} | pair

    def takers(self) -> tuple[Backend, ...]:
        """Who gets traffic by it."""
        return tuple(backend for backend, weight in self.wanted().items() if weight)

    def moves_traffic(self) -> bool:
        """Whether anybody but stable is to get some."""
        return bool(self.split.canary or self.destinations)

    def gives_traffic(self) -> bool:
        """Whether anybody but stable may get more than before. Nothing may stand in the way of taking it back."""
        return self.moves_traffic() and not self.is_retreat


def weight_order(
    rollout: Rollout, order: Order, desired: int, destinations: tuple[Destination, ...]
) -> WeightOrder:
    """What a weight step means for the routes of a Rollout.

    Stable gets what canary and experiments leave of the maximum, never less than 0. Services that the Rollout's
    status lists for an experiment and that are asked for no more are retired.

    Raises:
        RoutingError: maxTrafficWeight is out of range.
    """
    named = {each.backend for each in destinations}
    former = {service(rollout.namespace, name) for name in rollout.experiments}
    kept = named | {order.backends.stable, order.backends.canary}
    return WeightOrder(
        order=order,
        split=split(desired, rollout.max_weight(), taken=sum(each.weight for each in destinations)),
        destinations=destinations,
        retired=frozenset(former - kept),
        is_retreat=rollout.is_aborted,
    )


def weight_planner(wish: WeightOrder) -> PurePlanner:
    """Plans SetWeight."""
    return partial(plan_weights, wish)


def plan_weights(wish: WeightOrder, route: Route) -> RoutePlan:
    """Compare a route with the weights that are wanted of it.

    Raises:
        RoutingError: Another Rollout claims the same refs, or the object cannot be written safely.
    """
    order = wish.order
    edit = RouteEdit(route)
    found = edit.rules()
    own = [rule for rule in found if order.owns(rule)]
    if not own:
        return RoutePlan(route=route, standing=standing_by(order, found), sentence=explain(order, route))
    claims = read_claims(route)
    if (
        wish.gives_traffic() or not claims.of(order.rollout).share
    ):  # what a Rollout has given it may take back
        _refuse_rival(order, route, own, claims)
    for rule in own:
        weigh_rule(wish, edit, rule)
    carries = not edit.patch()
    told = take_unnamed(order, edit, claims)
    write_claim(edit, claims, order.rollout, _claim(wish, own, claims), order.label)
    return RoutePlan(
        route=route,
        standing=Standing.OURS,
        patch=edit.patch(),
        carries_weights=carries,
        warnings=(*claims.complaints, *told),
    )


def weigh_rule(wish: WeightOrder, edit: RouteEdit, rule: Rule) -> None:
    """Give the refs of one rule of ours their weights, and put in and take out those of experiments.

    Raises:
        RoutingError: The rule would hold more than the API allows.
    """
    wanted = wish.wanted()
    for ref in rule.refs:
        weight = wanted.get(ref.target)
        if weight is not None and weight != ref.weight:
            edit.set_weight(rule.index, ref.index, weight)
    held = {ref.target for ref in rule.refs}
    for ref in reversed(rule.refs):
        if ref.target in wish.retired and ref.target not in wanted:
            edit.remove_ref(rule.index, ref.index)
    for destination in wish.destinations:
        if destination.backend not in held:
            edit.append_ref(rule.index, _new_ref(destination))
            held.add(destination.backend)
    if wish.destinations and len(edit.rules()[rule.index].refs) > MAX_REFS:
        raise RoutingError(
            f"{edit.route.key}: rule {rule.index} would have more than {MAX_REFS} backendRefs with the Services of"
            " the experiment; take backends out of the rule, or templates out of the experiment"
        )


def _new_ref(destination: Destination) -> dict[str, Any]:
    backend = destination.backend
    return {
        "group": backend.group,
        "kind": backend.kind,
        "namespace": backend.namespace,
        "name": backend.name,
        "port": destination.port,
        "weight": destination.weight,
    }


def _claim(wish: WeightOrder, own: Sequence[Rule], claims: Claims) -> Claim:
    order = wish.order
    # Who switches the label off does not want the annotation either; then a route that leaves the selection is
    # not found again, and rivals are not seen (docs/routing.md).
    share = order.label is not None and wish.moves_traffic()
    return msgspec.structs.replace(
        claims.of(order.rollout),
        share=share,
        stable=order.backends.stable,
        canary=order.backends.canary,
        # Only those that are there: the configuration may list the rules of a thousand routes.
        rule_names=tuple(rule.name for rule in own) if order.rule_names else (),
    )


def _refuse_rival(order: Order, route: Route, own: Sequence[Rule], claims: Claims) -> None:
    """Two Rollouts that set the same refs would overwrite each other for ever."""
    for rollout, claim in claims.others(order.rollout).items():
        shared = {order.backends.stable, order.backends.canary} & {claim.stable, claim.canary}
        if claim.share and shared and any(_is_weighed_by(claim, rule) for rule in own):
            raise RoutingError(
                f"{route.key}: Rollout {order.rollout} and Rollout {rollout} both set the weights of"
                f" {', '.join(sorted(map(str, shared)))} in it. Give each Rollout Services of its own, or narrow each"
                " to rules of its own with ruleName; if one of them is gone for good, remove it from the annotation"
                f" {CLAIMS_ANNOTATION}"
            )


def _is_weighed_by(claim: Claim, rule: Rule) -> bool:
    """Whether the Rollout with this claim sets weights in a rule."""
    held = {ref.target for ref in rule.refs}
    return claim.stable in held and claim.canary in held and rule.name in (claim.rule_names or {rule.name})
