"""The steps of a canary one by one, and what their strategy mixes. Source: Argo Rollouts 1.10, its validation."""

import difflib
from collections.abc import Iterator
from typing import Final

from rollouts_router.core.untyped import integer, mapping
from rollouts_router.findings.model import Finding
from rollouts_router.lint.checks.strategy import BLUE_GREEN, CANARY, ROUTING, Canary, Step, canaries
from rollouts_router.lint.manifests import ROLLOUTS, Given, Manifest
from rollouts_router.lint.rules import steps as rules

_ACTIONS: Final = (
    "setWeight",
    "pause",
    "analysis",
    "experiment",
    "setCanaryScale",
    "setHeaderRoute",
    "setMirrorRoute",
    "plugin",
)
_ALONE: Final = ("setWeight", "pause", "analysis", "experiment")
"""Those that the controller refuses to find together; others go with each other."""

_OF_CANARIES: Final = ("trafficRouting", "steps", "canaryService", "stableService", "maxTrafficWeight")
_MATCHED: Final = ("exact", "prefix", "regex")


def check_steps(given: Given) -> Iterator[Finding]:
    """Every Rollout."""
    for rollout in given.of("Rollout", ROLLOUTS):
        yield from _strategies(rollout)
    for canary in canaries(given):
        yield from _dynamic_stable(canary)
        for step in canary.steps:
            yield from _form(canary, step)
            yield from _weight(canary, step)
            yield from _managed(canary, step)


def _strategies(rollout: Manifest) -> Iterator[Finding]:
    if rollout.get(*BLUE_GREEN) is None:
        return
    if rollout.get(*CANARY) is not None:
        yield rollout.finding(rules.STRATEGIES, "spec.strategy has both blueGreen and canary", *CANARY)
    for field in _OF_CANARIES:
        if rollout.get(*BLUE_GREEN, field) is not None:
            yield rollout.finding(rules.STRATEGIES, f"blueGreen has no {field}", *BLUE_GREEN, field)


def _form(canary: Canary, step: Step) -> Iterator[Finding]:
    unknown = [field for field in step.fields if field not in _ACTIONS]
    for field in unknown:
        close = difflib.get_close_matches(field, _ACTIONS, n=1)
        guess = f'; did you mean "{close[0]}"?' if close else ""
        sentence = f'{step.shown} has "{field}", which no step has{guess}'
        yield canary.rollout.finding(rules.STEP_FORM, sentence, *step.path, field)
    alone = [field for field in step.fields if field in _ALONE]
    if len(alone) > 1:
        yield canary.rollout.finding(rules.STEP_FORM, f"{step.shown} says {' and '.join(alone)}", *step.path)
    elif not step.fields:
        yield canary.rollout.finding(rules.STEP_FORM, f"{step.shown} says nothing", *step.path)


def _weight(canary: Canary, step: Step) -> Iterator[Finding]:
    if step.weight is not None and not 0 <= step.weight <= canary.max_weight:
        sentence = f"{step.shown} sets weight {step.weight} of 0 to {canary.max_weight}"
        yield canary.rollout.finding(rules.OUT_OF_RANGE, sentence, *step.path, "setWeight")


def _managed(canary: Canary, step: Step) -> Iterator[Finding]:
    if not step.managed:
        return
    if step.route not in canary.managed_routes:
        known = ", ".join(canary.managed_routes) or "nothing"
        sentence = f'{step.shown} is about route "{step.route}", managedRoutes has {known}'
        yield canary.rollout.finding(rules.NOT_MANAGED, sentence, *step.path, step.managed)
    for at, match in enumerate(step.matches):
        fields = mapping(match)
        values = ("headerValue",) if step.managed == "setHeaderRoute" else ("method", "path")
        for field in values:
            if field in fields or field == "headerValue":
                yield from _match(canary, step, at, field)


def _match(canary: Canary, step: Step, at: int, field: str) -> Iterator[Finding]:
    path = (*step.path, step.managed, "match", at, field)
    given = [each for each in _MATCHED if canary.rollout.get(*path, each)]
    if len(given) != 1:
        sentence = f"{step.shown}: {field} of match {at + 1} has {' and '.join(given) or 'none of them'}"
        yield canary.rollout.finding(rules.MATCH_FORM, sentence, *path)


def _dynamic_stable(canary: Canary) -> Iterator[Finding]:
    rollout = canary.rollout
    if rollout.get(*CANARY, "dynamicStableScale") is not True:
        return
    at = (*CANARY, "dynamicStableScale")
    if not canary.has_routing:
        yield rollout.finding(rules.DYNAMIC_STABLE, "dynamicStableScale is set without trafficRouting", *at)
    elif rollout.get(*CANARY, "scaleDownDelaySeconds") is not None:
        yield rollout.finding(
            rules.DYNAMIC_STABLE, "dynamicStableScale is set with scaleDownDelaySeconds", *at
        )
    for step in canary.steps:
        if any(integer((step.scale or {}).get(field)) is not None for field in ("replicas", "weight")):
            sentence = f"dynamicStableScale is set, and {step.shown} fixes the scale of the canary"
            yield rollout.finding(rules.DYNAMIC_STABLE, sentence, *step.path, "setCanaryScale")


def check_order(given: Given) -> Iterator[Finding]:
    """Every canary whose traffic is routed: what its steps come to, one after the other."""
    for canary in canaries(given):
        if canary.has_routing:
            yield from _weights(canary)
            yield from _pods(canary)


def _weights(canary: Canary) -> Iterator[Finding]:
    """The weights in their order; a step at the full weight ends them."""
    rollout, weighing = canary.rollout, [step for step in canary.steps if step.weight]
    if not weighing:
        at = (*CANARY, "steps") if canary.steps else ROUTING
        told = "no step has a setWeight above 0" if canary.steps else "there are no steps"
        yield rollout.finding(rules.NO_WEIGHT, told, *at)
    last, full, held = 0, "", True
    for step in canary.steps:
        if full and (step.weight is not None or (step.managed and step.matches)):
            sentence = f"{step.shown} comes after {full}, which gives the canary everything"
            yield rollout.finding(rules.AFTER_ALL, sentence, *step.path)
        elif step.weight is not None and step.weight < last:
            sentence = f"{step.shown} sets weight {step.weight} after {last}"
            yield rollout.finding(rules.GOES_DOWN, sentence, *step.path, "setWeight")
        elif step.weight and not held:
            sentence = f"{step.shown} sets weight {step.weight} right after {last}"
            yield rollout.finding(rules.NO_HOLD, sentence, *step.path, "setWeight")
        held = step.holds or (held and not step.weight)
        if step.weight is not None:
            last = step.weight
            full = full or (step.shown if step.weight >= canary.max_weight else "")


def _pods(canary: Canary) -> Iterator[Finding]:
    """Whether the canary has pods while managed routes send requests to it.

    Source: Argo Rollouts 1.10. Its pods follow the weight until a setCanaryScale fixes them, and again from
    matchTrafficWeight on; with none available, managed routes are removed, and only their own step puts them in.
    """
    weight, fixed = 0, None
    routes: dict[str, str] = {}
    for step in canary.steps:
        before = weight if fixed is None else fixed
        weight = weight if step.weight is None else step.weight
        fixed = _fixed(step, fixed)
        pods = weight if fixed is None else fixed
        if before and not pods and routes:
            told = " and ".join(f'"{name}" of {where}' for name, where in routes.items())
            sentence = f"after {step.shown} the canary has no pod, and route {told} is taken out"
            yield canary.rollout.finding(rules.LOSES_PODS, sentence, *step.path)
            routes = {}
        if step.managed and step.matches and not pods:
            sentence = f'{step.shown} puts in route "{step.route}" while the canary has no pod'
            yield canary.rollout.finding(rules.NO_PODS_YET, sentence, *step.path, step.managed)
        elif step.managed:
            routes = {name: where for name, where in routes.items() if name != step.route}
            routes |= {step.route: step.shown} if step.matches else {}


def _fixed(step: Step, fixed: int | None) -> int | None:
    """The scale that the canary is kept at by now; None while it follows the weight."""
    if step.scale is None:
        return fixed
    if step.scale.get("matchTrafficWeight") is True:
        return None
    found = (integer(step.scale.get(field)) for field in ("replicas", "weight"))
    return next((each for each in found if each is not None), fixed)
