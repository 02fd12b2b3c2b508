"""RR401 to RR409: what scales a Rollout. Which ScaledObject drives it is decided in the core, as for the router."""

from collections.abc import Iterator, Mapping
from typing import Final

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.keda.advice import advice
from rollouts_router.core.keda.canary import in_canary
from rollouts_router.core.keda.config import WHOLE, Activation, KedaConfig, ScaleIn
from rollouts_router.core.keda.finding import find
from rollouts_router.core.keda.record import HOLD, Record, read_record
from rollouts_router.core.keda.scaled import FORCE_ACTIVATION, PAUSED_SCALE_IN, ScaledObject, scaled_object
from rollouts_router.core.keda.version import refusals
from rollouts_router.core.manifests import asked_weight
from rollouts_router.core.routes import KubeObject
from rollouts_router.core.untyped import items, mapping, text
from rollouts_router.doctor.ailments import scaling as ail
from rollouts_router.doctor.checks.rollouts import place_of
from rollouts_router.doctor.facts import Objects, Routing, Subject, Unread
from rollouts_router.findings.model import Finding, Place
from rollouts_router.settings import KedaMode

_KEYS: Final[Mapping[Activation | ScaleIn, str]] = {
    Activation.FORCE: FORCE_ACTIVATION,
    ScaleIn.HOLD: PAUSED_SCALE_IN,
}


def autoscalers(subject: Subject) -> Iterator[Finding]:
    """Whether one object drives the Rollout, and the right one."""
    routing, scalers = subject.routing, subject.autoscalers
    if not isinstance(routing, Routing):
        return
    place, config = place_of(subject), routing.config.keda
    for unread in (scalers.scaled, scalers.horizontal):
        if isinstance(unread, Unread):
            yield ail.UNREAD.at(place, unread.why)
    if scalers.scaled is None and config is not None:
        yield ail.NO_KEDA.at(place, "its block has keda, and the cluster serves no ScaledObjects")
    objects = _scaled(scalers.scaled)
    finding = find(routing.rollout, config or KedaConfig(), objects)
    if finding.trouble is not None and not finding.is_ambiguous:
        yield ail.WRONG_TARGET.at(place, finding.trouble.sentence)
    drivers = [*map(str, finding.targeting), *_horizontal(subject, finding.targeting)]
    if len(drivers) > 1:
        yield ail.AMBIGUOUS.at(place, f"it is driven by {' and '.join(drivers)}")


def keda(subject: Subject) -> Iterator[Finding]:
    """What the ScaledObject that drives it makes of a canary."""
    routing = subject.routing
    if not isinstance(routing, Routing):
        return
    config = routing.config.keda
    for scaled in find(
        routing.rollout, config or KedaConfig(), _scaled(subject.autoscalers.scaled)
    ).targeting:
        place = _place(scaled)
        if scaled.is_paused:
            yield ail.PAUSED.at(
                place, "an annotation autoscaling.keda.sh/paused, -replicas or -scale-out is on it"
            )
        if not scaled.min_replicas and not _minds_zero(config, subject.autoscalers.default):
            yield ail.TO_ZERO.at(
                place, f"its minReplicaCount is 0, and nothing is done about zero for {routing.rollout}"
            )
        yield from _too_old(place, scaled, subject, config)
        yield from _held(place, scaled, subject, routing)
        for sentence in advice(routing.rollout, scaled):
            yield ail.ADVICE.at(place, sentence.removeprefix(f"{scaled} "))


def _held(place: Place, scaled: ScaledObject, subject: Subject, routing: Routing) -> Iterator[Finding]:
    record = read_record(scaled)
    if isinstance(record, str):
        yield ail.BAD_RECORD.at(place, f"its annotation {HOLD}: {record}")
    elif isinstance(record, Record) and _is_over(subject, routing, record):
        yield ail.STRAY_HOLD.at(
            place, f"it is held for Rollout {record.rollout} since {record.at.isoformat()}"
        )


def _is_over(subject: Subject, routing: Routing, record: Record) -> bool:
    if isinstance(subject.manifest, Unread) or subject.manifest is None:
        return False
    try:
        weight = asked_weight(subject.manifest)
    except RoutingError:
        return False
    return record.rollout == subject.name and not in_canary(routing.rollout, weight)


def _too_old(
    place: Place, scaled: ScaledObject, subject: Subject, config: KedaConfig | None
) -> Iterator[Finding]:
    wanted = config or (WHOLE if subject.autoscalers.default is KedaMode.HOLD else None)
    version = subject.autoscalers.versions.get(scaled.hpa)
    if wanted is None or version is None:
        return
    keys = [_KEYS[each] for each in (wanted.activation, wanted.scale_in) if each in _KEYS]
    for told in refusals(scaled, keys, version).values():
        yield ail.TOO_OLD.at(place, told.sentence.removeprefix(f"{scaled}: "))


def _minds_zero(config: KedaConfig | None, default: KedaMode) -> bool:
    if config is None:
        return default is not KedaMode.OFF
    return config.activation is not Activation.OFF


def _scaled(seen: "Objects | Unread | None") -> list[ScaledObject]:
    return [] if seen is None or isinstance(seen, Unread) else [scaled_object(each) for each in seen]


def _horizontal(subject: Subject, scaled: tuple[ScaledObject, ...]) -> Iterator[str]:
    """HorizontalPodAutoscalers that target it, without those that KEDA has made."""
    made, seen = {each.hpa for each in scaled}, subject.autoscalers.horizontal
    for each in () if isinstance(seen, Unread) else seen:
        name = _name(each)
        target = mapping(mapping(each.get("spec")).get("scaleTargetRef"))
        ours = (text(target.get("kind")), text(target.get("name"))) == ("Rollout", subject.name)
        if ours and name not in made and not _is_of_keda(each):
            yield f"HorizontalPodAutoscaler {subject.namespace}/{name}"


def _is_of_keda(autoscaler: KubeObject) -> bool:
    owners = items(mapping(autoscaler.get("metadata")).get("ownerReferences"))
    return any(mapping(each).get("kind") == "ScaledObject" for each in owners)


def _name(item: KubeObject) -> str:
    return text(mapping(item.get("metadata")).get("name"))


def _place(scaled: ScaledObject) -> Place:
    return Place(kind="ScaledObject", namespace=scaled.namespace, name=scaled.name)
