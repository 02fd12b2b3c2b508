"""SetMirrorRoute on one route: copies of requests to the canary, by a filter in rules of ours or by rules of our own.

Answers to the copies are dropped by the gateway. What a step matches is compared with what a rule matches, never
guessed: a filter counts for all requests of its rule, so it goes only where the rule is no wider than the step.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from rollouts_router.core.claims import Claim, digest, read_claims, write_claims
from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.kinds import MatchStyle
from rollouts_router.core.managed import Managed, copied, put_rules
from rollouts_router.core.matches import conjunction, is_within
from rollouts_router.core.mirroring import MirrorMode, MirrorStep
from rollouts_router.core.order import Order
from rollouts_router.core.plan import Planner, RoutePlan
from rollouts_router.core.routes import BackendRef, Route, Rule
from rollouts_router.core.standing import Standing, explain, standing


def mirror_planner(order: Order, step: MirrorStep) -> Planner:
    """Plans SetMirrorRoute."""
    return lambda route: plan_mirror_route(order, step, route)


def plan_mirror_route(order: Order, step: MirrorStep, route: Route) -> RoutePlan:
    """The mirror of one step, in place of a former one of its name.

    Raises:
        RoutingError: The route would hold more than the API allows.
    """
    stands = standing(order, route)
    if stands is not Standing.OURS:
        return RoutePlan(route=route, standing=stands, sentence=explain(order, route))
    edit, claims = RouteEdit(route), read_claims(route)
    claim, style = claims.of(order.rollout), route.key.kind.matches
    if step.mode is MirrorMode.RULE:
        claim = take_filters(edit, claim, step.name)
        made = [
            rule
            for source in edit.rules()
            if order.owns(source)
            for rule in _own_rule(order, step, claim, style, source)
        ]
        claim, count = put_rules(order, edit, claim, Managed(step.name, made, first=True)), len(made)
    else:
        claim = put_rules(order, edit, claim, Managed(step.name, ()))
        claim, count = _put_filters(order, edit, claim, step)
    write_claims(edit, claims.with_claim(order.rollout, claim), order.label)
    warnings = () if count else (_no_rule(route, step),)
    return RoutePlan(route=route, standing=stands, patch=edit.patch(), warnings=warnings)


def take_filters(edit: RouteEdit, claim: Claim, name: str) -> Claim:
    """Remove the filters that the claim lists for a managed route, and return the claim without them."""
    for rule, index in reversed(list(_filters_of(edit, claim.filters.get(name, ())))):
        edit.remove_filter(rule, index)
    return _with_filters(claim, name, ())


def _put_filters(order: Order, edit: RouteEdit, claim: Claim, step: MirrorStep) -> tuple[Claim, int]:
    """Have the filter in each rule that matches, and nowhere else; a rule that has it is not touched."""
    wanted = {
        rule.index: _mirror_filter(order, step, rule)
        for rule in edit.rules()
        if order.owns(rule) and _matches(step, edit.route.key.kind.matches, rule)
    }
    held = set()
    for rule, index in reversed(list(_filters_of(edit, claim.filters.get(step.name, ())))):
        entry = edit.rules()[rule].object["filters"][index]
        if rule in wanted and rule not in held and digest(entry) == digest(wanted[rule]):
            held.add(rule)
        else:
            edit.remove_filter(rule, index)
    for rule, entry in wanted.items():
        if rule not in held:
            edit.append_filter(rule, entry)
    return _with_filters(claim, step.name, tuple(digest(entry) for entry in wanted.values())), len(wanted)


def _filters_of(edit: RouteEdit, digests: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Where the marked filters are, each mark found at most once."""
    open_marks = list(digests)
    for rule in edit.rules():
        for index, entry in enumerate(rule.object.get("filters") or ()):
            if isinstance(entry, Mapping) and (mark := digest(entry)) in open_marks:
                open_marks.remove(mark)
                yield rule.index, index


def _own_rule(
    order: Order, step: MirrorStep, claim: Claim, style: MatchStyle, source: Rule
) -> Iterator[dict[str, Any]]:
    """A copy of a rule for the requests of the step alone, with the filter, leading to stable; none if none can."""
    rule = copied(source, claim)
    own = rule.get("matches") or [{}]
    matches = [
        both for match in own for wish in step.matches or [None] if (both := conjunction(style, match, wish))
    ]
    if not matches:
        return
    stable = next(ref for ref in source.refs if ref.target == order.backends.stable)
    ref = copy.deepcopy(dict(source.object["backendRefs"][stable.index]))
    ref.pop("weight", None)
    filters = [*rule.get("filters", ()), _mirror_filter(order, step, source)]
    yield {**rule, "matches": matches, "filters": filters, "backendRefs": [ref]}


def _matches(step: MirrorStep, style: MatchStyle, rule: Rule) -> bool:
    """Whether all that a rule matches is among what the step matches."""
    if not step.matches:
        return True
    own = rule.object.get("matches") or [{}]
    return all(any(is_within(style, match, wish) for wish in step.matches) for match in own)


def _mirror_filter(order: Order, step: MirrorStep, rule: Rule) -> dict[str, Any]:
    ref = next(ref for ref in rule.refs if ref.target == order.backends.canary)
    percent = {} if step.percent is None else {"percent": step.percent}
    return {
        "type": "RequestMirror",
        "requestMirror": {"backendRef": _object_reference(rule, ref), **percent},
    }


def _object_reference(rule: Rule, ref: BackendRef) -> dict[str, Any]:
    """A ref without what only a weighed one has: weight and filters."""
    written = rule.object["backendRefs"][ref.index]
    reference = {key: written[key] for key in ("name", "namespace", "port") if key in written}
    return {"group": ref.target.group, "kind": ref.target.kind, **reference}


def _with_filters(claim: Claim, name: str, digests: tuple[str, ...]) -> Claim:
    filters = {each: held for each, held in claim.filters.items() if each != name}
    return msgspec.structs.replace(claim, filters={**filters, name: digests} if digests else filters)


def _no_rule(route: Route, step: MirrorStep) -> str:
    how = "" if step.mode is MirrorMode.RULE else "; with mirrorMode: rule the step gets rules of its own"
    return f'{route.key}: nothing is mirrored for "{step.name}": no rule of the Rollout serves only what the step matches{how}'
