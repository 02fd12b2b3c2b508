"""One look at a cluster: what is asked for is found, read and judged. Writes nothing, prints nothing."""

import asyncio
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from rollouts_router.core.kinds import KINDS
from rollouts_router.core.routes import KubeObject
from rollouts_router.core.untyped import mapping, text
from rollouts_router.doctor.ailments import rollouts as ail
from rollouts_router.doctor.checks.controller import account_of, controllers
from rollouts_router.doctor.checks.registration import keda_mode, registered
from rollouts_router.doctor.checks.rights import needed, of_kinds
from rollouts_router.doctor.checks.rollouts import seems_to_use
from rollouts_router.doctor.facts import Install, Maybe, Named, Routing, Subject, Unread
from rollouts_router.doctor.judging import Group, judge
from rollouts_router.doctor.options import Options, Target
from rollouts_router.doctor.reading.access import read_rights
from rollouts_router.doctor.reading.glances import Glances
from rollouts_router.doctor.reading.installed import read_install
from rollouts_router.doctor.reading.subjects import Subjects
from rollouts_router.doctor.rights import Right
from rollouts_router.findings.model import Finding, Place
from rollouts_router.kube.discovery import Discovery, Serves
from rollouts_router.kube.errors import Forbidden
from rollouts_router.kube.reviews import Reviewer
from rollouts_router.router.abilities import Abilities
from rollouts_router.router.discovering import Discovering
from rollouts_router.router.preflight import Preflight
from rollouts_router.router.reads import Reader, RouteReads
from rollouts_router.router.rollouts import ROLLOUTS
from rollouts_router.router.silence import Silence


class Cluster(Reader, Serves, Reviewer, Protocol):
    """What is asked of the API; the client does it."""


_MOST: Final = 5000
"""Rollouts in one look; beyond it the output helps nobody."""


@dataclass(slots=True)
class _Found:
    """Rollouts that are to be looked at, and what went wrong while they were looked for."""

    manifests: dict[Named, Maybe[KubeObject | None]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


async def look(client: Cluster, options: Options, home: str) -> tuple[Group, ...]:
    """Look; `home` is the current namespace.

    Raises:
        ApiError: The cluster is not to be had at all.
    """
    await _require_cluster(client)
    glances = Glances(client, time.monotonic)
    async with asyncio.TaskGroup() as group:
        installing = group.create_task(read_install(glances, client, options.controller_namespace))
        finding = group.create_task(_find(glances, options, home))
    install, found = installing.result(), finding.result()
    subjects = await _read(_subjects(client, glances, install), found)
    answer = await read_rights(
        client, time.monotonic, options.account or _account(install), _needed(subjects, options, home)
    )
    return judge(install, answer, subjects, found.findings)


async def _require_cluster(client: Cluster) -> None:
    try:
        await client.served(ROLLOUTS.group)
    except Forbidden:
        return  # it is there; what may be asked shows


async def _find(glances: Glances, options: Options, home: str) -> _Found:
    found = _Found()
    for target in _targets(options, home):
        if target.name:
            seen = await glances.found(ROLLOUTS, target.namespace, target.name)
            found.manifests[target.namespace, target.name] = seen
        else:
            await _list(glances, target.namespace, found)
    return found


def _targets(options: Options, home: str) -> Sequence[Target]:
    if options.everywhere:
        return (Target(""),)
    return options.targets or (Target(options.namespace or home),)


async def _list(glances: Glances, namespace: str, found: _Found) -> None:
    listed = await glances.listed(ROLLOUTS, namespace)
    if isinstance(listed, Unread):
        place = Place(kind="Namespace", name=namespace) if namespace else Place(kind="Rollout")
        found.findings.append(ail.UNSEEN.at(place, listed.why))
        return
    for each in listed:
        if seems_to_use(each) and len(found.manifests) < _MOST:
            metadata = mapping(each.get("metadata"))
            found.manifests[text(metadata.get("namespace")), text(metadata.get("name"))] = each


def _subjects(client: Cluster, glances: Glances, install: Install) -> Subjects:
    versions = Discovery(client)
    reads = RouteReads(glances, versions)
    abilities = Abilities(glances, versions, time.monotonic)
    return Subjects(
        glances=glances,
        versions=versions,
        discovering=Discovering(
            reads=reads, preflight=Preflight(reads, glances, versions, Silence(), abilities)
        ),
        abilities=abilities,
        registered=registered(install),
        keda=keda_mode(install),
    )


async def _read(subjects: Subjects, found: _Found) -> tuple[Subject, ...]:
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(subjects.read(where, manifest)) for where, manifest in found.manifests.items()
        ]
    return tuple(task.result() for task in tasks)


def _account(install: Install) -> Named | None:
    if isinstance(install.deployments, Unread):
        return None
    found = controllers(install.deployments)
    return account_of(found[0]) if found else None


def _needed(subjects: Collection[Subject], options: Options, home: str) -> tuple[tuple[Right, str], ...]:
    """What the Rollouts need; where there is none yet, what most need: HTTPRoutes, in the namespaces that were named."""
    wanted = tuple(dict.fromkeys(_each(subjects)))
    if wanted:
        return wanted
    return tuple(of_kinds(KINDS[:1], [target.namespace for target in _targets(options, home)]))


def _each(subjects: Collection[Subject]) -> Iterator[tuple[Right, str]]:
    for each in subjects:
        if isinstance(each.routing, Routing) and isinstance(each.manifest, dict):
            yield from needed(each.routing, each.manifest, each.autoscalers.default)
