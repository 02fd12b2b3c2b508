"""SetHeaderRoute on one route: from a step's headers and each rule of ours to a rule that leads to the canary only."""

import copy
from collections.abc import Mapping
from typing import Any, Final

from rollouts_router.core.claims import Claim, read_claims, write_claims
from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.managed import Managed, copied, put_rules
from rollouts_router.core.matches import TextMatch, header_condition
from rollouts_router.core.order import Order
from rollouts_router.core.plan import Planner, RoutePlan
from rollouts_router.core.routes import Route, Rule, rules
from rollouts_router.core.standing import Standing, explain, standing

MAX_HEADERS: Final = 16  # Gateway API: headers of a match, maxItems


def header_planner(order: Order, name: str, conditions: Mapping[str, TextMatch]) -> Planner:
    """Plans SetHeaderRoute with a match.

    Raises:
        RoutingError: A condition compares with nothing.
    """
    headers = [header_condition(header, value) for header, value in conditions.items()]
    return lambda route: plan_header_route(order, name, headers, route)


def plan_header_route(order: Order, name: str, headers: list[dict[str, str]], route: Route) -> RoutePlan:
    """One managed rule for each rule of ours.

    Raises:
        RoutingError: The route would hold more than the API allows.
    """
    stands = standing(order, route)
    if stands is not Standing.OURS:
        return RoutePlan(route=route, standing=stands, sentence=explain(order, route))
    edit, claims = RouteEdit(route), read_claims(route)
    former = claims.of(order.rollout)
    made = [
        (rule, _managed_rule(order, former, rule, headers, route))
        for rule in rules(route)
        if order.owns(rule)
    ]
    wanted = Managed(name, [rule for _, rule in made if rule is not None])
    claim = put_rules(order, edit, former, wanted)
    write_claims(edit, claims.with_claim(order.rollout, claim), order.label)
    warnings = tuple(_contradiction(route, rule, name) for rule, result in made if result is None)
    return RoutePlan(route=route, standing=stands, patch=edit.patch(), warnings=warnings)


def _managed_rule(
    order: Order, claim: Claim, source: Rule, headers: list[dict[str, str]], route: Route
) -> dict[str, Any] | None:
    """A copy of the whole source rule, for the canary and these headers only; None when no match can have them."""
    rule = copied(source, claim)
    matches = [merged for match in rule.get("matches") or [{}] if (merged := _merged(match, headers, route))]
    if not matches:
        return None
    canary = next(ref for ref in source.refs if ref.target == order.backends.canary)
    ref = copy.deepcopy(dict(source.object["backendRefs"][canary.index]))
    ref.pop("weight", None)
    return {**rule, "matches": matches, "backendRefs": [ref]}


def _merged(match: Mapping[str, Any], headers: list[dict[str, str]], route: Route) -> dict[str, Any] | None:
    """A match with the step's headers added behind its own; None when it asks for another value of one of them.

    Names compare without regard to case, as in HTTP; the API's own key compares with it.
    """
    own: list[dict[str, Any]] = list(match.get("headers") or ())
    by_name = {str(header.get("name", "")).lower(): header for header in own}
    added = []
    for header in headers:
        present = by_name.get(header["name"].lower())
        if present is None:
            added.append(header)
            by_name[header["name"].lower()] = header
        elif not _same_condition(present, header):
            return None
    if len(own) + len(added) > MAX_HEADERS:
        raise RoutingError(
            f"{route.key}: a match would have {len(own) + len(added)} headers with those of the step, and it can"
            f" hold at most {MAX_HEADERS}"
        )
    return {**copy.deepcopy(dict(match)), "headers": [*copy.deepcopy(own), *added]}


def _same_condition(present: Mapping[str, Any], header: Mapping[str, str]) -> bool:
    kind = present.get("type") or "Exact"
    return bool(kind == header["type"] and present.get("value") == header["value"])


def _contradiction(route: Route, rule: Rule, name: str) -> str:
    which = f'rule "{rule.name}"' if rule.name else f"rule {rule.index}"
    return (
        f'{route.key}: the header route "{name}" has no rule for {which}: each of its matches asks for another value'
        " of one of the step's headers"
    )
