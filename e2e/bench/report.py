"""The whole of a run as a value, and as the text that is printed: Markdown tables that also read well plain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from e2e.bench.errors import NotMeasuredError
from e2e.bench.figures import FLOORS, Column, Row, Samples, Unit, Verdict, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NOTHING: Final = ""
BEGIN: Final = "<!-- figures: written by `python -m e2e.bench --page FILE` -->"
END: Final = "<!-- end of figures -->"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A run.

    Attributes:
        machine: Facts by name.
        load: Load averages by the moment.
        rows: The table.
        requests: API requests by verb, for each call that was counted.
        missing: What could not be measured, and why.
    """

    machine: dict[str, str]
    load: dict[str, str]
    rows: list[Row]
    requests: dict[str, dict[str, int]]
    missing: list[str]
    verdicts: list[Verdict]


def report(
    machine: dict[str, str],
    load: dict[str, str],
    rows: list[Row],
    requests: dict[str, dict[str, int]],
    missing: list[str],
) -> Report:
    """A run with the verdicts on it."""
    judged = verdicts(rows)
    return Report(machine=machine, load=load, rows=rows, requests=requests, missing=missing, verdicts=judged)


def as_json(run: Report) -> bytes:
    """A run for other programs; samples are in the order in which they were taken."""
    return msgspec.json.format(msgspec.json.encode(run), indent=1) + b"\n"


def as_text(run: Report) -> str:
    """A run for people: facts, figures as `median (least to greatest)`, request counts, targets."""
    facts = [f"- {name}: {value}" for name, value in run.machine.items()]
    facts += [f"- load average {moment}: {value}" for moment, value in run.load.items()]
    parts = [
        facts,
        *(_figures(run.rows, unit) for unit in Unit),
        _requests(run.requests),
        _targets(run.verdicts),
        _missing(run.missing),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def paged(page: str, text: str) -> str:
    """The page with this text between its markers.

    Raises:
        NotMeasuredError: The page has no markers.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NotMeasuredError(
            f"the page needs two lines for the figures to stand between: {BEGIN} and {END}"
        )
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def _figures(rows: Iterable[Row], unit: Unit) -> list[str]:
    rows = [row for row in rows if row.unit is unit]
    columns = [column for column in Column if any(column in row.samples for row in rows)]
    floors = [floor for floor in FLOORS if any(row.times(floor) for row in rows)]
    heads = [unit.value, *(column.value for column in columns), *(f"of {floor.value}" for floor in floors)]
    cells = [
        [
            row.text,
            *(_shown(row.samples.get(column)) for column in columns),
            *(_factor(row.times(floor)) for floor in floors),
        ]
        for row in rows
    ]
    return _table(heads, cells)


def _requests(counted: dict[str, dict[str, int]]) -> list[str]:
    cells = [
        [call, ", ".join(f"{number} {verb}" for verb, number in verbs.items())]
        for call, verbs in counted.items()
    ]
    return _table(["API requests by the audit log", "of the plugin's identity"], cells)


def _targets(judged: Iterable[Verdict]) -> list[str]:
    cells = [
        [
            verdict.text,
            verdict.against,
            f"{verdict.limit:g}",
            f"{verdict.measured:.2f}",
            "reached" if verdict.reached else "NOT REACHED",
        ]
        for verdict in judged
    ]
    return _table(["target", "against", "limit", "measured", NOTHING], cells)


def _missing(missing: Iterable[str]) -> list[str]:
    return [f"- **not measured**: {each}" for each in missing]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    rule = ["-" * width for width in widths]
    return [_line(row, widths) for row in (heads, rule, *rows)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def _shown(samples: Samples | None) -> str:
    if samples is None:
        return NOTHING
    least, greatest = samples.span
    return f"{_number(samples.median)} ({_number(least)} to {_number(greatest)})"


def _number(value: float) -> str:
    """Three digits are all that a measurement is good for; none of them is dropped before the point."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _factor(times: float | None) -> str:
    return NOTHING if times is None else f"{times:.2f}"
