"""Reads the install: the controller, its ConfigMap, what the cluster serves."""

import asyncio
from collections.abc import Mapping
from typing import Final

from rollouts_router.core.kinds import GROUP, KINDS
from rollouts_router.core.routes import KubeObject
from rollouts_router.core.untyped import mapping, text
from rollouts_router.doctor.checks.controller import controllers
from rollouts_router.doctor.checks.registration import CONFIG_MAP
from rollouts_router.doctor.facts import Install, Maybe, Unread
from rollouts_router.doctor.reading.glances import Glances, told
from rollouts_router.kube.discovery import Serves
from rollouts_router.kube.resources import Resource
from rollouts_router.router.rollouts import ROLLOUTS

_CONFIG_MAPS: Final = Resource("", "v1", "configmaps")
_DEPLOYMENTS: Final = Resource("apps", "v1", "deployments")
_PODS: Final = Resource("", "v1", "pods")
_DEFINITIONS: Final = Resource("apiextensions.k8s.io", "v1", "customresourcedefinitions")
_NAMED_RULES: Final = tuple(kind.plural for kind in KINDS if kind.managed_rules)
"""Kinds whose rules the router names; the release of their CRDs decides whether the names stay."""


async def read_install(glances: Glances, serving: Serves, namespace: str) -> Install:
    """All that checks of the install look at; `namespace` is the controller's."""
    async with asyncio.TaskGroup() as group:
        config = group.create_task(glances.found(_CONFIG_MAPS, namespace, CONFIG_MAP))
        deployments = group.create_task(glances.listed(_DEPLOYMENTS, namespace))
        routes = group.create_task(told(serving.served(GROUP)))
        rollouts = group.create_task(told(serving.served(ROLLOUTS.group)))
        crds = {
            plural: group.create_task(glances.found(_DEFINITIONS, "", f"{plural}.{GROUP}"))
            for plural in _NAMED_RULES
        }
    return Install(
        namespace=namespace,
        config=config.result(),
        deployments=deployments.result(),
        pods=await _pods(glances, namespace, deployments.result()),
        routes=routes.result(),
        rollouts_served=_are_rollouts_served(rollouts.result()),
        definitions={plural: task.result() for plural, task in crds.items()},
    )


async def _pods(
    glances: Glances, namespace: str, deployments: Maybe[tuple[KubeObject, ...]]
) -> Maybe[tuple[KubeObject, ...]]:
    """Those of the controller's Deployments; none are looked for when these are not known."""
    found: list[KubeObject] = []
    for each in () if isinstance(deployments, Unread) else controllers(deployments):
        pods = await glances.listed(_PODS, namespace, _query(each))
        if isinstance(pods, Unread):
            return pods
        found += pods
    return tuple(found)


def _query(deployment: KubeObject) -> str:
    labels = mapping(mapping(mapping(deployment.get("spec")).get("selector")).get("matchLabels"))
    return ",".join(f"{key}={text(value)}" for key, value in sorted(labels.items()))


def _are_rollouts_served(served: Maybe[Mapping[str, tuple[str, ...]]]) -> Maybe[bool]:
    return served if isinstance(served, Unread) else ROLLOUTS.version in served.get(ROLLOUTS.plural, ())
