"""How a route stands to a Rollout, and that in a sentence for people. What is done about it is not decided here."""

import enum
from collections.abc import Iterator

from rollouts_router.core.order import Order, holds
from rollouts_router.core.routes import Route, Rule, is_managed_name, rules


class Standing(enum.Enum):
    """How a route stands to a Rollout. The value completes the sentence "it …"."""

    OURS = "has a rule with both"
    APART = "has them only in different rules; put both into the same rule"
    ONLY_STABLE = "has only the stable one; add the canary one to the same rule"
    ONLY_CANARY = "has only the canary one; add the stable one to the same rule"
    NEITHER = "has neither"


def standing(order: Order, route: Route) -> Standing:
    """Look at all rules that can be the Rollout's."""
    return standing_by(order, rules(route))


def standing_by(order: Order, found: tuple[Rule, ...]) -> Standing:
    """The same, for who has the rules already."""
    stable, canary = order.backends.stable, order.backends.canary
    held = [(holds(rule, stable), holds(rule, canary)) for rule in found if order.considers(rule)]
    if (True, True) in held:
        return Standing.OURS
    has_stable, has_canary = any(each[0] for each in held), any(each[1] for each in held)
    if has_stable and has_canary:
        return Standing.APART
    if has_stable or has_canary:
        return Standing.ONLY_STABLE if has_stable else Standing.ONLY_CANARY
    return Standing.NEITHER


def explain(order: Order, route: Route) -> str:
    """In one sentence, why a route is not the Rollout's."""
    stable, canary = order.backends.stable, order.backends.canary
    among = f" among its rules named {', '.join(order.rule_names)}" if order.rule_names else ""
    text = (
        f'of the {stable.kind}s "{stable.name}" (stable) and "{canary.name}" (canary) in namespace'
        f" {stable.namespace} it {standing(order, route).value}{among}"
    )
    return "; ".join((text, *_remarks(order, route)))


def _remarks(order: Order, route: Route) -> Iterator[str]:
    """What may be taken for a rule of the Rollout's and is none."""
    stable, canary = order.backends.stable, order.backends.canary
    refs = {ref.target for rule in rules(route) for ref in rule.refs}
    names = {stable.name, canary.name}
    strangers = sorted(str(each) for each in refs - {stable, canary} if each.name in names)
    if strangers:
        yield f"it refers to {', '.join(strangers)}, which is not the same"
    managed = [rule.name for rule in rules(route) if is_managed_name(rule.name, order.managed_routes)]
    if managed:
        yield f"its rules {', '.join(managed)} are named like managed routes and are never weighed"
