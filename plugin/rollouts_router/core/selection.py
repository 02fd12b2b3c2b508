"""From all routes that were read to those that are written: who is ours, who is left out and why, what is an error."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from rollouts_router.core.config import BLOCK, PluginConfig
from rollouts_router.core.errors import NoRoutesError, RoutingError
from rollouts_router.core.model import Rollout
from rollouts_router.core.order import Order
from rollouts_router.core.plan import Planner, RoutePlan
from rollouts_router.core.routes import Route, RouteKey
from rollouts_router.core.standing import Standing

# The first sentence is matched on by users' runbooks and stays as the existing plugin words it.
_NO_ROUTES = (
    "No routes configured. At least one of 'httpRoutes', 'grpcRoutes', 'tcpRoutes', 'tlsRoutes',"
    " 'httpRoute', 'grpcRoute', 'tcpRoute' or 'tlsRoute' must be set"
)
_REASONS_SHOWN = 5  # an error text ends up in an Event of limited size


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRoute:
    """A route that was read, and how it came to be.

    Attributes:
        route: The route.
        field: The configuration field that names it; empty for a selected one.
        use_header_routes: Whether it takes header routes.
        rule_names: The only rules of it that count; empty: those of the configuration.
    """

    route: Route
    field: str = ""
    use_header_routes: bool = False
    rule_names: tuple[str, ...] = ()


def own_order(order: Order, entry: FoundRoute) -> Order:
    """The order for one route, narrowed to the rules that its own entry names."""
    return replace(order, rule_names=entry.rule_names or order.rule_names)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTask:
    """A route of ours: what to do with it, how to plan it anew, and whether its loss would be an error."""

    plan: RoutePlan
    planner: Planner
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The tasks for every route of ours, the plans of those left alone, and the routes that cannot be had."""

    tasks: tuple[RouteTask, ...]
    left_alone: tuple[RoutePlan, ...]
    missed: tuple[RoutingError, ...] = ()

    def plans(self) -> tuple[RoutePlan, ...]:
        """The plans of every route of ours."""
        return tuple(task.plan for task in self.tasks)

    def warnings(self) -> list[str]:
        """What somebody should look at: routes with half of what they need, and what the plans say."""
        halves = [plan for plan in self.left_alone if plan.standing is not Standing.NEITHER]
        return [*map(_left_alone, halves), *(text for task in self.tasks for text in task.plan.warnings)]

    def asides(self) -> list[str]:
        """What is as it should be: routes of other applications under the same label."""
        return [_left_alone(plan) for plan in self.left_alone if plan.standing is Standing.NEITHER]


def select(found: Sequence[FoundRoute], planner_for: Callable[[FoundRoute], Planner]) -> Selection:
    """Plan every route before the first is written.

    A route given by name must qualify. A selected one need not: teams put one label on the routes of all their
    applications, so one that holds neither backend is another application's.

    Args:
        found: What was read, of each kind the named ones first.
        planner_for: How each of them is planned.
    """
    tasks: list[RouteTask] = []
    left_alone: list[RoutePlan] = []
    missed: list[RoutingError] = []
    for entry in _unique(found):
        planner = planner_for(entry)
        try:
            plan = planner(entry.route)
        except RoutingError as error:
            error.route = str(entry.route.key)
            missed.append(error)
            continue
        if not plan.sentence:
            tasks.append(RouteTask(plan=plan, planner=planner, required=bool(entry.field)))
        elif entry.field:
            missed.append(_no_rule(entry, plan))
        else:
            left_alone.append(plan)
    return Selection(tasks=tuple(tasks), left_alone=tuple(left_alone), missed=tuple(missed))


def require_all(rollout: Rollout, selection: Selection) -> None:
    """Nothing is written while one route cannot be had.

    Raises:
        RoutingError: Each of the reasons.
    """
    reasons = list(dict.fromkeys(str(error) for error in selection.missed))
    if len(reasons) > 1:
        raise RoutingError(f"{rollout}: {'; '.join(_shown(reasons))}") from selection.missed[0]
    if reasons:
        raise selection.missed[0]


def require_routes(rollout: Rollout, config: PluginConfig, selection: Selection) -> None:
    """A weight needs a route to be written to.

    Raises:
        NoRoutesError: No route qualifies; the text says what was looked at and why each was left out.
    """
    if not selection.tasks:
        raise NoRoutesError(_nothing_found(rollout, config, selection.left_alone))


def _unique(found: Sequence[FoundRoute]) -> Iterable[FoundRoute]:
    """A route that is named and selected is one route, and counts as named: the named ones come first."""
    once: dict[RouteKey, FoundRoute] = {}
    for entry in found:
        once.setdefault(entry.route.key, entry)
    return once.values()


def _no_rule(entry: FoundRoute, plan: RoutePlan) -> RoutingError:
    key, field = entry.route.key, f"{BLOCK}.{entry.field}"
    text = f"{key.kind.no_rule}: {key}, named in {field}: {plan.sentence}"
    return RoutingError(text, field=field, route=str(key))


def _left_alone(plan: RoutePlan) -> str:
    return f"{plan.route.key} matches the selector and is left alone: {plan.sentence}"


def _nothing_found(rollout: Rollout, config: PluginConfig, left_alone: Sequence[RoutePlan]) -> str:
    selectors = [f"{source.kind.field}Selector" for source in config.sources if source.selector is not None]
    if left_alone:
        reasons = "; ".join(_shown([f"{plan.route.key}: {plan.sentence}" for plan in left_alone]))
        return (
            f"{rollout}: routes looked at in namespace {config.namespace} ({', '.join(selectors)}):"
            f" {len(left_alone)}, and none qualifies: {reasons}"
        )
    looked = f"no route in namespace {config.namespace} matches {', '.join(selectors)}" if selectors else ""
    hints = "; ".join(part for part in (looked, *config.hints) if part)
    return f"{_NO_ROUTES} ({rollout}: {hints or f'{BLOCK} names no route and has no selector'})"


def _shown(reasons: list[str]) -> list[str]:
    more = len(reasons) - _REASONS_SHOWN
    return [*reasons[:_REASONS_SHOWN], *([f"and {more} more"] if more > 0 else [])]
