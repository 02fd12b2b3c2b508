"""RR210 to RR215: the Services of a Rollout.

Source: Argo Rollouts, "Traffic management": the controller adds rollouts-pod-template-hash to the selectors of both
Services, and marks them with the annotation managed-by-rollouts.
"""

from collections.abc import Iterator
from typing import Final

from rollouts_router.core.backends import CORE_GROUP, SERVICE, Backend
from rollouts_router.core.routes import KubeObject, rules
from rollouts_router.core.untyped import integer, items, mapping, text
from rollouts_router.doctor.ailments import rollouts as ail
from rollouts_router.doctor.checks.rollouts import place_of
from rollouts_router.doctor.facts import Routing, Subject, Unread
from rollouts_router.findings.model import Finding, Place

_HASH: Final = "rollouts-pod-template-hash"
_FIELDS: Final = ("stableService", "canaryService")


def services(subject: Subject) -> Iterator[Finding]:
    """Whether the Services are there, and lead to the Rollout's pods."""
    routing = subject.routing
    for name, service in subject.services.items():
        place = Place(kind=SERVICE, namespace=subject.namespace, name=name)
        if isinstance(service, Unread):
            yield ail.UNREAD.at(place, service.why)
        elif service is None:
            yield ail.NO_SERVICE.at(place, f"{subject} names it, and it does not exist")
        elif isinstance(routing, Routing) and not isinstance(subject.manifest, Unread):
            yield from _selector(place, service, subject.manifest or {})
            yield from _ports(place, service, routing)


def sharing(subject: Subject) -> Iterator[Finding]:
    """Whether another Rollout uses them too."""
    if isinstance(subject.neighbours, Unread):
        yield ail.UNREAD.at(place_of(subject), f"Rollouts beside it: {subject.neighbours.why}")
        return
    for other in subject.neighbours:
        name = text(mapping(other.get("metadata")).get("name"))
        shared = services_of(other) & set(subject.services) if name != subject.name else set()
        both = " and ".join(sorted((subject.name, name)))  # the same words, whichever of them is looked at
        for service in sorted(shared):
            place = Place(kind=SERVICE, namespace=subject.namespace, name=service)
            yield ail.OTHERS_SERVICE.at(place, f"Rollouts {both} name it")


def _selector(place: Place, service: KubeObject, manifest: KubeObject) -> Iterator[Finding]:
    spec = mapping(manifest.get("spec"))
    selector = mapping(mapping(service.get("spec")).get("selector"))
    wanted = {key: value for key, value in selector.items() if key != _HASH}
    labels = mapping(mapping(mapping(spec.get("template")).get("metadata")).get("labels"))
    strangers = sorted(f"{key}={value}" for key, value in wanted.items() if labels.get(key) != value)
    if not selector:
        yield ail.NO_SELECTOR.at(place, "it has no selector")
    elif strangers and "workloadRef" not in spec:  # those of a Deployment are not in the Rollout
        yield ail.OTHER_PODS.at(
            place, f"its selector has {', '.join(strangers)}, and the Rollout's pods have not"
        )
    if selector and _HASH not in selector and mapping(manifest.get("status")).get("stableRS"):
        yield ail.NOT_NARROWED.at(place, f"its selector has no {_HASH}")


def _ports(place: Place, service: KubeObject, routing: Routing) -> Iterator[Finding]:
    backend = Backend(CORE_GROUP, SERVICE, place.namespace, place.name)
    there = {integer(mapping(each).get("port")) for each in items(mapping(service.get("spec")).get("ports"))}
    for entry in routing.own():
        for rule in rules(entry.route):
            asked = items(rule.object.get("backendRefs"))
            ports = {
                integer(mapping(asked[ref.index]).get("port")) for ref in rule.refs if ref.target == backend
            }
            for port in sorted(each for each in ports - there if each is not None):
                yield ail.NO_PORTS.at(
                    place, f"{entry.route.key}, rule {rule.index}, refers to its port {port}"
                )


def services_of(manifest: KubeObject) -> set[str]:
    """The names of the Services that a Rollout names."""
    canary = mapping(mapping(mapping(manifest.get("spec")).get("strategy")).get("canary"))
    pair = mapping(canary.get("pingPong"))
    names = [canary.get(each) for each in _FIELDS] + [pair.get("pingService"), pair.get("pongService")]
    return {text(each) for each in names} - {""}
