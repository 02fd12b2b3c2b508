"""Arithmetic of weights. Which ref gets which weight is `plan`'s business."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Split:
    """The weights of canary and stable; each 0..maximum.

    Shares are relative to a rule's sum of weights (Gateway API, BackendRef.weight), so a maximum of 1000
    gives steps of a tenth of a percent.
    """

    canary: int
    stable: int


def split(desired: int, maximum: int, *, taken: int = 0) -> Split:
    """Canary gets `desired`, clamped to 0..maximum; stable gets what that and `taken` leave, never below 0."""
    canary = min(max(desired, 0), maximum)
    return Split(canary=canary, stable=max(maximum - canary - taken, 0))
