"""Arithmetic of weights. Which ref gets which weight is `plan`'s business."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Split:
    """The two weights that are written; each 0..maximum, their sum is the maximum.

    Shares are relative to a rule's sum of weights (Gateway API, BackendRef.weight), so a maximum of 1000
    gives steps of a tenth of a percent.
    """

    canary: int
    stable: int


def split(desired: int, maximum: int) -> Split:
    """Canary gets `desired`, clamped to 0..maximum; stable gets the rest."""
    canary = min(max(desired, 0), maximum)
    return Split(canary=canary, stable=maximum - canary)
