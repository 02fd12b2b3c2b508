"""The two dashboards: one canary at a time, for whoever watches a release; and the delivery metrics, for everybody."""

from typing import Final

from observability.dashboards.panels import Dashboard, Panel, Query, Row, Shape, Unit
from observability.rules import names

ONE: Final = 'namespace=~"$namespace",name=~"$rollout"'
"""The Rollouts that were chosen."""

RUNS: Final = 'namespace=~"$namespace",name=~"($rollout)-.+"'
"""Their runs: their names begin with the Rollout's, and no metric says more of whose they are."""


def _lines(title: str, description: str, *queries: Query, unit: Unit = Unit.NUMBER, width: int = 12) -> Panel:
    return Panel(
        title=title, description=description, shape=Shape.LINES, unit=unit, queries=queries, width=width
    )


def _number(
    title: str, description: str, expression: str, unit: Unit, limits: tuple[float, float] | None = None
) -> Panel:
    return Panel(
        title=title,
        description=description,
        shape=Shape.NUMBER,
        unit=unit,
        queries=(Query(expression),),
        width=4,
        limits=limits,
    )


def _states(title: str, description: str, expression: str, legend: str) -> Panel:
    query = Query(expression, legend)
    return Panel(
        title=title, description=description, shape=Shape.STATES, unit=Unit.NUMBER, queries=(query,), width=12
    )


CANARIES: Final = Dashboard(
    uid="progressive-canaries",
    title="Progressive delivery: canaries",
    description="Weights, gates and pods of Rollouts, as the router and the controller have them.",
    span="now-3h",
    rows=(
        Row(
            "Traffic",
            (
                _lines(
                    "Canary's share",
                    "Of all traffic, as the routes were given it last.",
                    Query(f"{names.PERCENT}{{{ONE}}}", "{{namespace}}/{{name}}"),
                    unit=Unit.PERCENT,
                ),
                _states(
                    "Phase",
                    "As the controller's metrics call it: Completed is healthy, Abort and Timeout are degraded.",
                    f"max by (namespace, name, phase) ({names.INFO}{{{ONE}}})",
                    "{{namespace}}/{{name}} {{phase}}",
                ),
                _lines(
                    "Writes of routes",
                    "Patches a minute, by how they ended.",
                    Query(
                        f"60 * sum by (resource, result) (rate({names.PATCHES}[5m]))",
                        "{{resource}} {{result}}",
                    ),
                ),
                _lines(
                    "Routing errors",
                    "In five minutes. More than one or two in a row hold a step up.",
                    Query(
                        f'sum by (namespace, name, reason) (increase({names.EVENTS}{{{ONE},reason=~"TrafficRoutingError|WeightVerifyError"}}[5m]))',
                        "{{namespace}}/{{name}} {{reason}}",
                    ),
                ),
            ),
        ),
        Row(
            "Gates",
            (
                _states(
                    "Metrics of analyses",
                    "Each metric of each run, while the run is kept. Rehearsals are left out.",
                    f'max by (namespace, name, metric, phase) ({names.RUN_METRIC}{{{RUNS},dry_run="false"}} > 0)',
                    "{{name}} {{metric}} {{phase}}",
                ),
                _lines(
                    "Runs by verdict",
                    "Runs that are kept, by their phase.",
                    Query(f"sum by (phase) ({names.RUN}{{{RUNS}}})", "{{phase}}"),
                ),
            ),
        ),
        Row(
            "Pods",
            (
                _lines(
                    "Pods",
                    "Of both versions.",
                    *(
                        Query(
                            f"sum by (namespace, name) ({names.REPLICAS}{which}{{{ONE}}})",
                            f"{{{{name}}}} {which}",
                        )
                        for which in ("desired", "available", "updated")
                    ),
                ),
                _lines(
                    "What the controller says",
                    "Events an hour, by their reason.",
                    Query(f"sum by (reason) (increase({names.EVENTS}{{{ONE}}}[1h]))", "{{reason}}"),
                ),
            ),
        ),
    ),
)

DELIVERY: Final = Dashboard(
    uid="progressive-delivery",
    title="Progressive delivery: how it goes",
    description="Frequency, lead time, failure rate and recovery, out of the controller's events.",
    span="now-30d",
    rows=(
        Row(
            "The last 30 days",
            (
                _number(
                    "Deployments",
                    "Versions that got all traffic.",
                    f"sum({names.DEPLOYMENTS_30D}{{{ONE}}})",
                    Unit.NUMBER,
                ),
                _number(
                    "A day",
                    "Deployments a day.",
                    f"sum({names.DEPLOYMENTS_30D}{{{ONE}}}) / 30",
                    Unit.NUMBER,
                ),
                _number(
                    "Lead time",
                    "From the commit to all traffic, for charts that say when the commit was made.",
                    f"avg({names.LEAD_TIME_30D}{{{ONE}}})",
                    Unit.SECONDS,
                ),
                _number(
                    "Change failure rate",
                    "Aborts above 5 % of the traffic, among all that ended.",
                    f"sum({names.FAILURES_30D}{{{ONE}}}) / (sum({names.FAILURES_30D}{{{ONE}}}) + (sum({names.DEPLOYMENTS_30D}{{{ONE}}}) or vector(0)))",
                    Unit.RATIO,
                    limits=(0.05, 0.15),
                ),
                _number(
                    "Recovery",
                    "From a failure until the Rollout was complete again.",
                    f"avg({names.RECOVERY_30D}{{{ONE}}})",
                    Unit.SECONDS,
                ),
                _number(
                    "Early aborts",
                    "At 5 % of the traffic or less: the safety at work. They are no failures here.",
                    f"sum({names.EARLY_30D}{{{ONE}}})",
                    Unit.NUMBER,
                ),
            ),
        ),
        Row(
            "Over time",
            (
                _lines(
                    "Deployments and aborts a day",
                    "What ended in the day before.",
                    Query(f"sum(sum_over_time({names.NEW_DEPLOYMENTS}{{{ONE}}}[1d]))", "deployed"),
                    Query(f"sum(sum_over_time({names.NEW_FAILURES}{{{ONE}}}[1d]))", "failed"),
                    Query(f"sum(sum_over_time({names.NEW_EARLY}{{{ONE}}}[1d]))", "aborted early"),
                ),
                _lines(
                    "Change failure rate",
                    "Of 30 days, each Rollout's.",
                    Query(f"{names.FAILURE_RATIO_30D}{{{ONE}}}", "{{namespace}}/{{name}}"),
                    unit=Unit.RATIO,
                ),
                _lines(
                    "Recovery",
                    "Mean of 30 days, each Rollout's.",
                    Query(f"{names.RECOVERY_30D}{{{ONE}}}", "{{namespace}}/{{name}}"),
                    unit=Unit.SECONDS,
                ),
                _lines(
                    "Lead time",
                    "Mean of 30 days, each Rollout's.",
                    Query(f"{names.LEAD_TIME_30D}{{{ONE}}}", "{{namespace}}/{{name}}"),
                    unit=Unit.SECONDS,
                ),
            ),
        ),
        Row(
            "Who is told",
            (
                _lines(
                    "Notifications",
                    "Sent, and not sent, an hour.",
                    Query(f"sum(increase({names.SENT}{{{ONE}}}[1h]))", "sent"),
                    Query(f"sum(increase({names.NOT_SENT}{{{ONE}}}[1h]))", "not sent"),
                ),
            ),
        ),
    ),
)

PAGES: Final = (CANARIES, DELIVERY)
