"""What a route shows of a Rollout: the weights in its rules, and what its status says of its parents.

Values for who wants to look, in the order of the route. Whether that is as it should be is `verify`'s business.
"""

import enum
from dataclasses import dataclass

from rollouts_router.core.backends import Backend
from rollouts_router.core.order import Order
from rollouts_router.core.parents import Parent, described_parents
from rollouts_router.core.plan import Planner, RoutePlan
from rollouts_router.core.routes import Route, RouteKey, Rule, rules
from rollouts_router.core.standing import Standing, explain, standing_by
from rollouts_router.core.untyped import integer


class Role(enum.Enum):
    """The part that a backend plays for a Rollout."""

    STABLE = "stable"
    CANARY = "canary"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class BackendWeight:
    """What one ref of a rule carries."""

    backend: Backend
    role: Role
    weight: int


@dataclass(frozen=True, slots=True)
class RuleWeights:
    """What one rule carries: its place in `spec.rules`, its name (empty when it has none), and its refs."""

    index: int
    name: str
    backends: tuple[BackendWeight, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A route at one moment.

    Attributes:
        key: Which route.
        generation: `metadata.generation`; 0 when it has none.
        rules: The rules of the Rollout.
        parents: Those that it names.
    """

    key: RouteKey
    generation: int
    rules: tuple[RuleWeights, ...]
    parents: tuple[Parent, ...]


def observe(order: Order, route: Route) -> Observation:
    """What a route shows of the Rollout of this order."""
    return Observation(
        key=route.key,
        generation=integer(route.metadata.get("generation")) or 0,
        rules=tuple(_carried(order, rule) for rule in rules(route) if order.owns(rule)),
        parents=described_parents(route),
    )


def look_planner(order: Order) -> Planner:
    """Plans nothing: whether a route is the Rollout's, which carries whatever it carries."""

    def plan(route: Route) -> RoutePlan:
        stands = standing_by(order, rules(route))
        sentence = "" if stands is Standing.OURS else explain(order, route)
        return RoutePlan(route=route, standing=stands, sentence=sentence, carries_weights=not sentence)

    return plan


def _carried(order: Order, rule: Rule) -> RuleWeights:
    refs = (BackendWeight(ref.target, _role(order, ref.target), ref.weight) for ref in rule.refs)
    return RuleWeights(rule.index, rule.name, tuple(refs))


def _role(order: Order, backend: Backend) -> Role:
    roles = {order.backends.stable: Role.STABLE, order.backends.canary: Role.CANARY}
    return roles.get(backend, Role.OTHER)
