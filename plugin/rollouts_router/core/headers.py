"""SetHeaderRoute on one route: from a step's headers and each rule of ours to a rule that leads to the canary only."""

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from rollouts_router.core.claims import Claims, read_claims, write_claim
from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.managed import Managed, copied, put_rules, sources
from rollouts_router.core.matches import TextMatch, header_condition, own_matches, with_headers
from rollouts_router.core.order import Order
from rollouts_router.core.plan import PurePlanner, RoutePlan
from rollouts_router.core.routes import Route, Rule
from rollouts_router.core.standing import Standing, explain, standing_by


def header_planner(order: Order, name: str, conditions: Mapping[str, TextMatch]) -> PurePlanner:
    """Plans SetHeaderRoute with a match.

    Raises:
        RoutingError: A condition compares with nothing.
    """
    headers = [header_condition(header, value) for header, value in conditions.items()]
    return partial(plan_header_route, order, name, headers)


def plan_header_route(
    order: Order, name: str, headers: Sequence[Mapping[str, str]], route: Route
) -> RoutePlan:
    """One managed rule for each rule of ours.

    Raises:
        RoutingError: The route would hold more than the API allows, or a rule is not as the Gateway API has it.
    """
    edit, claims = RouteEdit(route), read_claims(route)
    stands = standing_by(order, edit.rules())
    if stands is not Standing.OURS:
        return RoutePlan(route=route, standing=stands, sentence=explain(order, route))
    made = [(rule, _managed_rule(order, edit, claims, rule, headers)) for rule in sources(order, edit)]
    wanted = Managed(name, [rule for _, rule in made if rule is not None])
    claim = put_rules(order, edit, claims, claims.of(order.rollout), wanted)
    write_claim(edit, claims, order.rollout, claim, order.label)
    without = (_contradiction(route, rule, name) for rule, result in made if result is None)
    return RoutePlan(
        route=route, standing=stands, patch=edit.patch(), warnings=(*claims.complaints, *without)
    )


def _managed_rule(
    order: Order, edit: RouteEdit, claims: Claims, source: Rule, headers: Sequence[Mapping[str, str]]
) -> dict[str, Any] | None:
    """A copy of the whole source rule, for the canary and these headers only; None when no match can have them."""
    rule = copied(source, claims)
    merged = (with_headers(match, headers) for match in own_matches(edit.route.key.kind.matches, rule))
    matches = [match for match in merged if match is not None]
    if not matches:
        return None
    canary = next(ref for ref in source.refs if ref.target == order.backends.canary)
    ref = copy.deepcopy(dict(source.object["backendRefs"][canary.index]))
    ref.pop("weight", None)
    return {**rule, "matches": matches, "backendRefs": [ref]}


def _contradiction(route: Route, rule: Rule, name: str) -> str:
    which = f'rule "{rule.name}"' if rule.name else f"rule {rule.index}"
    return (
        f'{route.key}: the header route "{name}" has no rule for {which}: each of its matches asks for another value'
        " of one of the step's headers"
    )
