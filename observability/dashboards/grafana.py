"""A dashboard as Grafana's JSON, by Grafana's own library. Nothing is sent to a Grafana."""

from itertools import count
from typing import Final

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, statetimeline, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as model
from grafana_foundation_sdk.models import dashboard as board

from observability.dashboards.panels import Dashboard, Panel, Query, Shape
from observability.rules import names

_SOURCE: Final = board.DataSourceRef(type_val="prometheus", uid="${datasource}")
_HEIGHT: Final = {Shape.LINES: 8, Shape.STATES: 8, Shape.NUMBER: 4}
_Builder = timeseries.Panel | stat.Panel | statetimeline.Panel


def grafana_json(page: Dashboard) -> str:
    """The file for Grafana."""
    made = (
        dashboard.Dashboard(page.title)
        .uid(page.uid)
        .description(page.description)
        .tags(["argo-rollouts", "progressive-delivery"])
        .time(page.span, "now")
        .refresh("1m")
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .with_variable(_variable("namespace", f"label_values({names.INFO}, namespace)"))
        .with_variable(_variable("rollout", f'label_values({names.INFO}{{namespace=~"$namespace"}}, name)'))
    )
    numbers = count(1)  # Grafana tells panels apart by them
    for row in page.rows:
        made = made.with_row(dashboard.Row(row.title).id(next(numbers)))
        for panel in row.panels:
            made = made.with_panel(_panel(panel).id(next(numbers)))
    return f"{JSONEncoder(sort_keys=True, indent=2).encode(made.build())}\n"


def _variable(name: str, query: str) -> Builder[board.VariableModel]:
    return (
        dashboard.QueryVariable(name)
        .query(query)
        .datasource(_SOURCE)
        .multi(True)  # noqa: FBT003 - the library's own signature
        .include_all(True)  # noqa: FBT003 - as above
        .all_value(".+")
        .current(board.VariableOption(text="All", value="$__all"))
        .refresh(board.VariableRefresh.ON_TIME_RANGE_CHANGED)
    )


def _panel(panel: Panel) -> _Builder:
    made = _shaped(panel).title(panel.title).description(panel.description).datasource(_SOURCE)
    made = made.unit(panel.unit.value).span(panel.width).height(_HEIGHT[panel.shape])
    if panel.limits is not None:
        made = made.thresholds(_thresholds(*panel.limits))
    for letter, query in zip("ABCDEFGH", panel.queries, strict=False):
        made = made.with_target(_target(letter, query, is_now=panel.shape is Shape.NUMBER))
    return made


def _shaped(panel: Panel) -> _Builder:
    match panel.shape:
        case Shape.LINES:
            legend = common.VizLegendOptions().show_legend(True).placement(model.LegendPlacement.BOTTOM)  # noqa: FBT003 - the library's
            return (
                timeseries.Panel()
                .legend(legend)
                .line_interpolation(model.LineInterpolation.STEP_AFTER)
                .fill_opacity(10)
            )
        case Shape.NUMBER:
            last = common.ReduceDataOptions().calcs(["lastNotNull"])
            return stat.Panel().reduce_options(last).color_mode(model.BigValueColorMode.VALUE)
        case Shape.STATES:
            return statetimeline.Panel()


def _thresholds(warning: float, bad: float) -> dashboard.ThresholdsConfig:
    steps = [(None, "green"), (warning, "yellow"), (bad, "red")]
    return (
        dashboard.ThresholdsConfig()
        .mode(board.ThresholdsMode.ABSOLUTE)
        .steps([board.Threshold(value=value, color=colour) for value, colour in steps])
    )


def _target(letter: str, query: Query, *, is_now: bool) -> prometheus.Dataquery:
    made = (
        prometheus.Dataquery().ref_id(letter).expr(query.expression).legend_format(query.legend or "__auto")
    )
    return made.instant() if is_now else made.range()
