"""RR230, RR222: what steps refer to beside routes: analysis templates, and the abilities of gateways.

Source: Argo Rollouts, RolloutSpec: canary.analysis, steps[].analysis, steps[].experiment.
"""

from collections.abc import Iterator

from rollouts_router.core.features import Feature, refusal
from rollouts_router.core.routes import KubeObject
from rollouts_router.core.untyped import items, mapping, text
from rollouts_router.doctor.ailments import rollouts as ail
from rollouts_router.doctor.checks.rights import steps_of
from rollouts_router.doctor.checks.rollouts import place_of
from rollouts_router.doctor.facts import Routing, Subject, TemplateRef, Unread
from rollouts_router.findings.model import Finding, Place


def template_refs(manifest: KubeObject) -> tuple[TemplateRef, ...]:
    """All analysis templates that a Rollout refers to, each once."""
    canary = mapping(mapping(mapping(manifest.get("spec")).get("strategy")).get("canary"))
    lists = [mapping(canary.get("analysis")).get("templates")]
    for step in steps_of(manifest):
        lists += [
            mapping(step.get("analysis")).get("templates"),
            mapping(step.get("experiment")).get("analyses"),
        ]
    entries = [mapping(each) for one in lists for each in items(one)]
    refs = (TemplateRef(text(each.get("templateName")), each.get("clusterScope") is True) for each in entries)
    return tuple(dict.fromkeys(each for each in refs if each.name))


def templates(subject: Subject) -> Iterator[Finding]:
    """Whether they exist."""
    for ref, there in subject.templates.items():
        kind = "ClusterAnalysisTemplate" if ref.clusterwide else "AnalysisTemplate"
        place = Place(kind=kind, namespace="" if ref.clusterwide else subject.namespace, name=ref.name)
        if isinstance(there, Unread):
            yield ail.UNREAD.at(place, there.why)
        elif not there:
            yield ail.NO_TEMPLATE.at(place, f"{subject} refers to it, and it does not exist")


def mirrors(subject: Subject) -> Iterator[Finding]:
    """Whether gateways have what its mirror steps need."""
    if (
        isinstance(subject.manifest, Unread)
        or subject.manifest is None
        or not isinstance(subject.routing, Routing)
    ):
        return
    steps = [
        mapping(each["setMirrorRoute"]) for each in steps_of(subject.manifest) if "setMirrorRoute" in each
    ]
    if not any(each.get("match") for each in steps):
        return
    is_share = any(each.get("percentage") for each in steps) or bool(subject.routing.config.mirror_fractions)
    asked = (Feature.MIRROR, Feature.SHARE) if is_share else (Feature.MIRROR,)
    for each in subject.routing.parents:
        reason = "" if each.known is None else refusal(each.parent, each.known, asked)
        if reason:
            yield ail.NO_MIRRORS.at(place_of(subject), reason)
