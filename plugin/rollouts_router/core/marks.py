"""How rules and filters of ours are found again in a route. Who made them is `claims`' business, why is `managed`'s.

A rule is ours because a mark says so, never because of how it looks; each mark stands for one rule at most, so that
another one that looks alike stays.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from rollouts_router.core.routes import KubeObject, Rule
from rollouts_router.core.untyped import items, mapping

_DIGEST_LENGTH: Final = 16  # hex digits: enough to tell the rules of one route apart


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a rule of ours is recognised: by its name; or by its digest where the API server drops names.

    `rules[].name` is in the standard channel since Gateway API 1.4; older CRDs prune it silently.
    """

    name: str
    digest: str


class FilterMark(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """How a filter of ours is recognised.

    Attributes:
        digest: Of the filter.
        rule: Of the rule it is in, without what we change in it.
        was_empty: The rule had a list with no filter in it, which is to come back.
    """

    digest: str
    rule: str
    was_empty: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a marked filter is: indexes of its rule and in that rule's filters."""

    rule: int
    index: int
    mark: FilterMark


def digest(entry: KubeObject) -> str:
    """A fingerprint of a rule or filter that survives what the API server fills in: names and ref weights."""
    plain = {key: value for key, value in entry.items() if key != "name"}
    if isinstance(refs := plain.get("backendRefs"), list):
        plain["backendRefs"] = [_without_weight(ref) for ref in refs]
    return _hash(plain)


def rule_digest(rule: Rule) -> str:
    """A fingerprint of what weights, experiments and mirrors do not change in a rule."""
    changing = {"name", "backendRefs", "filters"}
    return _hash({key: value for key, value in rule.object.items() if key not in changing})


def marked(rules: Sequence[Rule], marks: Iterable[Mark]) -> tuple[Rule, ...]:
    """The rules that these marks stand for, in the order of the route.

    Of several rules with one name the one that is as we made it is meant, or else the last. Where our rule was
    removed by hand, and a rule without a name is just like it, that one is taken for ours.
    """
    found: set[int] = set()
    for mark in marks:
        left = [rule for rule in rules if rule.index not in found]
        found.update(rule.index for rule in _candidates(left, mark)[-1:])
    return tuple(rule for rule in rules if rule.index in found)


def located(rules: Sequence[Rule], marks: Iterable[FilterMark]) -> tuple[Spot, ...]:
    """Where the marked filters are, the last ones first, which is the order to remove them in.

    A mirror in the marked rule, beside a ref to its backend, comes before an equal one elsewhere. Of equal ones in a
    rule the last is ours, because ours are added at the end.
    """
    free = [
        _Seen(rule, index, digest(mapping(entry)), rule_digest(rule))
        for rule in reversed(rules)
        for index, entry in reversed(list(enumerate(items(rule.object.get("filters")))))
    ]
    left = list(marks)
    spots: list[Spot] = []
    for fits in (_Seen.is_meant_by, _Seen.is_like):
        for mark in reversed(tuple(left)):  # marks of rules that are alike are told apart by their order
            seen = next((each for each in free if fits(each, mark)), None)
            if seen is not None:
                free.remove(seen)
                left.remove(mark)
                spots.append(Spot(seen.rule.index, seen.index, mark))
    return tuple(sorted(spots, key=lambda spot: (spot.rule, spot.index), reverse=True))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A filter that may be marked."""

    rule: Rule
    index: int
    digest: str
    rule_digest: str

    def is_meant_by(self, mark: FilterMark) -> bool:
        return self.is_like(mark) and self.rule_digest == mark.rule and self._mirrors_a_backend()

    def is_like(self, mark: FilterMark) -> bool:
        return self.digest == mark.digest

    def _mirrors_a_backend(self) -> bool:
        """Whether the rule refers to what the filter copies to; rules of ours do."""
        entry = mapping(self.rule.object["filters"][self.index])
        name = mapping(mapping(entry.get("requestMirror")).get("backendRef")).get("name")
        return any(ref.target.name == name for ref in self.rule.refs)


def _candidates(rules: Collection[Rule], mark: Mark) -> list[Rule]:
    named = [rule for rule in rules if rule.name and rule.name == mark.name]
    if len(named) == 1:
        return named
    unnamed = [rule for rule in rules if not rule.name]
    same = [rule for rule in named or unnamed if digest(rule.object) == mark.digest]
    return same or named


def _without_weight(ref: object) -> object:
    if not isinstance(ref, Mapping):
        return ref
    return {key: value for key, value in ref.items() if key != "weight"}


def _hash(plain: Mapping[str, object]) -> str:
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]
