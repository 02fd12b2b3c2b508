"""Measured series, as a picture needs them. Where they come from is not known here."""

from collections.abc import Sequence
from dataclasses import dataclass

from observability.dashboards.panels import Unit


@dataclass(frozen=True, slots=True)
class Series:
    """A name, and values in the order of time, each with its second since 1970."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Span:
    """Which time a picture shows, in seconds since 1970."""

    begin: float
    end: float


def shown(value: float, unit: Unit) -> str:
    """A value with its unit, short."""
    match unit:
        case Unit.PERCENT:
            return f"{value:g} %"
        case Unit.RATIO:
            return f"{100 * value:.3g} %"
        case Unit.SECONDS:
            return f"{value:.0f} s" if value < 120 else f"{value / 60:.1f} min"
        case Unit.NUMBER:
            return f"{value:.3g}"
