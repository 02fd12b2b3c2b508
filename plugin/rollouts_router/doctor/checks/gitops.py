"""RR501 to RR512: does a GitOps tool leave the weights alone?

Sources: Argo CD, "Diffing customization" and "Sync options"; Flux, Kustomization `spec.ignore`, and the annotations of
its server-side apply; docs/gitops.md has what was run.
"""

from collections.abc import Iterator
from typing import Final

from rollouts_router.core.kinds import GROUP
from rollouts_router.core.routes import KubeObject, RouteKey
from rollouts_router.core.untyped import items, mapping, text
from rollouts_router.doctor.ailments import gitops as ail
from rollouts_router.doctor.checks.routes import place_of_route
from rollouts_router.doctor.facts import Named, Subject, Tracking, Unread
from rollouts_router.findings.model import Finding

ARGO_CD: Final = "Argo CD"
FLUX: Final = "Flux"
_TRACKING: Final = "argocd.argoproj.io/tracking-id"
_FLUX_NAME: Final = "kustomize.toolkit.fluxcd.io/name"
_FLUX_NAMESPACE: Final = "kustomize.toolkit.fluxcd.io/namespace"
_FLUX_APPLY: Final = "kustomize.toolkit.fluxcd.io/ssa"
_FLUX_RECONCILE: Final = "kustomize.toolkit.fluxcd.io/reconcile"
_CUSTOMIZATIONS: Final = "resource.customizations"
_WAYS: Final = ("jsonPointers", "jqPathExpressions", "managedFieldsManagers")
_SPARING: Final = ("ApplyOutOfSyncOnly=true", "RespectIgnoreDifferences=true")


def application_of(route: KubeObject) -> Named | None:
    """The Application that tracks an object; its namespace is empty where the id does not tell it."""
    annotations = mapping(mapping(route.get("metadata")).get("annotations"))
    name = text(annotations.get(_TRACKING)).partition(":")[0]
    if not name:
        return None
    namespace, found, rest = name.partition("_")  # of Applications outside of Argo CD's own namespace
    return (namespace, rest) if found else ("", name)


def kustomization_of(route: KubeObject) -> Named | None:
    """The Kustomization that applies an object, None where its annotations keep Flux from doing so again."""
    metadata = mapping(route.get("metadata"))
    labels, annotations = mapping(metadata.get("labels")), mapping(metadata.get("annotations"))
    name, namespace = text(labels.get(_FLUX_NAME)), text(labels.get(_FLUX_NAMESPACE))
    once = text(annotations.get(_FLUX_APPLY)).casefold() in {"ifnotpresent", "ignore"}
    off = text(annotations.get(_FLUX_RECONCILE)).casefold() == "disabled"
    return (namespace, name) if name and namespace and not once and not off else None


def gitops(subject: Subject) -> Iterator[Finding]:
    """What the tools that track its routes do to them."""
    for each in subject.tracked:
        yield from _argo_cd(each) if each.tool == ARGO_CD else _flux(each)


def _argo_cd(tracking: Tracking) -> Iterator[Finding]:
    place, application = place_of_route(tracking.route), tracking.applied_by
    if isinstance(application, Unread):
        yield ail.ARGO_CD_UNREAD.at(place, f"Application {tracking.name} tracks it: {application.why}")
        return
    if application is None:
        yield ail.ARGO_CD_UNREAD.at(
            place, f"Application {tracking.name} tracks it, and is not in this cluster"
        )
        return
    spec = mapping(application.get("spec"))
    own = any(_ignores(mapping(each), tracking.route) for each in items(spec.get("ignoreDifferences")))
    if not own and not _ignores_everywhere(tracking):
        yield ail.ARGO_CD.at(
            place, f"Application {tracking.name} tracks it, and no ignoreDifferences fits it"
        )
        return
    options = [text(each) for each in items(mapping(spec.get("syncPolicy")).get("syncOptions"))]
    if not set(options) & set(_SPARING):
        yield ail.ARGO_CD_SYNCS.at(
            place, f"Application {tracking.name} has none of the options {' or '.join(_SPARING)}"
        )


def _ignores(entry: KubeObject, key: RouteKey) -> bool:
    """Whether an entry of ignoreDifferences is about this route; what it leaves out is not weighed."""
    fits = (
        text(entry.get("group")) in {GROUP, "*"}
        and text(entry.get("kind")) in {key.kind.name, "*"}
        and text(entry.get("name")) in {"", key.name}
        and text(entry.get("namespace")) in {"", key.namespace}
    )
    return fits and any(entry.get(way) for way in _WAYS)


def _ignores_everywhere(tracking: Tracking) -> bool:
    data = mapping((tracking.settings or {}).get("data"))
    kind = f"{GROUP}_{tracking.route.kind.name}"
    keys = [f"{_CUSTOMIZATIONS}.ignoreDifferences.{which}" for which in ("all", kind)]
    old = text(data.get(_CUSTOMIZATIONS))  # one document for all kinds, before Argo CD 1.9
    return any(data.get(key) for key in keys) or ("ignoreDifferences" in old and GROUP in old)


def _flux(tracking: Tracking) -> Iterator[Finding]:
    place, kustomization = place_of_route(tracking.route), tracking.applied_by
    if isinstance(kustomization, Unread) or kustomization is None:
        why = kustomization.why if isinstance(kustomization, Unread) else "it is not in this cluster"
        yield ail.FLUX_UNREAD.at(place, f"Kustomization {tracking.name} applies it: {why}")
        return
    spec = mapping(kustomization.get("spec"))
    targets = [mapping(mapping(each).get("target")) for each in items(spec.get("ignore"))]
    if spec.get("suspend") is not True and not any(_aims_at(each, tracking.route) for each in targets):
        yield ail.FLUX.at(
            place, f"Kustomization {tracking.name} applies it, and no entry of spec.ignore fits it"
        )


def _aims_at(target: KubeObject, key: RouteKey) -> bool:
    wanted = {"group": GROUP, "kind": key.kind.name, "name": key.name, "namespace": key.namespace}
    return all(text(target.get(field)) in {"", value} for field, value in wanted.items())
