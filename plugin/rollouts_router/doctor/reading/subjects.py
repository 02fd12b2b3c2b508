"""Reads a Rollout and what belongs to it. Its routes are found by the router's own discovery."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.features import GATEWAY_VERSIONS, GATEWAYS, Known
from rollouts_router.core.keda.version import VERSION_LABEL, Version, parse_version
from rollouts_router.core.kinds import GROUP
from rollouts_router.core.manifests import manifest_rollout
from rollouts_router.core.model import Rollout
from rollouts_router.core.parents import Attachment, attachments
from rollouts_router.core.routes import KubeObject
from rollouts_router.core.untyped import mapping, text
from rollouts_router.doctor.checks.analysis import template_refs
from rollouts_router.doctor.checks.backends import services_of
from rollouts_router.doctor.checks.rights import steps_of
from rollouts_router.doctor.checks.rollouts import uses_plugin
from rollouts_router.doctor.facts import (
    Autoscalers,
    Maybe,
    Named,
    Objects,
    Parenthood,
    Routing,
    Stray,
    Subject,
    TemplateRef,
    Unread,
)
from rollouts_router.doctor.reading.gitops import read_tracking
from rollouts_router.doctor.reading.glances import Glances, told
from rollouts_router.kube.discovery import Discovery
from rollouts_router.kube.errors import ApiError
from rollouts_router.kube.resources import Resource
from rollouts_router.router.abilities import Abilities
from rollouts_router.router.discovering import Discovering, Look
from rollouts_router.router.keda_objects import HPAS, SCALED_OBJECTS
from rollouts_router.router.preflight import Known as Grants
from rollouts_router.router.rollouts import ROLLOUTS
from rollouts_router.settings import KedaMode

_SERVICES: Final = Resource("", "v1", "services")
_TEMPLATES: Final = {
    False: Resource("argoproj.io", "v1alpha1", "analysistemplates"),
    True: Resource("argoproj.io", "v1alpha1", "clusteranalysistemplates"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """Reads Rollouts.

    Attributes:
        glances: The API.
        versions: What the cluster serves.
        discovering: Finds routes.
        abilities: Knows what gateways can do.
        registered: Names in trafficRouterPlugins; None when they are not known.
        keda: What Rollouts without a keda block get.
    """

    glances: Glances
    versions: Discovery
    discovering: Discovering
    abilities: Abilities
    registered: frozenset[str] | None
    keda: KedaMode

    async def read(self, where: Named, manifest: Maybe[KubeObject | None]) -> Subject:
        """One Rollout, as its manifest has it, with all that its checks look at."""
        namespace, name = where
        async with self.glances.turn, asyncio.TaskGroup() as group:
            neighbours = group.create_task(self.glances.listed(ROLLOUTS, namespace))
            autoscalers = group.create_task(self._autoscalers(namespace))
            whole = manifest if isinstance(manifest, dict) else {}
            services = group.create_task(self._services(namespace, sorted(services_of(whole))))
            templates = group.create_task(self._templates(namespace, template_refs(whole)))
            routing = await self._routing(whole)
        rivals = await self._rivals(name, whole, neighbours.result())
        return Subject(
            namespace=namespace,
            name=name,
            manifest=manifest,
            routing=routing,
            services=services.result(),
            templates=templates.result(),
            neighbours=neighbours.result(),
            rivals=rivals,
            autoscalers=autoscalers.result(),
            tracked=await read_tracking(self.glances, routing) if isinstance(routing, Routing) else (),
            registered=self.registered,
        )

    async def _routing(self, manifest: KubeObject) -> Maybe[Routing | RoutingError | None]:
        if not uses_plugin(manifest):
            return None
        try:
            rollout = manifest_rollout(manifest)
            grants: Grants = {}
            look = await self.discovering.look(rollout, unselected=True, grants=grants)
        except RoutingError as error:
            return error
        except ApiError as error:
            return Unread(str(error))
        is_mirrored = any("setMirrorRoute" in step for step in steps_of(manifest))
        parents = await self._parents(look, is_mirrored=is_mirrored)
        return _routing(rollout, look, grants, parents)

    async def _parents(self, look: Look, *, is_mirrored: bool) -> tuple[Parenthood, ...]:
        seen = (parent for task in look.selection.tasks for parent in attachments(task.plan.route))
        once = {str(parent): parent for parent in seen}
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._parent(each, is_mirrored=is_mirrored)) for each in once.values()]
        return tuple(task.result() for task in tasks)

    async def _parent(self, parent: Attachment, *, is_mirrored: bool) -> Parenthood:
        """A Gateway that a controller reports on is there; nobody has to ask."""
        exists = await self._exists(parent) if parent.is_gateway and not parent.controllers else None
        known = await told(self.abilities.of(parent)) if is_mirrored else None
        return Parenthood(parent, exists, known if isinstance(known, Known) else None)

    async def _exists(self, parent: Attachment) -> Maybe[bool]:
        served = self.versions.known(GROUP, GATEWAYS)
        version = next((each for each in GATEWAY_VERSIONS if each in served), GATEWAY_VERSIONS[0])
        found = await self.glances.found(Resource(GROUP, version, GATEWAYS), parent.namespace, parent.name)
        return found if isinstance(found, Unread) else found is not None

    async def _services(self, namespace: str, names: Iterable[str]) -> Mapping[str, Maybe[KubeObject | None]]:
        return {name: await self.glances.found(_SERVICES, namespace, name) for name in names}

    async def _templates(
        self, namespace: str, refs: Iterable[TemplateRef]
    ) -> Mapping[TemplateRef, Maybe[bool]]:
        there: dict[TemplateRef, Maybe[bool]] = {}
        for ref in refs:
            where = "" if ref.clusterwide else namespace
            found = await self.glances.found(_TEMPLATES[ref.clusterwide], where, ref.name)
            there[ref] = found if isinstance(found, Unread) else found is not None
        return there

    async def _autoscalers(self, namespace: str) -> Autoscalers:
        served = await told(self.versions.versions(SCALED_OBJECTS.group, SCALED_OBJECTS.plural))
        scaled: Maybe[Objects | None] = served if isinstance(served, Unread) else None
        if not isinstance(served, Unread) and SCALED_OBJECTS.version in served:
            scaled = await self.glances.listed(SCALED_OBJECTS, namespace)
        horizontal = await self.glances.listed(HPAS, namespace)
        return Autoscalers(
            scaled=scaled, horizontal=horizontal, versions=_versions(horizontal), default=self.keda
        )

    async def _rivals(
        self, name: str, manifest: KubeObject, neighbours: Maybe[Objects]
    ) -> tuple[Routing, ...]:
        """What those find that share a Service with it; most often there is none."""
        mine, found = services_of(manifest), []
        for each in () if isinstance(neighbours, Unread) else neighbours:
            is_other = text(mapping(each.get("metadata")).get("name")) != name
            if is_other and services_of(each) & mine:
                routing = await self._routing(each)
                found += [routing] if isinstance(routing, Routing) else []
        return tuple(found)


def _routing(rollout: Rollout, look: Look, grants: Grants, parents: tuple[Parenthood, ...]) -> Routing:
    failures = look.reading.failures
    return Routing(
        rollout=rollout,
        config=look.config,
        order=look.order,
        found=look.reading.routes,
        missing=tuple(each for each in failures if isinstance(each, RoutingError)),
        unread=(
            *(Unread(str(each)) for each in failures if isinstance(each, ApiError)),
            *map(Unread, look.skipped),
        ),
        selection=look.selection,
        strays=tuple(Stray(each.key, each.sentence, each.holds_both) for each in look.others),
        unwritable=look.unwritable,
        ungranted=look.ungranted,
        grants_unread=tuple(namespace for namespace, found in grants.items() if found is None),
        parents=parents,
    )


def _versions(horizontal: Maybe[Objects]) -> Mapping[str, Version | None]:
    """KEDA's release, as the autoscalers that it made tell."""
    found: dict[str, Version | None] = {}
    for each in () if isinstance(horizontal, Unread) else horizontal:
        metadata = mapping(each.get("metadata"))
        label = text(mapping(metadata.get("labels")).get(VERSION_LABEL))
        found[text(metadata.get("name"))] = parse_version(label)
    return found
