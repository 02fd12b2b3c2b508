"""RR130 to RR134: what the cluster serves.

Source: Gateway API, annotations of its CRDs; rules[].name is standard since 1.4, experimental since 1.2.
"""

import re
from collections.abc import Iterator
from typing import Final

from rollouts_router.core.kinds import GROUP, KINDS
from rollouts_router.core.routes import KubeObject
from rollouts_router.core.untyped import mapping, text
from rollouts_router.doctor.ailments import install as ail
from rollouts_router.doctor.facts import Install, Unread
from rollouts_router.findings.model import Finding, Place

_VERSION: Final = f"{GROUP}/bundle-version"
_CHANNEL: Final = f"{GROUP}/channel"
_FORM: Final = re.compile(r"v(\d{1,4})\.(\d{1,4})\..*")
_NAMES: Final = {"standard": (1, 4), "experimental": (1, 2)}
"""Since when a channel keeps the names of rules."""


def served(install: Install) -> Iterator[Finding]:
    """Whether Rollouts and the Gateway API are installed."""
    place = Place(kind="APIGroup", name=GROUP)
    if isinstance(install.routes, Unread):
        yield ail.UNREAD.at(place, install.routes.why)
    elif not any(kind.version(install.routes.get(kind.plural, ())) for kind in KINDS):
        yield ail.NO_GATEWAY_API.at(place, "no kind of route is served in a version that can be used")
    if isinstance(install.rollouts_served, Unread):
        yield ail.UNREAD.at(Place(kind="APIGroup", name="argoproj.io"), install.rollouts_served.why)
    elif not install.rollouts_served:
        yield ail.NO_ROLLOUTS.at(
            Place(kind="APIGroup", name="argoproj.io"), "rollouts are not served in v1alpha1"
        )


def definitions(install: Install) -> Iterator[Finding]:
    """Which release and channel the CRDs are of."""
    for plural, definition in install.definitions.items():
        place = Place(kind="CustomResourceDefinition", name=f"{plural}.{GROUP}")
        if isinstance(definition, Unread):
            yield ail.UNREAD.at(place, definition.why)
        elif definition is not None:
            yield from _definition(place, definition)


def _definition(place: Place, definition: KubeObject) -> Iterator[Finding]:
    annotations = mapping(mapping(definition.get("metadata")).get("annotations"))
    version, channel = text(annotations.get(_VERSION)), text(annotations.get(_CHANNEL))
    release = _FORM.fullmatch(version)
    if release is None:
        yield ail.FOREIGN_CRD.at(place, f"its annotation {_VERSION} is {version or 'missing'}")
    elif (int(release[1]), int(release[2])) < _NAMES.get(channel, _NAMES["standard"]):
        yield ail.PRUNES_NAMES.at(place, f"it is of {version}, channel {channel or 'not told'}")
