"""Rules that we make and own: put in, replaced in place, taken out. What they say is `headers`' and `mirrors`' matter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from rollouts_router.core.claims import Claim, Claims
from rollouts_router.core.edit import RouteEdit, fresh
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.marks import Mark, digest, located, marked
from rollouts_router.core.matches import MAX_HEADERS, require_readable
from rollouts_router.core.order import Order, holds
from rollouts_router.core.placing import Behind, Layout, Place, layout
from rollouts_router.core.routes import Rule, is_managed_name
from rollouts_router.core.untyped import items, mapping

MAX_RULES = 16  # Gateway API: rules of a route, maxItems
MAX_RULE_MATCHES = 64  # Gateway API 1.2 and later: matches of a rule, maxItems
MAX_MATCHES = 128  # Gateway API 1.2 and later: matches of all rules of a route together (CEL)


@dataclass(frozen=True, slots=True)
class Managed:
    """The rules wanted for one managed route, without their names.

    Attributes:
        name: Of the managed route.
        rules: In the order of the list.
        places: Where each has to stand; without any all stay where they are, and new ones go behind managed ones.
    """

    name: str
    rules: Sequence[Mapping[str, Any]]
    places: Sequence[Place] = ()

    def place(self, number: int) -> Place:
        """Where this one has to stand."""
        return self.places[number] if self.places else Behind.MANAGED


def sources(order: Order, edit: RouteEdit) -> tuple[Rule, ...]:
    """The rules of a Rollout that a step is made from.

    Raises:
        RoutingError: One of them is not as the Gateway API has it.
    """
    found = tuple(rule for rule in edit.rules() if order.owns(rule))
    for rule in found:
        require_readable(edit.route.key, rule)
    return found


def copied(source: Rule, claims: Claims) -> dict[str, Any]:
    """All of a user's rule as the start of one of ours: without its name, and without filters that anybody's steps added."""
    rule = fresh(source.object)
    rule.pop("name", None)
    marks = [mark for claim in claims.held.values() for mark in claim.filter_marks()]
    added = located([source], marks)
    for spot in added:
        del rule["filters"][spot.index]
    if added and not rule["filters"]:
        del rule["filters"]
    return rule


def put_rules(order: Order, edit: RouteEdit, claims: Claims, claim: Claim, wanted: Managed) -> Claim:
    """Make the marked rules of a managed route be these, and return the claim that marks them.

    Rules that are as wanted are not touched, others are replaced where they stand; new ones go behind the managed
    rules that come before them in `managedRoutes`, at the end when there is none behind. Where rules have a place, and
    one is not there, all of them are put in anew.

    Args:
        order: Whose.
        edit: The route.
        claims: All claims on it, as they were read.
        claim: That of the Rollout, as it is by now.
        wanted: The rules.

    Raises:
        RoutingError: The route would hold more than the API allows. Nothing has been sent then.
    """
    claim = _adopt(order, edit, claims, claim, wanted.name)
    standing = marked(edit.rules(), claim.rules.get(wanted.name, ()))
    names = _names(edit, wanted, {rule.index for rule in standing})
    targets = [{"name": name, **rule} for name, rule in zip(names, wanted.rules, strict=True)]
    if not _in_place(layout(order, edit, claims, claim), wanted, standing):
        claim, standing = take_rules(edit, claim, wanted.name), ()
    for rule, target in zip(standing, targets, strict=False):
        if not _same(rule, target):
            edit.replace_rule(rule.index, target)
    for rule in reversed(standing[len(targets) :]):
        edit.remove_rule(rule.index)
    marks = tuple(Mark(name=target["name"], digest=digest(target)) for target in targets)
    for at in range(len(standing), len(targets)):
        # The marks of rules that are still to come would be found in a user's rule that looks like one of them.
        present = _with_marks(claim, wanted.name, marks[:at])
        index = layout(order, edit, claims, present).spot(wanted.name, wanted.place(at))
        edit.insert_rule(index, targets[at])
    if targets:
        _check_limits(edit, wanted.name, targets)
    return _with_marks(claim, wanted.name, marks)


def _in_place(now: Layout, wanted: Managed, standing: Sequence[Rule]) -> bool:
    return all(
        now.has(rule.index, wanted.place(number)) for number, rule in enumerate(standing[: len(wanted.rules)])
    )


def take_rules(edit: RouteEdit, claim: Claim, name: str) -> Claim:
    """Remove the marked rules of a managed route, and return the claim without them."""
    for rule in reversed(marked(edit.rules(), claim.rules.get(name, ()))):
        edit.remove_rule(rule.index)
    return _with_marks(claim, name, ())


def adoptable(order: Order, edit: RouteEdit, claims: Claims, claim: Claim, name: str) -> tuple[Rule, ...]:
    """Unmarked rules of exactly the managed route's name with the canary as their only backend.

    The existing plugin leaves such rules and no mark. The name stands in `managedRoutes`, so it is not a user's.
    """
    return tuple(
        rule
        for rule in unmarked(order, edit, claims, claim)
        if rule.name == name and len(rule.refs) == 1 and holds(rule, order.backends.canary)
    )


def left_over(order: Order, edit: RouteEdit, claims: Claims, claim: Claim) -> list[str]:
    """Names of unmarked rules that are named like managed ones. They stay; somebody should look at them."""
    return [
        rule.name
        for rule in unmarked(order, edit, claims, claim)
        if is_managed_name(rule.name, order.managed_routes)
    ]


def unmarked(order: Order, edit: RouteEdit, claims: Claims, claim: Claim) -> list[Rule]:
    """Rules that nobody has marked; `claim` is that of the Rollout, as it is by now."""
    rules = edit.rules()
    known = [*claims.others(order.rollout).values(), claim]
    taken = {rule.index for each in known for rule in marked(rules, each.rule_marks())}
    return [rule for rule in rules if rule.index not in taken]


def _adopt(order: Order, edit: RouteEdit, claims: Claims, claim: Claim, name: str) -> Claim:
    found = adoptable(order, edit, claims, claim, name)
    marks = tuple(Mark(name=name, digest=digest(rule.object)) for rule in found)
    return _with_marks(claim, name, (*marks, *claim.rules.get(name, ())))


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


def _check_limits(edit: RouteEdit, name: str, targets: Sequence[Mapping[str, Any]]) -> None:
    rules = edit.rules()
    counts = [len(items(rule.object.get("matches"))) for rule in rules]
    own = [items(target.get("matches")) for target in targets]
    headers = [len(items(mapping(match).get("headers"))) for matches in own for match in matches]
    for count, most, what in (
        (len(rules), MAX_RULES, "rules, and a route"),
        (sum(counts), MAX_MATCHES, "matches, and a route"),
        (max(map(len, own)), MAX_RULE_MATCHES, "matches in a rule, and one"),
        (max(headers, default=0), MAX_HEADERS, "headers in a match, and one"),
    ):
        if count > most:
            raise RoutingError(
                f'{edit.route.key}: the managed route "{name}" would make {count} {what} holds at most {most};'
                " split the route, or narrow the Rollout to some of its rules with ruleName"
            )


def _with_marks(claim: Claim, name: str, marks: tuple[Mark, ...]) -> Claim:
    rules = {each: held for each, held in claim.rules.items() if each != name}
    return msgspec.structs.replace(claim, rules={**rules, name: marks} if marks else rules)
