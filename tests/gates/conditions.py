"""The table of conditions: every gate of both providers with every sort of result that may come. Pure.

The verdicts are in tests/golden/gates/conditions.json, by the controller's own engine (`e2e/kit/expr`), so that whoever
evaluates conditions without Go has something to be held against.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from tests.charts.rendering import ROOT
from tests.gates.gated import BUSINESS, filled, gates, worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.charts.rendering import Object

Result: TypeAlias = "Sequence[float] | Mapping[str, object]"

GOLDEN: Final[Path] = ROOT / "tests" / "golden" / "gates" / "conditions.json"
WEIGHT: Final = 25
PACE: Final = {"load": {"ceiling": 100}}
# A row of New Relic for a version as good as stable; each case changes some of it.
GOOD: Final[Object] = {
    "n": 200, "bad": 0, "stableN": 1000, "stableBad": 1, "p95": {"95": 0.12}, "stableP95": {"95": 0.12},
    "near": 190, "far": 198, "stableNear": 950, "stableFar": 990, "events": 30, "stableEvents": 150, "load": 50,
}  # fmt: skip
EMPTY: Final[Object] = {**dict.fromkeys(GOOD, 0), "p95": {"95": None}, "stableP95": {"95": None}}
ROWS: Final[Mapping[str, Object]] = {
    "as good as stable": GOOD,
    "own errors": {**GOOD, "bad": 40},
    "as many errors as stable": {**GOOD, "bad": 40, "stableBad": 200},
    "errors while stable has no traffic": {**GOOD, "bad": 40, "stableN": 0, "stableBad": 0},
    "good while stable has errors": {**GOOD, "stableBad": 500},
    "slow": {**GOOD, "p95": {"95": 0.9}, "near": 20, "far": 180},
    "as slow as stable": {
        **GOOD, "p95": {"95": 0.9}, "near": 20, "far": 180, "stableP95": {"95": 0.9}, "stableNear": 100, "stableFar": 900,
    },
    "slower than stable and nobody notices": {**GOOD, "p95": {"95": 0.09}, "stableP95": {"95": 0.02}},
    "requests without times": {**GOOD, "p95": {"95": None}, "stableP95": {"95": None}},
    "half the orders": {**GOOD, "events": 12},
    "too few requests": {**GOOD, "n": 49, "bad": 49, "near": 0, "far": 0, "events": 0},
    "no traffic": EMPTY,
    "nothing but null": dict.fromkeys(GOOD),
    "none of the columns": {"x": 1},
    "busy": {**GOOD, "load": 101},
}  # fmt: skip
NUMBERS: Final[Mapping[str, Sequence[float]]] = {
    "nothing": [],
    "NaN": [math.nan],
    "+Inf": [math.inf],
    "-Inf": [-math.inf],
    "0": [0.0],
    "far above every limit": [1e6],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One reading of one gate."""

    name: str
    metric: Object
    args: Mapping[str, str]
    result: Result

    def conditions(self) -> tuple[str, str]:
        """Both conditions with their arguments filled in."""
        success, failure = (
            filled(self.metric[f"{which}Condition"], self.args) for which in ("success", "failure")
        )
        return success, failure


def cases() -> list[Case]:
    """All of them, in a fixed order."""
    prometheus = gates(gates={"business": BUSINESS}, pace=PACE)
    new_relic = gates(gates={"provider": "newrelic", "business": BUSINESS}, pace=PACE)
    args = prometheus.args(WEIGHT)
    lag = worker().metrics["lag"]
    return [
        *(case for metric in prometheus.metrics.values() for case in _numbers("prometheus", metric, args)),
        *_numbers("prometheus", lag, worker().args(WEIGHT)),
        *(
            Case(
                name=f"newrelic {metric['name']}: {name}", metric=metric, args=args, result=_row(metric, row)
            )
            for metric in new_relic.metrics.values()
            for name, row in ROWS.items()
        ),
    ]


def _numbers(provider: str, metric: Object, args: Mapping[str, str]) -> Iterator[Case]:
    """The common cases, and one on either side of the limit and one on it."""
    limit = next((float(args[name]) for name in args if f"args.{name}}}" in metric["successCondition"]), None)
    near = (
        {}
        if limit is None
        else {"the limit": [limit], "a bit less": [limit * 0.99], "a bit more": [limit * 1.01]}
    )
    for name, result in {**NUMBERS, **near}.items():
        yield Case(name=f"{provider} {metric['name']}: {name}", metric=metric, args=args, result=result)


def _row(metric: Object, row: Object) -> Object:
    """Of a row what the query asks for; a row of none of its columns stays as it is."""
    query = metric["provider"]["newRelic"]["query"]
    asked = {name: value for name, value in row.items() if f" AS {name}" in query}
    return asked or dict(row)
