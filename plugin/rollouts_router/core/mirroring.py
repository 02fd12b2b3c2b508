"""A setMirrorRoute step as a value. How it is brought about is `mirrors`' business."""

from dataclasses import dataclass
from enum import Enum

from rollouts_router.core.matches import RequestMatch


class MirrorMode(Enum):
    """Where the filter goes."""

    FILTER = "filter"
    """Into the rules of ours that match the step."""

    RULE = "rule"
    """Into rules of its own, one for each rule of ours, which lead to stable and match the step as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorStep:
    """A setMirrorRoute step with a match.

    Attributes:
        name: Of the managed route.
        matches: Which requests, any of these.
        percent: How many of them, 0..100; None: all.
        mode: Where the filter goes.
    """

    name: str
    matches: tuple[RequestMatch, ...]
    percent: int | None = None
    mode: MirrorMode = MirrorMode.FILTER

    @property
    def is_partial(self) -> bool:
        """Whether some of the requests are not copied; all of them are asked for without a percentage."""
        return self.percent not in {None, 100}
