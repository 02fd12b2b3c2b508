"""Where in the list of rules those that we make stand. What they say, and which are ours, is decided elsewhere.

Of matches on one level the first rule in the list gets a request (Gateway API, HTTPRouteRule.matches and
GRPCRouteRule.matches). A rule of ours must not take requests from a rule that somebody else wrote, so it stands in
front of its own source only, or behind everything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from rollouts_router.core.claims import Claim, Claims
from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.marks import marked
from rollouts_router.core.order import Order, holds
from rollouts_router.core.routes import Rule


class Behind(Enum):
    """Places that are not in front of a source."""

    ALL = "behind all rules that nobody has marked"
    MANAGED = "behind the managed rules that come before it; where it stands is right then"


Place: TypeAlias = int | Behind
"""Directly before the source of this number, counted among the sources from 0; or behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The list of rules as it is at a moment.

    Attributes:
        rules: All of them.
        users: Indexes of those that no Rollout has made.
        sources: Indexes of those that the Rollout makes its own from.
        managed: The Rollout's own, each with the rank of its managed route in `managedRoutes`.
        ranks: Of all managed routes, by name.
        mirrors: Indexes of rules of its own that lead to stable.
    """

    rules: tuple[Rule, ...]
    users: frozenset[int]
    sources: tuple[int, ...]
    managed: Mapping[int, int]
    ranks: Mapping[str, int]
    mirrors: frozenset[int]

    def has(self, index: int, place: Place) -> bool:
        """Whether the rule at `index` is at this place."""
        if place is Behind.MANAGED:
            return True
        follows = self._follows(index)
        return follows == (None if place is Behind.ALL else self.sources[place])

    def spot(self, name: str, place: Place) -> int:
        """The index for a new rule of a managed route at this place; rules of one place are in the order of `managedRoutes`."""
        own = self._rank(name)
        if place is Behind.MANAGED:
            return self._behind_managed(own)
        if place is Behind.ALL:
            end = max(self.users, default=-1) + 1
            return min(self._later(own, end), default=len(self.rules))
        at = self.sources[place]
        while self.managed.get(at - 1, own) > own:
            at -= 1
        return at

    def _behind_managed(self, own: int) -> int:
        in_order = {index: rank for index, rank in self.managed.items() if not self._leads(index)}
        later = [index for index, rank in in_order.items() if rank > own]
        if later:
            return min(later)
        return max(in_order, default=len(self.rules) - 1) + 1

    def _leads(self, index: int) -> bool:
        """Whether it is a mirror before its source, which says nothing about the place of others."""
        return index in self.mirrors and self._follows(index) in self.sources

    def _later(self, own: int, start: int) -> Iterator[int]:
        return (index for index, rank in self.managed.items() if index >= start and rank > own)

    def _follows(self, index: int) -> int | None:
        """The next rule of a user."""
        return min((each for each in self.users if each > index), default=None)

    def _rank(self, name: str) -> int:
        return self.ranks.get(name, len(self.ranks))


def layout(order: Order, edit: RouteEdit, claims: Claims, claim: Claim) -> Layout:
    """The list of rules as it is; `claim` is that of the Rollout, as it is by now."""
    rules = edit.rules()
    ranks = {each: rank for rank, each in enumerate(order.managed_routes)}
    known = [*claims.others(order.rollout).values(), claim]
    taken = {rule.index for each in known for rule in marked(rules, each.rule_marks())}
    managed = {
        rule.index: ranks.get(name, len(ranks))
        for name, marks in claim.rules.items()
        for rule in marked(rules, marks)
    }
    return Layout(
        rules=rules,
        users=frozenset(rule.index for rule in rules) - taken,
        sources=tuple(rule.index for rule in rules if order.owns(rule)),
        managed=managed,
        ranks=ranks,
        mirrors=frozenset(index for index in managed if holds(rules[index], order.backends.stable)),
    )
