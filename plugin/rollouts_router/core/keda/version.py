"""Which release of KEDA is there, and what it can be asked for. Source: KEDA's change log, 2.18.0 to 2.18.2."""

import re
from collections.abc import Collection
from typing import Final, TypeAlias

from rollouts_router.core.keda.news import Reason, Told
from rollouts_router.core.keda.scaled import FORCE_ACTIVATION, PAUSED_SCALE_IN, ScaledObject

Version: TypeAlias = tuple[int, int, int]

VERSION_LABEL: Final = "app.kubernetes.io/version"
"""On the HorizontalPodAutoscalers that KEDA makes."""

_FORM: Final = re.compile(r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?:[-+].*)?")
_FORCES: Final[Version] = (2, 18, 0)
_RELEASES_SCALE_IN: Final[Version] = (2, 18, 2)  # before it the HPA stayed as it was when the annotation went


def parse_version(label: str) -> Version | None:
    """The release that a label names; None when it names none, as that of a development build."""
    found = _FORM.fullmatch(label, 0, 64)
    return None if found is None else (int(found[1]), int(found[2]), int(found[3] or 0))


def refusals(scaled: ScaledObject, keys: Collection[str], version: Version | None) -> dict[str, Told]:
    """Which of these annotations must not be written with this release, and why; None is a release not known."""
    refused: dict[str, Told] = {}
    if FORCE_ACTIVATION in keys and version is not None and version < _FORCES:
        refused[FORCE_ACTIVATION] = Told(
            Reason.TOO_OLD,
            f"{scaled}: KEDA {_dotted(version)} knows no force-activation, {_dotted(_FORCES)} does; nothing keeps it"
            " from zero, a weight only waits while there are no pods",
        )
    if PAUSED_SCALE_IN in keys and (version is None or version < _RELEASES_SCALE_IN):
        which = "an unknown release of KEDA" if version is None else f"KEDA {_dotted(version)}"
        refused[PAUSED_SCALE_IN] = Told(
            Reason.SCALE_IN_REFUSED,
            f"{scaled}: scaleIn: hold is not done with {which}; before {_dotted(_RELEASES_SCALE_IN)} scaling in would"
            " stay off for good. The release is read from the HorizontalPodAutoscaler's label"
            f" {VERSION_LABEL} (verb get)",
        )
    return refused


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))
