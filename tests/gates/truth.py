"""Whose error it was: six situations and what becomes of a release in each, for both providers. Pure.

delivery-kit.md 2.B.6, with three more in which the change is not to blame or nobody can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Requests in a window, and the parts of them that fail by the version's own doing and by a dependency's."""

    requests: int = 1000
    own: float = 0.0
    dependency: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """A situation, and the verdict of each gate in it."""

    canary: Version
    stable: Version
    errors: str
    dependencies: str
    release: str


GOOD, BAD, UNKNOWN = "Successful", "Failed", "Inconclusive"
ABORTED, PAUSED, GOES_ON = BAD, UNKNOWN, GOOD
ROWS: Final = {
    "own bug": Row(Version(own=0.2), Version(), BAD, GOOD, ABORTED),
    "shared outage": Row(Version(dependency=0.5), Version(dependency=0.5), GOOD, UNKNOWN, PAUSED),
    "the change broke a call": Row(Version(dependency=0.5), Version(), GOOD, BAD, ABORTED),
    "own bug in a shared outage": Row(
        Version(own=0.2, dependency=0.5), Version(dependency=0.5), BAD, UNKNOWN, ABORTED
    ),
    "low traffic": Row(Version(requests=20, own=0.5), Version(), UNKNOWN, UNKNOWN, PAUSED),
    "recovery": Row(Version(), Version(), GOOD, GOOD, GOES_ON),
    "stable is as broken": Row(Version(own=0.2), Version(own=0.2), UNKNOWN, GOOD, PAUSED),
    "the change mends stable": Row(Version(), Version(own=0.2), GOOD, GOOD, GOES_ON),
    "stable has no traffic": Row(Version(own=0.2), Version(requests=0), BAD, GOOD, ABORTED),
}
SEVERITY: Final = (GOOD, UNKNOWN, "Error", BAD)  # of a run's metrics the worst is the run's


def worst(verdicts: list[str]) -> str:
    """What a run of these metrics comes to."""
    return max(verdicts, key=SEVERITY.index)
