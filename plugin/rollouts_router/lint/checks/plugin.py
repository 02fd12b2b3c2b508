"""The plugin's block of a Rollout, and whether it is found at all."""

import difflib
from collections.abc import Iterator
from typing import Final

from rollouts_router.core.config import PLUGIN_NAME, PluginConfig, RouteSource
from rollouts_router.findings.model import Finding
from rollouts_router.lint.checks.decoded import configure, decode
from rollouts_router.lint.checks.strategy import ROUTING, Canary, canaries
from rollouts_router.lint.documents import Step
from rollouts_router.lint.manifests import ROLLOUTS, Given, Manifest
from rollouts_router.lint.rules import plugin as rules
from rollouts_router.lint.rules.reading import WRONG_TYPE

_ROUTERS: Final = (
    "alb",
    "ambassador",
    "apisix",
    "appMesh",
    "istio",
    "managedRoutes",
    "maxTrafficWeight",
    "nginx",
    "plugins",
    "smi",
    "traefik",
)
"""Fields of trafficRouting. Source: v1alpha1.RolloutTrafficRouting, Argo Rollouts 1.10."""

PLUGINS: Final = (*ROUTING, "plugins")
BLOCK: Final = (*PLUGINS, PLUGIN_NAME)


def check_plugin(given: Given) -> Iterator[Finding]:
    """Every Rollout with traffic routing."""
    for canary in canaries(given):
        yield from _routers(canary.rollout)
        yield from _names(canary.rollout)
    for rollout in given.of("Rollout", ROLLOUTS):
        yield from _decoded(rollout)


def _routers(rollout: Manifest) -> Iterator[Finding]:
    for field in rollout.map(*ROUTING):
        if field not in _ROUTERS:
            close = difflib.get_close_matches(field, _ROUTERS, n=1)
            guess = f'; did you mean "{close[0]}"?' if close else ""
            yield rollout.finding(
                rules.UNKNOWN_ROUTER, f'trafficRouting has no "{field}"{guess}', *ROUTING, field
            )


def _names(rollout: Manifest) -> Iterator[Finding]:
    plugins = rollout.map(*PLUGINS)
    for name in plugins:
        if name != PLUGIN_NAME and _means_ours(name):
            yield rollout.finding(rules.PLUGIN_NAME_WRONG, f'the plugin is called "{name}"', *PLUGINS, name)


def _means_ours(name: str) -> bool:
    folded = name.casefold()
    return "gatewayapi" in folded.replace("-", "") or bool(
        difflib.get_close_matches(folded, [PLUGIN_NAME.casefold()], cutoff=0.8)
    )


def _decoded(manifest: Manifest) -> Iterator[Finding]:
    decoded = decode(manifest)
    if decoded.rollout is None:
        yield manifest.finding(WRONG_TYPE, decoded.flaw, *_path(decoded.flaw.partition(" ")[0]))
        return
    if manifest.get(*BLOCK) is None:
        return
    configured = configure(decoded.rollout)
    config = configured.config
    if config is None:
        at = configured.field.rpartition(f'["{PLUGIN_NAME}"]')[2]
        yield manifest.finding(rules.WRONG_VALUE, configured.flaw, *BLOCK, *_path(at))
        return
    for hint in config.hints:
        yield manifest.finding(rules.UNKNOWN_KEY, hint, *BLOCK)
    yield from _sources(manifest, config)
    yield from _takers(Canary(manifest), config)


def _path(field: str) -> list[Step]:
    """A field as errors name it, `a.b[0].c`, as a path."""
    parts = field.replace("[", ".").replace("]", "").split(".")
    return [int(part) if part.isdecimal() else part for part in parts if part]


def _sources(manifest: Manifest, config: PluginConfig) -> Iterator[Finding]:
    if not config.sources:
        yield manifest.finding(rules.NO_ROUTES, "it names no route and has no selector", *BLOCK)
    for source in config.sources:
        field = f"{source.kind.field}Selector"
        if source.selector is not None and source.named:
            names = ", ".join(each.name for each in source.named)
            yield manifest.finding(rules.NAME_AND_SELECTOR, f"{field} stands beside {names}", *BLOCK, field)
        if source.selector is not None and not source.selector.query:
            yield manifest.finding(rules.EMPTY_SELECTOR, f"{field} is empty", *BLOCK, field)


def _takers(canary: Canary, config: PluginConfig) -> Iterator[Finding]:
    """Whether any route takes the header and mirror steps, as the router asks at such a step."""
    steps = [step for step in canary.steps if step.managed and step.matches]
    if not steps or not config.sources:
        return
    step = steps[0]
    sources = [source for source in config.sources if source.kind.managed_rules]
    if not sources:
        kinds = " and ".join(source.kind.name for source in config.sources)
        sentence = f"{step.shown} is a {step.managed}, and the Rollout has {kinds} only"
        yield canary.rollout.finding(rules.NOT_LOOKED_INTO, sentence, *step.path, step.managed)
    elif not any(map(_takes, sources)):
        sentence = f"{step.shown} is a {step.managed}, and useHeaderRoutes is nowhere true"
        yield canary.rollout.finding(rules.NO_HEADER_ROUTES, sentence, *step.path, step.managed)


def _takes(source: RouteSource) -> bool:
    named = any(route.use_header_routes for route in source.named)
    return named or (source.selector is not None and source.selector.use_header_routes)
