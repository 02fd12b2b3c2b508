"""A setMirrorRoute step as a value. How it is brought about is `mirrors`' business."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Final

import msgspec

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.matches import RequestMatch

_MAX: Final = 2**31 - 1  # Gateway API, Fraction: both are int32


class Fraction(msgspec.Struct, frozen=True, kw_only=True):
    """A share of requests as the Gateway API writes one that is finer than a percent."""

    numerator: Annotated[int, msgspec.Meta(ge=0, le=_MAX)]
    denominator: Annotated[int, msgspec.Meta(ge=1, le=_MAX)] = 100

    def check(self, field: str) -> None:
        """Refuse what the API server would refuse.

        Raises:
            RoutingError: It is more than the whole; `field` is where it stands.
        """
        if self.numerator > self.denominator:
            raise RoutingError(
                f"{field}: {self.numerator} of {self.denominator} is more than all requests; the numerator is at most the"
                " denominator (100 where none is given)"
            )


def unmanaged(path: str, fractions: Iterable[str], managed_routes: Iterable[str]) -> list[str]:
    """A sentence on each fraction under `path` that belongs to no managed route."""
    names = sorted(set(fractions) - set(managed_routes))
    return [f'{path}{name} counts nowhere: no managed route is called "{name}"' for name in names]


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
        fraction: The same in finer steps; it counts in the place of `percent`.
        mode: Where the filter goes.
    """

    name: str
    matches: tuple[RequestMatch, ...]
    percent: int | None = None
    fraction: Fraction | None = None
    mode: MirrorMode = MirrorMode.FILTER

    def share(self) -> Mapping[str, object]:
        """The field of a RequestMirror filter that says how many, none for all of them; it takes one at most."""
        if self.fraction is not None:
            is_all = self.fraction.numerator == self.fraction.denominator
            return {} if is_all else {"fraction": msgspec.to_builtins(self.fraction)}
        return {} if self.percent in {None, 100} else {"percent": self.percent}
