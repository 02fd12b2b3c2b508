"""What is shown, as lines of text: values in, strings out. Nothing is printed here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from demo.bounds import FALSE_ALARM, PERCENT
from demo.load import Counts
from demo.scenes import Way
from demo.summary import CANARY_VERSION, Line, Summary

WIDTH: Final = 24  # characters of a bar
_FULL, _EMPTY = "█", "·"
_NAMES: Final = 20  # characters of a route's kind and name


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A route as it is now.

    Attributes:
        way: Which one.
        weight: The canary's weight on it, 0 to 100.
        window: The requests that are being counted.
        overall: All requests so far.
    """

    way: Way
    weight: int
    window: Counts
    overall: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """All that is shown live.

    Attributes:
        title: What runs.
        seconds: Since the start.
        step: The step.
        doing: What is being done about it.
        rows: The routes.
    """

    title: str
    seconds: float
    step: str
    doing: str
    rows: Sequence[Row]


def bar(percent: float) -> str:
    """A bar of WIDTH characters; anything above nothing shows, and only all fills it."""
    cells = round(WIDTH * percent / PERCENT)
    if 0 < percent < PERCENT:
        cells = min(max(cells, 1), WIDTH - 1)
    return _FULL * cells + _EMPTY * (WIDTH - cells)


def frame(shown: Frame) -> list[str]:
    """The live picture."""
    return [
        f"{shown.title}   {shown.seconds:.0f} s",
        f"{shown.step}: {shown.doing}",
        *(line for row in shown.rows for line in _row(row)),
    ]


def result(line: Line) -> str:
    """One measurement, for who reads lines."""
    seen = line.measured
    failed = f", {seen.failed} failed" if seen.failed else ""
    return (
        f"  {seen.way!s:{_NAMES}} {bar(seen.share)} {seen.share:5.1f} % "
        f"answered by v2 ({seen.canary} of {seen.number}{failed})"
    )


def summary(shown: Summary) -> Iterator[str]:
    """The end: a table, what it means, and what was wrong."""
    yield f"{'step':16}{'route':{_NAMES + 1}}{'asked':>8}{'measured':>10}{'requests':>10}{'allowed':>12}"
    for line in shown.lines:
        yield _table_row(line)
    yield (
        f"allowed: counts of the canary that the weight can give by chance; a right gateway fails one run in "
        f"{1 / FALSE_ALARM:,.0f} at most"
    )
    yield from (f"WRONG: {each}" for each in shown.complaints)


def _table_row(line: Line) -> str:
    seen = line.measured
    least, most = line.allowed[0], line.allowed[-1]
    verdict = "" if line.is_right else "  WRONG"
    return (
        f"{seen.step:16}{seen.way!s:{_NAMES + 1}}{seen.asked:6.1f} %{seen.share:8.1f} %"
        f"{seen.number:10}{f'{least}..{most}':>12}{verdict}"
    )


def _row(row: Row) -> Iterator[str]:
    window = row.window
    share = PERCENT * window.answered[CANARY_VERSION] / max(window.total, 1)
    counted = "  ".join(f"{name} {times}" for name, times in sorted(window.answered.items()))
    yield f"{row.way!s:{_NAMES}} weight   {bar(row.weight)} {row.weight:5.1f} %"
    yield f"{'':{_NAMES}} answered {bar(share)} {share:5.1f} %   {counted}"
    yield f"{'':{_NAMES}} {row.overall.total} requests so far, {row.overall.failures} failed"
