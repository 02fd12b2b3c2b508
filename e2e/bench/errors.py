"""The one way in which a benchmark fails: something could not be measured. A slow figure is no failure."""

from __future__ import annotations

from e2e.bed.errors import BedError


class NotMeasuredError(BedError):
    """A figure could not be taken; the text says which and why."""
