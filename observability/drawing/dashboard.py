"""A dashboard with its data as one picture, laid out as Grafana lays it out. It is our drawing and not Grafana's."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from observability.dashboards.panels import Dashboard, Panel, Row, Shape
from observability.drawing import svg
from observability.drawing.data import Series, Span, shown

Data = Mapping[str, Sequence[Series]]
"""The series of each panel, by its title within its row: `row/panel`."""

WIDTH: Final = 1200.0
_COLUMN: Final = WIDTH / 24
_HEIGHTS: Final[Mapping[Shape, float]] = {Shape.LINES: 210.0, Shape.STATES: 210.0, Shape.NUMBER: 96.0}
_HEAD, _HEADING, _GAP = 64.0, 30.0, 6.0
_LEFT, _TOP, _BOTTOM = 52.0, 34.0, 58.0  # within a panel: the scale, the title, the names
_COLOURS: Final = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f")
_STATES: Final[Mapping[str, str]] = {
    "Completed": "#2ca02c",
    "Successful": "#2ca02c",
    "Progressing": "#1f77b4",
    "Running": "#1f77b4",
    "Pending": "#7f7f7f",
    "Paused": "#ffbf00",
    "Inconclusive": "#ffbf00",
}
_BAD: Final = "#d62728"
_NAMES: Final = 6
"""Series that are named below a panel."""


def drawn(page: Dashboard, data: Data, span: Span) -> str:
    """The SVG file."""
    shapes, y = [], _HEAD
    for row in page.rows:
        shapes.append(svg.text(12, y + 20, row.title, size=14, more="font-weight='bold'"))
        y += _HEADING
        placed = list(_placed(row, y))
        for panel, x, top in placed:
            shapes.extend(_panel(panel, x, top, data.get(f"{row.title}/{panel.title}", ()), span))
        y = max(top + _HEIGHTS[panel.shape] for panel, _, top in placed) + _GAP
    head = [
        svg.box(0, 0, WIDTH, y, fill="#f6f8fa"),
        svg.text(12, 28, page.title, size=18, more="font-weight='bold'"),
        svg.text(12, 48, page.description, colour="#57606a"),
    ]
    return svg.picture(WIDTH, y, page.title, (*head, *shapes))


def _placed(row: Row, y: float) -> Iterator[tuple[Panel, float, float]]:
    """Each panel with its corner; a line is as high as its first panel, as all of one line are alike."""
    column = 0
    for panel in row.panels:
        if column + panel.width > WIDTH / _COLUMN:
            column, y = 0, y + _HEIGHTS[panel.shape] + _GAP
        yield panel, column * _COLUMN, y
        column += panel.width


def _panel(panel: Panel, x: float, y: float, series: Sequence[Series], span: Span) -> Iterator[str]:
    width, height = panel.width * _COLUMN - _GAP, _HEIGHTS[panel.shape]
    yield svg.box(x + 3, y, width, height, fill="white", more="stroke='#d0d7de' rx='3'")
    yield svg.text(x + 12, y + 20, panel.title, more="font-weight='bold'")
    yield from _SHAPES[panel.shape](panel, x, y, series, span)


def _number(panel: Panel, x: float, y: float, series: Sequence[Series], span: Span) -> Iterator[str]:
    del span  # it is the last value
    last = series[0].points[-1][1] if series and series[0].points else None
    words = "No data" if last is None else shown(last, panel.unit)
    yield svg.text(x + 14, y + 68, words, size=28, colour=_judged(last, panel.limits))


def _judged(value: float | None, limits: tuple[float, float] | None) -> str:
    if value is None or limits is None:
        return "#24292f"
    return "#2ca02c" if value < limits[0] else "#b08800" if value < limits[1] else _BAD


def _lines(panel: Panel, x: float, y: float, series: Sequence[Series], span: Span) -> Iterator[str]:
    width = panel.width * _COLUMN - _GAP - _LEFT - 16
    height = _HEIGHTS[panel.shape] - _TOP - _BOTTOM
    values = [value for each in series for _, value in each.points]
    most = max((*values, 0.0)) or 1.0
    for part in (0.0, 0.5, 1.0):
        level = y + _TOP + height * (1 - part)
        yield svg.line(x + _LEFT, level, width)
        label = shown(most * part, panel.unit)
        yield svg.text(x + _LEFT - 6, level + 4, label, size=10, colour="#57606a", more="text-anchor='end'")

    def at(point: tuple[float, float]) -> tuple[float, float]:
        share = (point[0] - span.begin) / (span.end - span.begin)
        return x + _LEFT + width * share, y + _TOP + height * (1 - point[1] / most)

    for number, each in enumerate(series):
        yield svg.path([at(point) for point in each.points], colour=_COLOURS[number % len(_COLOURS)])
    yield from _times(x + _LEFT, y + _TOP + height + 12, width, span)
    yield from _legend(x + _LEFT, y + _TOP + height + 28, series, width)
    if not values:
        yield svg.text(x + _LEFT + width / 2 - 24, y + _TOP + height / 2, "No data", colour="#57606a")


def _times(x: float, y: float, width: float, span: Span) -> Iterator[str]:
    """Minutes since the beginning."""
    minutes = (span.end - span.begin) / 60
    for part, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        words = f"{minutes * part:.0f} min"
        yield svg.text(x + width * part, y, words, size=9, colour="#57606a", more=f"text-anchor='{anchor}'")


def _legend(x: float, y: float, series: Sequence[Series], width: float) -> Iterator[str]:
    for number, each in enumerate(series[:_NAMES]):
        left, top = x + (number % 3) * width / 3, y + (number // 3) * 15
        yield svg.box(left, top - 7, 10, 3, fill=_COLOURS[number % len(_COLOURS)])
        yield svg.text(left + 14, top, each.name[:30], size=10)


def _states(panel: Panel, x: float, y: float, series: Sequence[Series], span: Span) -> Iterator[str]:
    left, width = x + 250, panel.width * _COLUMN - _GAP - 264
    room = _HEIGHTS[panel.shape] - _TOP - 12
    height = min(18.0, room / max(1, len(series)))
    for number, each in enumerate(series):
        top = y + _TOP + number * height
        yield svg.text(x + 12, top + height * 0.7, each.name[-42:], size=10)
        colour = _STATES.get(each.name.rpartition(" ")[2], _BAD)
        for begin, end in _stretches(each):
            start = left + width * (begin - span.begin) / (span.end - span.begin)
            long = max(2.0, width * (end - begin) / (span.end - span.begin))
            yield svg.box(start, top + 2, long, height - 4, fill=colour)


def _stretches(series: Series) -> Iterator[tuple[float, float]]:
    """When the state held: neighbouring measurements above 0 belong together."""
    if len(series.points) < 2:
        return
    step = min(after[0] - before[0] for before, after in zip(series.points, series.points[1:], strict=False))
    begin = last = None
    for time, value in series.points:
        if value <= 0:
            continue
        if begin is not None and last is not None and time - last > step * 1.5:
            yield begin, last + step
            begin = time
        begin, last = time if begin is None else begin, time
    if begin is not None and last is not None:
        yield begin, last + step


_Draw = Callable[[Panel, float, float, Sequence[Series], Span], Iterator[str]]
_SHAPES: Final[Mapping[Shape, _Draw]] = {Shape.NUMBER: _number, Shape.LINES: _lines, Shape.STATES: _states}
