"""How a row of readings becomes a verdict, after the controller's own rules (analysis.go, assessMetricStatus). Pure.

Errors of a provider are left out: they are retried and do not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.charts.rendering import Object


def verdict(metric: Object, readings: Sequence[str]) -> tuple[str, int]:
    """What a metric comes to, and after how many of these readings; Running when they do not suffice."""
    counts = dict.fromkeys(("Successful", "Failed", "Inconclusive"), 0)
    in_a_row = 0
    for number, reading in enumerate(readings, 1):
        counts[reading] += 1
        in_a_row = in_a_row + 1 if reading == "Successful" else 0
        if ended := _ended(metric, counts, in_a_row, number):
            return ended, number
    return "Running", len(readings)


def _ended(metric: Object, counts: dict[str, int], in_a_row: int, number: int) -> str:
    wanted, forgiven = metric.get("consecutiveSuccessLimit", 0), metric.get("failureLimit", 0)
    if counts["Inconclusive"] > metric.get("inconclusiveLimit", 0):
        return "Inconclusive"
    if 0 <= forgiven < counts["Failed"]:
        return "Failed"
    if 0 < wanted <= in_a_row:
        return "Successful"
    if number < metric["count"]:
        return ""
    if not wanted:
        return "Successful"
    return "Inconclusive" if forgiven >= 0 else "Failed"
