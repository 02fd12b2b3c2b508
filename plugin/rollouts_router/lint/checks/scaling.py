"""What scales a Rollout, and what guards its pods. Source: docs/keda.md."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rollouts_router.core.keda.advice import advice
from rollouts_router.core.keda.config import Activation
from rollouts_router.core.keda.scaled import scaled_object
from rollouts_router.core.untyped import integer, text
from rollouts_router.findings.model import Finding
from rollouts_router.lint.checks.decoded import configure, decode
from rollouts_router.lint.checks.plugin import BLOCK
from rollouts_router.lint.manifests import ROLLOUTS, Given, Manifest
from rollouts_router.lint.rules import scaling as rules

_HPA: Final = "HorizontalPodAutoscaler"
_SCALED: Final = "ScaledObject"
_TARGET: Final = ("spec", "scaleTargetRef")


@dataclass(frozen=True, slots=True)
class Scaler:
    """An autoscaler, and the least number of pods that it leaves."""

    manifest: Manifest
    least: int

    def __str__(self) -> str:
        """As people call it."""
        return f"{self.manifest.kind} {self.manifest.name}"


def scalers(given: Given) -> Iterator[Scaler]:
    """Every autoscaler."""
    for manifest in given.of(_SCALED, "keda.sh"):
        yield Scaler(manifest, integer(manifest.get("spec", "minReplicaCount")) or 0)
    for manifest in given.of(_HPA, "autoscaling"):
        least = integer(manifest.get("spec", "minReplicas"))
        yield Scaler(manifest, 1 if least is None else least)


def driven(given: Given, scaler: Scaler) -> Manifest | None:
    """The Rollout that an autoscaler drives."""
    group, kind, name = _target(scaler.manifest)
    return (
        given.named(scaler.manifest, "Rollout", name, ROLLOUTS)
        if (group, kind) == (ROLLOUTS, "Rollout")
        else None
    )


def check_scaling(given: Given) -> Iterator[Finding]:
    """Every autoscaler against the Rollouts."""
    drivers: dict[int, Scaler] = {}
    for scaler in scalers(given):
        yield from _aim(given, scaler)
        rollout = driven(given, scaler)
        if rollout is None:
            continue
        first = drivers.setdefault(id(rollout), scaler)
        if first is not scaler:
            sentence = f"Rollout {rollout.name} is driven by {first} and by {scaler}"
            yield scaler.manifest.finding(rules.SCALED_TWICE, sentence, *_TARGET)
        if rollout.get("spec", "replicas") is not None:
            sentence = f"spec.replicas is {rollout.get('spec', 'replicas')}, and {scaler} sets it"
            yield rollout.finding(rules.REPLICAS_TOO, sentence, "spec", "replicas")
        if scaler.manifest.kind == _SCALED:
            yield from _keda(rollout, scaler)


def _target(manifest: Manifest) -> tuple[str, str, str]:
    """API group, kind and name of what is scaled, with KEDA's defaults."""
    target = manifest.map(*_TARGET)
    group = (text(target.get("apiVersion")) or "apps/v1").partition("/")[0]
    return group, text(target.get("kind")) or "Deployment", text(target.get("name"))


def _aim(given: Given, scaler: Scaler) -> Iterator[Finding]:
    manifest = scaler.manifest
    group, kind, name = _target(manifest)
    rollouts = given.beside(manifest, "Rollout", ROLLOUTS)
    named = given.named(manifest, "Rollout", name, ROLLOUTS)
    if kind == "Rollout" and group != ROLLOUTS:
        told = manifest.get(*_TARGET, "apiVersion") or "not given"
        yield manifest.finding(rules.TARGET_FORM, f"kind is Rollout and apiVersion is {told}", *_TARGET)
    elif kind == "Rollout" and named is None and given.near(manifest, "Rollout", ROLLOUTS):
        yield manifest.finding(rules.TARGET_MISSING, f'it targets Rollout "{name}"', *_TARGET)
    elif kind == "Deployment":
        owner = next((each for each in rollouts if _takes_over(each, name)), None)
        if owner is not None:
            sentence = f'Deployment "{name}" belongs to Rollout {owner.name}, by its workloadRef'
            yield manifest.finding(rules.SCALES_WORKLOAD, sentence, *_TARGET)
        elif named is not None and given.named(manifest, "Deployment", name) is None:
            sentence = f'there is no Deployment "{name}" but a Rollout of this name'
            yield manifest.finding(rules.TARGET_FORM, sentence, *_TARGET)


def _takes_over(rollout: Manifest, deployment: str) -> bool:
    reference = rollout.map("spec", "workloadRef")
    return reference.get("kind") == "Deployment" and reference.get("name") == deployment


def _keda(manifest: Manifest, scaler: Scaler) -> Iterator[Finding]:
    rollout = decode(manifest).rollout
    if rollout is None or manifest.get(*BLOCK) is None:
        return
    config = configure(rollout).config
    keda = config.keda if config is not None else None
    if scaler.least == 0 and (keda is None or keda.activation is Activation.OFF):
        told = (
            "is 0" if scaler.manifest.get("spec", "minReplicaCount") is not None else "is not set, which is 0"
        )
        sentence = f"minReplicaCount {told}, and the plugin's block of Rollout {rollout.name} has no keda"
        yield scaler.manifest.finding(rules.TO_ZERO, sentence, "spec", "minReplicaCount")
    scaled = scaled_object({**scaler.manifest.fields, "metadata": scaler.manifest.metadata})
    for sentence in advice(rollout, scaled):
        yield scaler.manifest.finding(rules.KEDA_ADVICE, sentence.removeprefix(f"{scaled} "), "spec")
