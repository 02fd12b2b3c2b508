"""RR110 to RR115: the controller's Deployment and pods.

Source: the stock manifests of Argo Rollouts (manifests/base/argo-rollouts-deployment.yaml) and its Dockerfile.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from rollouts_router.core.routes import KubeObject
from rollouts_router.core.untyped import integer, items, mapping, text
from rollouts_router.doctor.ailments import install as ail
from rollouts_router.doctor.checks.registration import CONFIG_MAP, KEY, locations
from rollouts_router.doctor.facts import Install, Named, Unread
from rollouts_router.findings.model import Finding, Place

IMAGE: Final = "argo-rollouts"
_DRIVEN: Final = ("1.7", "1.8", "1.9", "1.10")
"""Releases whose controllers the tests drive."""
_TAG: Final = re.compile(r"v?(\d{1,4}\.\d{1,4})\.\d.*")
_HOME: Final = PurePosixPath("/home/argo-rollouts")  # the working directory of the stock image
_STORE: Final = _HOME / "plugin-bin"
_FILE: Final = "file://"


def controllers(deployments: Sequence[KubeObject]) -> tuple[KubeObject, ...]:
    """Those that run the controller: the image's name is that of the stock one, whatever the registry."""
    return tuple(each for each in deployments if _container(each) is not None)


def found_in(install: Install) -> tuple[KubeObject, ...]:
    """The controller's Deployments; none when they are not known."""
    return () if isinstance(install.deployments, Unread) else controllers(install.deployments)


def account_of(deployment: KubeObject) -> Named:
    """The service account that its pods have."""
    name = text(_pod_spec(deployment).get("serviceAccountName")) or "default"
    return text(mapping(deployment.get("metadata")).get("namespace")), name


def controller(install: Install) -> Iterator[Finding]:
    """Whether it is there, runs, and is of a release that was tried."""
    place = Place(kind="Deployment", namespace=install.namespace)
    if isinstance(install.deployments, Unread):
        yield ail.UNREAD.at(place, install.deployments.why)
        return
    found = controllers(install.deployments)
    if not found:
        yield ail.NO_CONTROLLER.at(
            Place(kind="Namespace", name=install.namespace),
            f"none of its {len(install.deployments)} Deployments has a container of image {IMAGE}",
        )
    for each in found:
        at = _place(each)
        available = integer(mapping(each.get("status")).get("availableReplicas")) or 0
        if not available:
            yield ail.NOT_RUNNING.at(at, "it has no available replica")
        yield from _version(at, each)


def images(install: Install) -> Iterator[str]:
    """What the controller is made of."""
    for each in found_in(install):
        yield text((_container(each) or {}).get("image"))


def freshness(install: Install) -> Iterator[Finding]:
    """Whether it has started since its plugins were changed last."""
    if isinstance(install.pods, Unread):
        yield ail.UNREAD.at(Place(kind="Pod", namespace=install.namespace), install.pods.why)
        return
    if isinstance(install.config, Unread) or install.config is None:
        return
    changed = _changed(install.config)
    for pod in install.pods:
        metadata, started = mapping(pod.get("metadata")), _started(pod)
        if started and changed and started < changed and not metadata.get("deletionTimestamp"):
            place = Place(kind="Pod", namespace=install.namespace, name=text(metadata.get("name")))
            yield ail.STALE.at(
                place,
                f"it runs since {started.isoformat()}, and {CONFIG_MAP} was changed at {changed.isoformat()}",
            )


def storage(install: Install) -> Iterator[Finding]:
    """Whether the plugin's file gets into the container, and can be copied there."""
    paths = [each for each in locations(install) if each.startswith(_FILE)]
    for deployment in found_in(install):
        place, container = _place(deployment), _container(deployment) or {}
        mounts = [text(mapping(each).get("mountPath")) for each in items(container.get("volumeMounts"))]
        is_readonly = mapping(container.get("securityContext")).get("readOnlyRootFilesystem") is True
        if is_readonly and not _is_below(_STORE, mounts):
            yield ail.NO_ROOM.at(place, f"readOnlyRootFilesystem is true, and nothing is mounted at {_STORE}")
        for location in paths:
            if not _is_below(_HOME / location.removeprefix(_FILE), mounts):
                shown = ", ".join(mounts) or "it has none"
                yield ail.NOT_MOUNTED.at(place, f"location {location} is on none of its volumes ({shown})")


def _version(place: Place, deployment: KubeObject) -> Iterator[Finding]:
    image = text((_container(deployment) or {}).get("image"))
    tag = image.rpartition("/")[2].partition("@")[0].partition(":")[2]
    release = _TAG.fullmatch(tag)
    if release is None:
        yield ail.OTHER_VERSION.at(place, f"image {image} does not tell its release")
    elif release[1] not in _DRIVEN:
        yield ail.OTHER_VERSION.at(place, f"it is {tag}")


def _container(deployment: KubeObject) -> KubeObject | None:
    for each in items(_pod_spec(deployment).get("containers")):
        image = text(mapping(each).get("image")).rpartition("/")[2]
        if image.partition("@")[0].partition(":")[0] == IMAGE:
            return mapping(each)
    return None


def _pod_spec(deployment: KubeObject) -> KubeObject:
    return mapping(mapping(mapping(deployment.get("spec")).get("template")).get("spec"))


def _place(deployment: KubeObject) -> Place:
    metadata = mapping(deployment.get("metadata"))
    return Place(
        kind="Deployment", namespace=text(metadata.get("namespace")), name=text(metadata.get("name"))
    )


def _is_below(path: PurePosixPath, folders: Sequence[str]) -> bool:
    return any(path.is_relative_to(each) for each in folders if each)


def _changed(config: KubeObject) -> datetime | None:
    """When somebody wrote the list of plugins last, as field managers tell."""
    managers = [mapping(each) for each in items(mapping(config.get("metadata")).get("managedFields"))]
    writers = [
        each for each in managers if f"f:{KEY}" in mapping(mapping(each.get("fieldsV1")).get("f:data"))
    ]
    return max((at for each in writers if (at := _moment(each.get("time")))), default=None)


def _started(pod: KubeObject) -> datetime | None:
    """When its youngest container was started: one that crashed has read its plugins again."""
    status = mapping(pod.get("status"))
    running = [
        mapping(mapping(mapping(each).get("state")).get("running"))
        for each in items(status.get("containerStatuses"))
    ]
    times = [at for each in running if (at := _moment(each.get("startedAt")))]
    return max(times, default=None) or _moment(status.get("startTime"))


def _moment(value: object) -> datetime | None:
    """A time as the API writes it, with its zone (RFC 3339); None for anything else."""
    try:
        at = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return at if at.tzinfo else None
