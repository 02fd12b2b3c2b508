"""Reads the objects of GitOps tools that apply a Rollout's routes, as far as they are in this cluster."""

from typing import Final

from rollouts_router.core.routes import KubeObject, Route
from rollouts_router.core.untyped import mapping, text
from rollouts_router.doctor.checks.gitops import ARGO_CD, FLUX, application_of, kustomization_of
from rollouts_router.doctor.facts import Maybe, Named, Routing, Tracking, Unread
from rollouts_router.doctor.reading.glances import Glances
from rollouts_router.kube.resources import Resource

_APPLICATIONS: Final = Resource("argoproj.io", "v1alpha1", "applications")
_KUSTOMIZATIONS: Final = Resource("kustomize.toolkit.fluxcd.io", "v1", "kustomizations")
_CONFIG_MAPS: Final = Resource("", "v1", "configmaps")
_SETTINGS: Final = "argocd-cm"
_HOME: Final = "argocd"
"""Where Argo CD is unless somebody chose otherwise."""


async def read_tracking(glances: Glances, routing: Routing) -> tuple[Tracking, ...]:
    """One entry for each tool and route of the Rollout."""
    found: list[Tracking] = []
    for entry in routing.own():
        application = application_of(entry.route.object)
        if application is not None:
            found.append(await _of_argo_cd(glances, entry.route, application))
        kustomization = kustomization_of(entry.route.object)
        if kustomization is not None:
            namespace, name = kustomization
            seen = await glances.found(_KUSTOMIZATIONS, namespace, name)
            found.append(Tracking(entry.route.key, FLUX, f"{namespace}/{name}", seen))
    return tuple(found)


async def _of_argo_cd(glances: Glances, route: Route, where: Named) -> Tracking:
    namespace, name = where
    seen = await _application(glances, namespace, name)
    home = _HOME if namespace or not isinstance(seen, dict) else _namespace(seen)
    settings = await glances.found(_CONFIG_MAPS, home, _SETTINGS)
    return Tracking(route.key, ARGO_CD, name, seen, settings if isinstance(settings, dict) else None)


async def _application(glances: Glances, namespace: str, name: str) -> Maybe[KubeObject | None]:
    """Without its namespace it is looked for by name: it can be in whatever namespace Argo CD is."""
    if namespace:
        return await glances.found(_APPLICATIONS, namespace, name)
    seen = await glances.found(_APPLICATIONS, _HOME, name)
    if isinstance(seen, dict):
        return seen
    listed = await glances.listed(_APPLICATIONS, "")
    if isinstance(listed, Unread):
        return listed
    return next((each for each in listed if text(mapping(each.get("metadata")).get("name")) == name), None)


def _namespace(item: KubeObject) -> str:
    return text(mapping(item.get("metadata")).get("namespace"))
