"""RR201 to RR208, RR220, RR221, RR231: a Rollout by itself: its configuration, its status, its steps."""

import json
from collections.abc import Iterator
from typing import Final

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.routes import KubeObject
from rollouts_router.core.untyped import integer, items, mapping, text
from rollouts_router.doctor.ailments import rollouts as ail
from rollouts_router.doctor.checks.rights import steps_of
from rollouts_router.doctor.facts import Routing, Subject, Unread
from rollouts_router.findings.model import Finding, Place

_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_NATIVE: Final = "gatewayAPI"
_MANAGED_STEPS: Final = ("setHeaderRoute", "setMirrorRoute")


def place_of(subject: Subject) -> Place:
    """Where findings about the Rollout itself are."""
    return Place(kind="Rollout", namespace=subject.namespace, name=subject.name)


def uses_plugin(manifest: KubeObject) -> bool:
    """Whether it names the plugin."""
    return PLUGIN_NAME in plugins_of(manifest)


def seems_to_use(manifest: KubeObject) -> bool:
    """Whether it names the plugin, or looks as if somebody had meant to: a like name, or the block that nobody knows."""
    names = (each.casefold() for each in plugins_of(manifest))
    similar = any("gatewayapi" in each.replace("-", "").replace("_", "") for each in names)
    return similar or _native(manifest)


def plugins_of(manifest: KubeObject) -> KubeObject:
    """Its blocks of plugins, by name."""
    return mapping(_routing_of(manifest).get("plugins"))


def existence(subject: Subject) -> Iterator[Finding]:
    """Whether it is there, and uses the plugin."""
    place, manifest = place_of(subject), subject.manifest
    if isinstance(manifest, Unread):
        yield ail.UNSEEN.at(place, manifest.why)
        return
    if manifest is None:
        yield ail.MISSING.at(place, f"there is none of this name in namespace {subject.namespace}")
        return
    if not uses_plugin(manifest):
        yield ail.NOT_OURS.at(place, _why_not(manifest))
    strangers = set(plugins_of(manifest)) - (subject.registered or set()) - {PLUGIN_NAME}
    for name in sorted(strangers) if subject.registered is not None else ():
        yield ail.OTHER_PLUGIN.at(
            place, f'trafficRouting.plugins has "{name}", which trafficRouterPlugins has not'
        )


def configuration(subject: Subject) -> Iterator[Finding]:
    """Whether the plugin's block can be used."""
    place, routing = place_of(subject), subject.routing
    if isinstance(routing, Unread):
        yield ail.UNREAD.at(place, routing.why)
    elif isinstance(routing, RoutingError):
        yield ail.UNUSABLE.at(place, str(routing).removeprefix(f"{subject}: "))


def status(subject: Subject) -> Iterator[Finding]:
    """What the controller says of it."""
    if isinstance(subject.manifest, Unread) or subject.manifest is None:
        return
    place, manifest = place_of(subject), subject.manifest
    said = mapping(manifest.get("status"))
    conditions = {text(mapping(each).get("type")): mapping(each) for each in items(said.get("conditions"))}
    invalid = conditions.get("InvalidSpec", {})
    if invalid.get("status") == "True":
        yield ail.REFUSED.at(place, text(invalid.get("message")))
    elif said.get("phase") == "Degraded":
        yield ail.DEGRADED.at(place, text(said.get("message")) or "its phase is Degraded")
    generation = integer(mapping(manifest.get("metadata")).get("generation"))
    observed = text(said.get("observedGeneration"))  # the controller writes a text
    if generation is not None and observed != str(generation):
        yield ail.NOT_SEEN.at(
            place, f"it is at generation {generation}, and the controller at {observed or 'none'}"
        )


def steps(subject: Subject) -> Iterator[Finding]:
    """Whether its steps can have their effect."""
    routing = subject.routing
    if isinstance(subject.manifest, Unread) or subject.manifest is None or not isinstance(routing, Routing):
        return
    place = place_of(subject)
    managed = [
        (kind, mapping(step[kind]))
        for step in steps_of(subject.manifest)
        for kind in _MANAGED_STEPS
        if kind in step
    ]
    own = routing.own()
    takers = [each for each in own if each.use_header_routes and each.route.key.kind.managed_rules]
    kinds = sorted({kind for kind, step in managed if step.get("match")})
    if kinds and own and not takers:
        yield ail.NO_EFFECT.at(place, f"of its {len(own)} routes none takes {' or '.join(kinds)}")


def replicas(subject: Subject) -> Iterator[Finding]:
    """Whether there is anything that a canary could be compared with."""
    if isinstance(subject.routing, Routing) and subject.routing.rollout.replicas == 0:
        yield ail.AT_ZERO.at(place_of(subject), "spec.replicas is 0")


def _why_not(manifest: KubeObject) -> str:
    names = ", ".join(f'"{each}"' for each in plugins_of(manifest))
    if names:
        return f"trafficRouting.plugins has {names}"
    if _native(manifest):
        return f"it was written with trafficRouting.{_NATIVE}, which is no field of a Rollout"
    return "trafficRouting.plugins has no entry"


def _native(manifest: KubeObject) -> bool:
    """The API server prunes the field, so most often only the annotation of kubectl apply still has it."""
    applied = text(mapping(mapping(manifest.get("metadata")).get("annotations")).get(_APPLIED))
    try:
        before = json.loads(applied) if applied else {}
    except (ValueError, RecursionError):
        before = {}
    return any(_NATIVE in _routing_of(each) for each in (manifest, mapping(before)))


def _routing_of(manifest: KubeObject) -> KubeObject:
    canary = mapping(mapping(mapping(manifest.get("spec")).get("strategy")).get("canary"))
    return mapping(canary.get("trafficRouting"))
