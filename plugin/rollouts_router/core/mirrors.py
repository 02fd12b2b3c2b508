"""SetMirrorRoute on one route: copies of requests to the canary, by a filter in rules of ours or by rules of our own.

Answers to the copies are dropped by the gateway. What a step matches is compared with what a rule matches, never
guessed: a filter counts for all requests of its rule, so it goes only where the rule is no wider than the step.
"""

import copy
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from rollouts_router.core.claims import Claim, Claims, read_claims, write_claim
from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.kinds import MatchStyle
from rollouts_router.core.managed import Managed, copied, put_rules, sources, take_rules
from rollouts_router.core.marks import FilterMark, Mark, digest, located, rule_digest
from rollouts_router.core.matches import canonical, is_within, own_matches, shared
from rollouts_router.core.mirroring import MirrorMode, MirrorStep
from rollouts_router.core.order import Order
from rollouts_router.core.placing import Behind, Place
from rollouts_router.core.plan import PurePlanner, RoutePlan
from rollouts_router.core.routes import BackendRef, Route, Rule
from rollouts_router.core.standing import Standing, explain, standing, standing_by


def mirror_planner(order: Order, step: MirrorStep) -> PurePlanner:
    """Plans SetMirrorRoute."""
    return partial(plan_mirror_route, order, step)


def plan_mirror_route(order: Order, step: MirrorStep, route: Route) -> RoutePlan:
    """The mirror of one step, in place of a former one of its name.

    Raises:
        RoutingError: The route would hold more than the API allows, or a rule is not as the Gateway API has it.
    """
    edit, claims = RouteEdit(route), read_claims(route)
    stands = standing_by(order, edit.rules())
    if stands is not Standing.OURS:
        return RoutePlan(route=route, standing=stands, sentence=explain(order, route))
    claim = claims.of(order.rollout)
    if step.mode is MirrorMode.RULE:
        claim = take_filters(edit, claim, step.name)
        made = _own_rules(order, edit, claims, step)
        wanted = Managed(step.name, [rule for _, rule in made], tuple(place for place, _ in made))
        claim, count = put_rules(order, edit, claims, claim, wanted), len(made)
    else:
        claim = put_rules(order, edit, claims, claim, Managed(step.name, ()))
        claim, count = _put_filters(order, edit, claims, claim, step)
    write_claim(edit, claims, order.rollout, claim, order.label)
    patch = edit.patch()
    return RoutePlan(
        route=route,
        standing=stands,
        patch=patch,
        warnings=claims.complaints if count else (*claims.complaints, _no_rule(route, step)),
        undo=(lambda written: _plan_undo(order, step, written)) if patch and step.share() else None,
    )


def take_filters(edit: RouteEdit, claim: Claim, name: str) -> Claim:
    """Remove the filters that the claim lists for a managed route, and return the claim without them."""
    for spot in located(edit.rules(), claim.filters.get(name, ())):
        edit.remove_filter(spot.rule, spot.index, keep_list=spot.mark.was_empty)
    return _with_filters(claim, name, ())


def _plan_undo(order: Order, step: MirrorStep, route: Route) -> RoutePlan:
    """Take out a step whose share the API server dropped, as CRDs before 1.3 make it do: it would mirror everything.

    The claim marks what was sent; what is there is the same without the share, so the marks are made anew.
    """
    edit, claims, whole = RouteEdit(route), read_claims(route), replace(step, percent=None, fraction=None)
    claim, name = claims.of(order.rollout), step.name
    was_empty = {mark.rule: mark.was_empty for mark in claim.filters.get(name, ())}
    filters = [
        FilterMark(digest(entry), rule_digest(rule), was_empty.get(rule_digest(rule), False))
        for rule, entry in _wanted(order, edit, whole)
    ]
    made = [digest(rule) for _, rule in _own_rules(order, edit, claims, whole)]
    rules = [Mark(mark.name, now) for mark, now in zip(claim.rules.get(name, ()), made, strict=False)]
    claim = _with_filters(claim, name, tuple(filters) if name in claim.filters else ())
    claim = msgspec.structs.replace(claim, rules={**claim.rules, name: tuple(rules)})
    claim = take_filters(edit, take_rules(edit, claim, name), name)
    write_claim(edit, claims, order.rollout, claim, order.label)
    what = "percentage" if step.fraction is None else "fraction"
    dropped = (
        f'{route.key}: the API server did not keep the {what} of "{name}", so all requests would be mirrored; the'
        f" mirror was taken out again. Install the CRDs of Gateway API 1.3 or later, or leave the {what} out"
    )
    return RoutePlan(route=route, standing=standing(order, route), patch=edit.patch(), warnings=(dropped,))


def _put_filters(
    order: Order, edit: RouteEdit, claims: Claims, claim: Claim, step: MirrorStep
) -> tuple[Claim, int]:
    """Have the filter in each rule that matches, and nowhere else; a rule that has it is not touched."""
    wanted = {rule.index: entry for rule, entry in _wanted(order, edit, step)}
    empty: dict[int, bool] = {}
    for spot in located(edit.rules(), claim.filters.get(step.name, ())):
        if spot.rule in wanted and spot.rule not in empty and spot.mark.digest == digest(wanted[spot.rule]):
            empty[spot.rule] = spot.mark.was_empty
        else:
            edit.remove_filter(spot.rule, spot.index, keep_list=spot.mark.was_empty)
    known = [mark for each in (*claims.others(order.rollout).values(), claim) for mark in each.filter_marks()]
    for index, entry in wanted.items():
        if index not in empty:
            empty[index] = _is_empty(edit.rules()[index], known)
            edit.append_filter(index, entry)
    rules = edit.rules()
    marks = (FilterMark(digest(wanted[at]), rule_digest(rules[at]), empty[at]) for at in wanted)
    return _with_filters(claim, step.name, tuple(marks)), len(wanted)


def _is_empty(rule: Rule, marks: list[FilterMark]) -> bool:
    """Whether the user's own list of filters is there, and empty."""
    spots = located([rule], marks)
    filters = rule.object.get("filters")
    return (
        isinstance(filters, list)
        and len(spots) == len(filters)
        and all(spot.mark.was_empty for spot in spots)
    )


def _wanted(order: Order, edit: RouteEdit, step: MirrorStep) -> Iterator[tuple[Rule, dict[str, Any]]]:
    """The rules that match, each with its filter."""
    for rule in sources(order, edit):
        if _matches(step, edit.route.key.kind.matches, rule):
            yield rule, _mirror_filter(order, step, rule)


def _own_rules(
    order: Order, edit: RouteEdit, claims: Claims, step: MirrorStep
) -> list[tuple[Place, dict[str, Any]]]:
    """Copies of rules of ours for the requests of the step alone, with the filter, leading to stable; with their places.

    A copy takes requests from its source and from no other rule: one on a level with its source stands directly before
    that, one that is more specific behind all rules. What another rule of ours means is left to the copy of that.
    """
    style = edit.route.key.kind.matches
    found = [(source, copied(source, claims)) for source in sources(order, edit)]
    known = [canonical(style, match) for _, rule in found for match in own_matches(style, rule)]
    level: list[tuple[Place, dict[str, Any]]] = []
    above: list[tuple[Place, dict[str, Any]]] = []
    for number, (source, rule) in enumerate(found):
        both = shared(style, own_matches(style, rule), step.matches)
        filters = [*(rule.get("filters") or ()), _mirror_filter(order, step, source)]
        rest = {"filters": filters, "backendRefs": [_stable(order, source)]}
        if both.level:
            level.append((number, {**rule, "matches": both.level, **rest}))
        if free := [match for match in both.above if canonical(style, match) not in known]:
            above.append((Behind.ALL, {**rule, "matches": free, **rest}))
    return [*level, *above]


def _stable(order: Order, source: Rule) -> dict[str, Any]:
    stable = next(ref for ref in source.refs if ref.target == order.backends.stable)
    ref = copy.deepcopy(dict(source.object["backendRefs"][stable.index]))
    ref.pop("weight", None)
    return ref


def _matches(step: MirrorStep, style: MatchStyle, rule: Rule) -> bool:
    """Whether all that a rule matches is among what the step matches."""
    own = own_matches(style, rule.object)
    return all(any(is_within(style, match, wish) for wish in step.matches) for match in own)


def _mirror_filter(order: Order, step: MirrorStep, rule: Rule) -> dict[str, Any]:
    ref = next(ref for ref in rule.refs if ref.target == order.backends.canary)
    return {
        "type": "RequestMirror",
        "requestMirror": {"backendRef": _object_reference(rule, ref), **step.share()},
    }


def _object_reference(rule: Rule, ref: BackendRef) -> dict[str, Any]:
    """A ref without what only a weighed one has: weight and filters."""
    written = rule.object["backendRefs"][ref.index]
    reference = {key: written[key] for key in ("name", "namespace", "port") if key in written}
    return {"group": ref.target.group, "kind": ref.target.kind, **reference}


def _with_filters(claim: Claim, name: str, marks: tuple[FilterMark, ...]) -> Claim:
    filters = {each: held for each, held in claim.filters.items() if each != name}
    return msgspec.structs.replace(claim, filters={**filters, name: marks} if marks else filters)


def _no_rule(route: Route, step: MirrorStep) -> str:
    how = "" if step.mode is MirrorMode.RULE else "; with mirrorMode: rule the step gets rules of its own"
    return f'{route.key}: nothing is mirrored for "{step.name}": no rule of the Rollout serves only what the step matches{how}'
