"""Removal, on request, of header rules that versions of the existing plugin before 0.13 have left behind.

Those had no name; a ConfigMap knew them by their position, and when it was wrong they stayed. Nothing tells such a rule
from one that a user wrote for testers, so it is taken out only where somebody asks for it, by an annotation on the route.
"""

from typing import Final

from rollouts_router.core.claims import Claims
from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.managed import unmarked
from rollouts_router.core.order import Order, holds
from rollouts_router.core.routes import Route, Rule
from rollouts_router.core.untyped import items, mapping

REQUEST: Final = "rollouts.argoproj.io/gatewayapi-remove-unnamed"


def take_unnamed(order: Order, edit: RouteEdit, claims: Claims) -> tuple[str, ...]:
    """Remove the rules that were asked for, and the request with them; a sentence on it, none without a request.

    Such a rule has no name and no mark, the Rollout's canary as its only backend, and headers in each of its matches.
    """
    if not _is_asked(order, edit.route):
        return ()
    found = [
        rule for rule in unmarked(order, edit, claims, claims.of(order.rollout)) if _is_left(order, rule)
    ]
    for rule in reversed(found):
        edit.remove_rule(rule.index)
    edit.drop_annotation(REQUEST)
    places = ", ".join(str(rule.index) for rule in found)
    what = f"its rules at {places} (counted from 0) are removed" if found else "there is nothing to remove"
    told = (
        f"{edit.route.key}: {what}, as its annotation {REQUEST} asks: rules without a name that lead requests with"
        f" certain headers to {order.backends.canary} alone"
    )
    return (told,)


def _is_asked(order: Order, route: Route) -> bool:
    """The request names the Rollout, for others may share the route; in its own namespace the bare name will do."""
    namespace, _, name = order.rollout.partition("/")
    asked = (route.annotations or {}).get(REQUEST)
    return asked == order.rollout or (asked == name and route.key.namespace == namespace)


def _is_left(order: Order, rule: Rule) -> bool:
    matches = items(rule.object.get("matches"))
    return (
        not rule.name
        and len(rule.refs) == 1
        and holds(rule, order.backends.canary)
        and bool(matches)
        and all(items(mapping(match).get("headers")) for match in matches)
    )
