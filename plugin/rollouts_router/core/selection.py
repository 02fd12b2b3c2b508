"""From all routes that were read to those that are written: who is ours, who is left out and why, what is an error."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rollouts_router.core.config import BLOCK, PluginConfig
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.model import Rollout
from rollouts_router.core.plan import RoutePlan, Standing, WeightOrder, explain, plan_route
from rollouts_router.core.routes import Route, RouteKey

# The first sentence is matched on by users' runbooks and stays as the existing plugin words it.
_NO_ROUTES = (
    "No routes configured. At least one of 'httpRoutes', 'grpcRoutes', 'tcpRoutes', 'tlsRoutes',"
    " 'httpRoute', 'grpcRoute', 'tcpRoute' or 'tlsRoute' must be set"
)
_REASONS_SHOWN = 5  # an error text ends up in an Event of limited size


@dataclass(frozen=True, slots=True)
class FoundRoute:
    """A route that was read. `field` is the configuration field that names it, empty for a selected one."""

    route: Route
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The plans for every route of ours; sentences on the others: `warnings` want attention, `asides` do not.

    `missed` are errors: named routes that do not qualify, at a weight of 0.
    """

    plans: tuple[RoutePlan, ...]
    warnings: tuple[str, ...]
    asides: tuple[str, ...]
    missed: tuple[str, ...] = ()


def select(
    rollout: Rollout, config: PluginConfig, order: WeightOrder, found: Sequence[FoundRoute]
) -> Selection:
    """Plan every route before the first is written.

    A route given by name must qualify. A selected one need not: teams put one label on the routes of all their
    applications, so one that holds neither Service is another application's.

    To take all traffic from the canary is urgent, so at a weight of 0 one route does not keep the others back.

    Args:
        rollout: Whose routes.
        config: What names and selects them.
        order: What is wanted of them.
        found: What was read, of each kind the named ones first.

    Raises:
        RoutingError: A named route does not qualify, at a weight above 0; or no route at all does.
    """
    plans = [(entry, plan_route(order, entry.route)) for entry in _unique(found)]
    missed = [_no_rule(order, entry, plan) for entry, plan in plans if entry.field and not _is_ours(plan)]
    ours = tuple(plan for _, plan in plans if _is_ours(plan))
    if missed and (order.split.canary or not ours):
        raise RoutingError(f"{rollout}: {'; '.join(_shown(missed))}" if len(missed) > 1 else missed[0])
    left_out = [plan for entry, plan in plans if not _is_ours(plan) and not entry.field]
    if not ours:
        raise RoutingError(_nothing_found(rollout, config, order, left_out))
    return Selection(
        plans=ours,
        warnings=tuple(
            _left_alone(order, plan) for plan in left_out if plan.standing is not Standing.NEITHER
        ),
        asides=tuple(_left_alone(order, plan) for plan in left_out if plan.standing is Standing.NEITHER),
        missed=tuple(missed),
    )


def _is_ours(plan: RoutePlan) -> bool:
    return plan.standing is Standing.OURS


def _unique(found: Sequence[FoundRoute]) -> Iterable[FoundRoute]:
    """A route that is named and selected is one route, and counts as named: the named ones come first."""
    once: dict[RouteKey, FoundRoute] = {}
    for entry in found:
        once.setdefault(entry.route.key, entry)
    return once.values()


def _no_rule(order: WeightOrder, entry: FoundRoute, plan: RoutePlan) -> str:
    key = entry.route.key
    return f"{key.kind.no_rule}: {key}, named in {BLOCK}.{entry.field}: {explain(order, plan)}"


def _left_alone(order: WeightOrder, plan: RoutePlan) -> str:
    return f"{plan.route.key} matches the selector and is left alone: {explain(order, plan)}"


def _nothing_found(
    rollout: Rollout, config: PluginConfig, order: WeightOrder, left_out: list[RoutePlan]
) -> str:
    selectors = [f"{source.kind.field}Selector" for source in config.sources if source.selector is not None]
    if left_out:
        reasons = "; ".join(_shown([f"{plan.route.key}: {explain(order, plan)}" for plan in left_out]))
        return (
            f"{rollout}: routes looked at in namespace {config.namespace} ({', '.join(selectors)}):"
            f" {len(left_out)}, and none qualifies: {reasons}"
        )
    looked = f"no route in namespace {config.namespace} matches {', '.join(selectors)}" if selectors else ""
    hints = "; ".join(part for part in (looked, *config.hints) if part)
    return f"{_NO_ROUTES} ({rollout}: {hints or f'{BLOCK} names no route and has no selector'})"


def _shown(reasons: list[str]) -> list[str]:
    more = len(reasons) - _REASONS_SHOWN
    return [*reasons[:_REASONS_SHOWN], *([f"and {more} more"] if more > 0 else [])]
