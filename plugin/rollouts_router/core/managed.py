"""Rules that we make and own: put in, replaced in place, taken out. What they say is `headers`' and `mirrors`' matter.

A rule is ours when the Rollout's claim marks it, never because of how it looks.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from rollouts_router.core.claims import Claim, Mark, digest, is_marked
from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.order import Order, holds
from rollouts_router.core.routes import Rule, is_managed_name

MAX_RULES = 16  # Gateway API: rules of a route, maxItems
MAX_MATCHES = 128  # Gateway API 1.2 and later: matches of all rules of a route together (CEL)


@dataclass(frozen=True, slots=True)
class Managed:
    """The rules wanted for one managed route, without their names, in the order of their sources.

    `first` puts new ones in front of all others: of two rules that match alike, the earlier one counts (Gateway API,
    HTTPRouteRule.matches).
    """

    name: str
    rules: Sequence[Mapping[str, Any]]
    first: bool = False


def copied(source: Rule, claim: Claim) -> dict[str, Any]:
    """All of a user's rule as the start of one of ours: without its name, and without filters that we added."""
    rule = copy.deepcopy(dict(source.object))
    rule.pop("name", None)
    ours = {mark for marks in claim.filters.values() for mark in marks}
    filters = rule.get("filters") or []
    kept = [entry for entry in filters if digest(entry) not in ours]
    if len(kept) < len(filters):
        rule["filters"] = kept
        if not kept:
            del rule["filters"]
    return rule


def put_rules(order: Order, edit: RouteEdit, claim: Claim, wanted: Managed) -> Claim:
    """Make the marked rules of a managed route be these, and return the claim that marks them.

    Rules that are as wanted are not touched, others are replaced where they stand; new ones go behind the managed
    rules that come before them in `managedRoutes`, at the end when there is none behind.

    Raises:
        RoutingError: The route would hold more than the API allows. Nothing has been sent then.
    """
    claim = _adopt(order, edit, claim, wanted.name)
    standing = _marked(edit, claim.rules.get(wanted.name, ()))
    names = _names(edit, wanted, {rule.index for rule in standing})
    targets = [{"name": name, **rule} for name, rule in zip(names, wanted.rules, strict=True)]
    for rule, target in zip(standing, targets, strict=False):
        if not _same(rule, target):
            edit.replace_rule(rule.index, target)
    for rule in reversed(standing[len(targets) :]):
        edit.remove_rule(rule.index)
    at = 0 if wanted.first else _place(order, edit, claim, wanted.name)
    for offset, target in enumerate(targets[len(standing) :]):
        edit.insert_rule(at + offset, target)
    _check_limits(edit, wanted.name)
    marks = tuple(Mark(name=target["name"], digest=digest(target)) for target in targets)
    return _with_marks(claim, wanted.name, marks)


def take_rules(edit: RouteEdit, claim: Claim, name: str) -> Claim:
    """Remove the marked rules of a managed route, and return the claim without them."""
    for rule in reversed(_marked(edit, claim.rules.get(name, ()))):
        edit.remove_rule(rule.index)
    return _with_marks(claim, name, ())


def adoptable(order: Order, edit: RouteEdit, claim: Claim, name: str) -> Rule | None:
    """An unmarked rule of exactly the managed route's name with the canary as its only backend.

    The existing plugin leaves such rules and no mark. The name stands in `managedRoutes`, so it is not a user's.
    """
    marks = claim.rules.get(name, ())
    for rule in edit.rules():
        if rule.name == name and not is_marked(rule, marks) and _only_canary(order, rule):
            return rule
    return None


def left_over(edit: RouteEdit, claim: Claim, managed: tuple[str, ...]) -> list[str]:
    """Names of unmarked rules that are named like managed ones. They stay; somebody should look at them."""
    marks = tuple(mark for each in claim.rules.values() for mark in each)
    return [
        rule.name
        for rule in edit.rules()
        if is_managed_name(rule.name, managed) and not is_marked(rule, marks)
    ]


def _adopt(order: Order, edit: RouteEdit, claim: Claim, name: str) -> Claim:
    rule = adoptable(order, edit, claim, name)
    if rule is None:
        return claim
    return _with_marks(claim, name, (Mark(name=name, digest=digest(rule.object)), *claim.rules.get(name, ())))


def _only_canary(order: Order, rule: Rule) -> bool:
    return len(rule.refs) == 1 and holds(rule, order.backends.canary)


def _marked(edit: RouteEdit, marks: tuple[Mark, ...]) -> list[Rule]:
    return [rule for rule in edit.rules() if is_marked(rule, marks)]


def _names(edit: RouteEdit, wanted: Managed, ours: set[int]) -> list[str]:
    """The managed route's name, then that and -1, -2; a name that a user's rule has is passed over."""
    taken = {rule.name for rule in edit.rules() if rule.index not in ours}
    names: list[str] = []
    number = 0
    while len(names) < len(wanted.rules):
        name = f"{wanted.name}-{number}" if number else wanted.name
        if name not in taken:
            names.append(name)
        number += 1
    return names


def _same(rule: Rule, target: Mapping[str, Any]) -> bool:
    """Whether a rule is as wanted, given what API servers fill in (weights) and older CRDs drop (names)."""
    return rule.name in {"", target["name"]} and digest(rule.object) == digest(target)


def _place(order: Order, edit: RouteEdit, claim: Claim, name: str) -> int:
    """Where the next rule of a managed route goes."""
    rules = edit.rules()
    ranks = {each: rank for rank, each in enumerate(order.managed_routes)}
    own = ranks.get(name, len(ranks))
    before = [each for each in claim.rules if ranks.get(each, len(ranks)) <= own]
    behind = [each for each in claim.rules if ranks.get(each, len(ranks)) > own]
    first_behind = [rule.index for each in behind for rule in rules if is_marked(rule, claim.rules[each])]
    last_before = [rule.index + 1 for each in before for rule in rules if is_marked(rule, claim.rules[each])]
    if first_behind:
        return min(first_behind)
    return max(last_before) if last_before else len(rules)


def _check_limits(edit: RouteEdit, name: str) -> None:
    rules = edit.rules()
    matches = sum(len(rule.object.get("matches") or ()) for rule in rules)
    if len(rules) > MAX_RULES:
        raise RoutingError(
            f'{edit.route.key}: the managed route "{name}" would make {len(rules)} rules, and a route holds at most'
            f" {MAX_RULES}; split the route, or narrow the Rollout to some of its rules with ruleName"
        )
    if matches > MAX_MATCHES:
        raise RoutingError(
            f'{edit.route.key}: the managed route "{name}" would make {matches} matches, and a route holds at most'
            f" {MAX_MATCHES}; split the route, or narrow the Rollout to some of its rules with ruleName"
        )


def _with_marks(claim: Claim, name: str, marks: tuple[Mark, ...]) -> Claim:
    rules = {each: held for each, held in claim.rules.items() if each != name}
    return msgspec.structs.replace(claim, rules={**rules, name: marks} if marks else rules)
