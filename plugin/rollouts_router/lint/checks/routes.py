"""Routes of the files against the Rollouts that use them, judged as the router judges them in a cluster."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rollouts_router.core.claims import CLAIMS_ANNOTATION
from rollouts_router.core.config import NamedRoute, PluginConfig, RouteSource, parse_config
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.keda.record import HOLD
from rollouts_router.core.kinds import GROUP, KINDS, RouteKind
from rollouts_router.core.model import Rollout
from rollouts_router.core.order import Order, order_of
from rollouts_router.core.routes import Route, RouteKey
from rollouts_router.core.routes import rules as rules_of
from rollouts_router.core.standing import Standing, explain, standing
from rollouts_router.core.untyped import mapping
from rollouts_router.findings.model import Finding
from rollouts_router.lint.checks.decoded import NO_NAMESPACE, decode
from rollouts_router.lint.checks.plugin import BLOCK
from rollouts_router.lint.checks.selecting import selects
from rollouts_router.lint.manifests import ROLLOUTS, Given, Manifest
from rollouts_router.lint.rules import routes as rules

_LABEL = "rollouts.argoproj.io/gatewayapi-canary"
_FILLED_IN = ("group", "kind", "weight")


@dataclass(frozen=True, slots=True)
class Routed:
    """A Rollout whose block can be read, and what it is to its routes."""

    manifest: Manifest
    rollout: Rollout
    config: PluginConfig
    order: Order

    @property
    def namespace(self) -> str:
        """Where its routes are; empty when neither the block nor the Rollout says it."""
        is_said = self.manifest.namespace or self.config.namespace != NO_NAMESPACE
        return self.config.namespace if is_said else ""


def routed(given: Given) -> Iterator[Routed]:
    """Every Rollout that the router would work for."""
    for manifest in given.of("Rollout", ROLLOUTS):
        rollout = decode(manifest).rollout
        if rollout is None or manifest.get(*BLOCK) is None:
            continue
        try:
            config = parse_config(rollout)
            yield Routed(manifest, rollout, config, order_of(rollout, config))
        except RoutingError:
            continue  # told by the checks of the block and of the Services


def check_routes(given: Given) -> Iterator[Finding]:
    """Every Rollout with its routes, then what no route in a file should carry."""
    for each in routed(given):
        for source in each.config.sources:
            yield from _named(given, each, source)
            yield from _selected(given, each, source)
    for kind in KINDS:
        for manifest in given.of(kind.name, GROUP):
            yield from _marks(manifest)
    for manifest in given.of("ScaledObject"):
        if HOLD in manifest.annotations or HOLD in manifest.labels:
            yield manifest.finding(rules.OUR_MARKS, f"it carries {HOLD}", "metadata")


def _named(given: Given, each: Routed, source: RouteSource) -> Iterator[Finding]:
    for named in source.named:
        route = given.named(each.manifest, source.kind.name, named.name, GROUP, each.namespace)
        if route is None:
            yield from _missing(given, each, source.kind, named)
            continue
        order = replace(each.order, rule_names=named.rule_names or each.order.rule_names)
        stands = _standing(order, each, route, source.kind)
        if stands is Standing.OURS:
            yield from _defaults(order, each, route, source.kind)
        else:
            yield _no_rule(order, each, route, source.kind)


def _missing(given: Given, each: Routed, kind: RouteKind, named: NamedRoute) -> Iterator[Finding]:
    """Where no route was given at all, they are kept elsewhere."""
    names = [other.name for other in given.near(each.manifest, kind.name, GROUP, each.namespace)]
    if names:
        close = difflib.get_close_matches(named.name, names, n=1)
        guess = f'; did you mean "{close[0]}"?' if close else ""
        path = (*BLOCK, named.field.partition("[")[0])
        yield each.manifest.finding(
            rules.ROUTE_MISSING, f"{named.field}: {kind.name} {named.name}{guess}", *path
        )


def _selected(given: Given, each: Routed, source: RouteSource) -> Iterator[Finding]:
    if source.selector is None:
        return
    field = f"{source.kind.field}Selector"
    block = each.manifest.map(*BLOCK)
    key = next((key for key in block if key.casefold() == field.casefold()), field)
    beside = given.beside(each.manifest, source.kind.name, GROUP, each.namespace)
    selected = [route for route in beside if selects(mapping(block.get(key)), route.labels)]
    if beside and not selected:
        sentence = f"{field} matches none of {len(beside)} {source.kind.name}s"
        yield each.manifest.finding(rules.NOTHING_SELECTED, sentence, *BLOCK, key)
    standings = [(route, _standing(each.order, each, route, source.kind)) for route in selected]
    is_served = any(stands is Standing.OURS for _, stands in standings)
    for route, stands in standings:
        if stands is Standing.OURS:
            yield from _defaults(each.order, each, route, source.kind)
        elif stands is not Standing.NEITHER or not is_served:
            yield _no_rule(each.order, each, route, source.kind)


def _route(each: Routed, manifest: Manifest, kind: RouteKind) -> Route:
    namespace = (each.namespace and manifest.namespace) or each.config.namespace
    return Route(RouteKey(kind, namespace, manifest.name), manifest.fields)


def _standing(order: Order, each: Routed, manifest: Manifest, kind: RouteKind) -> Standing:
    return standing(order, _route(each, manifest, kind))


def _no_rule(order: Order, each: Routed, manifest: Manifest, kind: RouteKind) -> Finding:
    sentence = (
        f"for {each.manifest.kind} {each.manifest.name}: {explain(order, _route(each, manifest, kind))}"
    )
    return manifest.finding(rules.NO_RULE, sentence, "spec", "rules")


def _defaults(order: Order, each: Routed, manifest: Manifest, kind: RouteKind) -> Iterator[Finding]:
    """The first ref of the Rollout's that leaves something out; one is enough to see."""
    for rule in rules_of(_route(each, manifest, kind)):
        if not order.owns(rule):
            continue
        for ref in rule.refs:
            path = ("spec", "rules", rule.index, "backendRefs", ref.index)
            missing = [field for field in _FILLED_IN if field not in manifest.map(*path)]
            if missing:
                yield manifest.finding(
                    rules.DEFAULTS, f'the ref to "{ref.target.name}" has no {" and no ".join(missing)}', *path
                )
                return


def _marks(manifest: Manifest) -> Iterator[Finding]:
    if _LABEL in manifest.labels:
        yield manifest.finding(rules.OUR_MARKS, f"it has the label {_LABEL}", "metadata", "labels", _LABEL)
    if CLAIMS_ANNOTATION in manifest.annotations:
        path = ("metadata", "annotations", CLAIMS_ANNOTATION)
        yield manifest.finding(rules.OUR_MARKS, f"it has the annotation {CLAIMS_ANNOTATION}", *path)
