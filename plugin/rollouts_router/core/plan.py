"""What one route needs to carry a weight: a patch, or why the route is not this Rollout's business.

A rule is ours when it holds both the stable and the canary Service. Refs of ours in it get their weight; every
other ref, rule and field is left as it is. Reading and writing routes is the router's business.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.labels import Label
from rollouts_router.core.model import Services
from rollouts_router.core.patch import Operation, Patch, pointer
from rollouts_router.core.routes import BackendRef, Route, Rule, is_managed_name, rules
from rollouts_router.core.weights import Split

_NOTHING: Final = Patch()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightOrder:
    """What a Rollout wants of every route of its own.

    Attributes:
        namespace: Namespace of its Services.
        services: Its Services of this moment.
        split: The weights they are to have.
        managed_routes: Names of managed routes; rules of these are never weighed.
        label: The label a route carries while the canary takes a share; None when it is switched off.
    """

    namespace: str
    services: Services
    split: Split
    managed_routes: tuple[str, ...]
    label: Label | None


class Standing(enum.Enum):
    """How a route stands to a Rollout. The value completes the sentence "it …"."""

    OURS = "has a rule with both"
    APART = "has them only in different rules; put both into the same rule"
    ONLY_STABLE = "has only the stable one; add the canary one to the same rule"
    ONLY_CANARY = "has only the canary one; add the stable one to the same rule"
    NEITHER = "has neither"


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """What is to be done with a route. Only a route of ours has anything in its patch, or carries the weights."""

    route: Route
    standing: Standing
    patch: Patch = _NOTHING
    carries_weights: bool = False


def plan_route(order: WeightOrder, route: Route) -> RoutePlan:
    """Compare a route with what is wanted of it.

    Raises:
        RoutingError: The object is none that can be written safely.
    """
    found = tuple(rule for rule in rules(route) if not is_managed_name(rule.name, order.managed_routes))
    standing = _standing(order, found)
    if standing is not Standing.OURS:
        return RoutePlan(route, standing)
    differing = [
        (ref, weight) for rule in found for ref, weight in _weighed(order, rule) if ref.weight != weight
    ]
    return RoutePlan(route, standing, _patch(order, route, differing), carries_weights=not differing)


def explain(order: WeightOrder, plan: RoutePlan) -> str:
    """In one sentence, why a route that is not ours was left alone."""
    services = order.services
    text = (
        f'of the Services "{services.stable}" (stable) and "{services.canary}" (canary)'
        f" in namespace {order.namespace} it {plan.standing.value}"
    )
    return "; ".join((text, *_remarks(order, plan.route)))


def _standing(order: WeightOrder, found: tuple[Rule, ...]) -> Standing:
    both = {order.services.stable, order.services.canary}
    held = [_held(order, rule) for rule in found]
    if any(both <= names for names in held):
        return Standing.OURS
    anywhere = both & set().union(*held)
    if anywhere == both:
        return Standing.APART
    if anywhere:
        return Standing.ONLY_STABLE if order.services.stable in anywhere else Standing.ONLY_CANARY
    return Standing.NEITHER


def _held(order: WeightOrder, rule: Rule) -> set[str]:
    """Names of all Services of the Rollout's namespace that a rule refers to."""
    return {ref.name for ref in rule.refs if _is_local(order, ref)}


def _is_local(order: WeightOrder, ref: BackendRef) -> bool:
    return ref.is_service and ref.namespace == order.namespace


def _remarks(order: WeightOrder, route: Route) -> Iterator[str]:
    """What may be taken for a rule of ours and is none."""
    strangers = sorted({str(ref) for ref in _near_misses(order, route)})
    if strangers:
        yield f"it refers to {', '.join(strangers)}, which is not the same"
    managed = [rule.name for rule in rules(route) if is_managed_name(rule.name, order.managed_routes)]
    if managed:
        yield f"its rules {', '.join(managed)} are named like managed routes and are never weighed"


def _near_misses(order: WeightOrder, route: Route) -> Iterator[BackendRef]:
    """Refs that have the name of one of the Services and are another object."""
    names = {order.services.stable, order.services.canary}
    for rule in rules(route):
        for ref in rule.refs:
            if ref.name in names and not _is_local(order, ref):
                yield ref


def _patch(order: WeightOrder, route: Route, refs: list[tuple[BackendRef, int]]) -> Patch:
    label_guards, label_changes = _label_steps(order, route)
    changes = (*(_weight_step(ref, weight) for ref, weight in refs), *label_changes)
    if not changes:
        return _NOTHING
    names = (Operation("test", _ref_pointer(ref, "name"), ref.name) for ref, _ in refs)
    return Patch(guards=(*_identity(route), *label_guards, *names), changes=changes)


def _weighed(order: WeightOrder, rule: Rule) -> Iterator[tuple[BackendRef, int]]:
    wanted = {order.services.canary: order.split.canary, order.services.stable: order.split.stable}
    if wanted.keys() <= _held(order, rule):
        for ref in rule.refs:
            if ref.name in wanted and _is_local(order, ref):
                yield ref, wanted[ref.name]


def _weight_step(ref: BackendRef, weight: int) -> Operation:
    return Operation("replace" if ref.has_weight else "add", _ref_pointer(ref, "weight"), weight)


def _ref_pointer(ref: BackendRef, field: str) -> str:
    # Written out: a thousand routes need many thousands of these, and nothing in them has to be escaped.
    return f"/spec/rules/{ref.rule}/backendRefs/{ref.index}/{field}"


def _identity(route: Route) -> tuple[Operation, ...]:
    """Guards that hold exactly while nobody has replaced the route or changed its spec.

    The generation rises with the spec only, so the status writes of a gateway do not disturb.
    """
    return _unchanged(route, "uid", str), _unchanged(route, "generation", int)


def _unchanged(route: Route, field: str, kind: type[str | int]) -> Operation:
    value = route.metadata.get(field)
    if type(value) is not kind:
        raise RoutingError(
            f"{route.key}: the API returned it without metadata.{field}, and without that it cannot be changed"
            " safely; is this a Kubernetes API server?"
        )
    return Operation("test", pointer("metadata", field), value)


def _label_steps(order: WeightOrder, route: Route) -> tuple[tuple[Operation, ...], tuple[Operation, ...]]:
    """Guards and changes that set the in-progress label while the canary has a share, and drop it at 0."""
    label = order.label
    if label is None:
        return (), ()
    labels = route.labels
    path = pointer("metadata", "labels", label.key)
    if order.split.canary == 0:
        return (), (Operation("remove", path),) if label.key in (labels or {}) else ()
    if labels is None:
        # Adding the whole map would drop labels that somebody adds meanwhile, and those do not raise the
        # generation; so this rare patch, for a route without any label, is tied to the resourceVersion.
        whole = Operation("add", pointer("metadata", "labels"), {label.key: label.value})
        return (_unchanged(route, "resourceVersion", str),), (whole,)
    return (), () if labels.get(label.key) == label.value else (Operation("add", path, label.value),)
