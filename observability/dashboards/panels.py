"""A dashboard as a value: rows of panels, each with its queries. How it is written or drawn is not known here."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """How a panel shows its series."""

    LINES = "lines"
    NUMBER = "number"
    STATES = "states"


class Unit(StrEnum):
    """What is counted, by Grafana's identifiers."""

    NUMBER = "short"
    PERCENT = "percent"
    RATIO = "percentunit"
    SECONDS = "s"


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL with Grafana's variables, and what a series is called, `{{label}}` included."""

    expression: str
    legend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel. `width` is in Grafana's columns, 1 to 24; `limits` are where green becomes yellow, and yellow red."""

    title: str
    description: str
    shape: Shape
    unit: Unit
    queries: Sequence[Query]
    width: int
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """A whole page. `uid` never changes; `span` is the time that it shows at first."""

    uid: str
    title: str
    description: str
    span: str
    rows: Sequence[Row]
