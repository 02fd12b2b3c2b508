"""What dashboards ask, apart from Grafana: their variables filled in, and the series that a query reads."""

from collections.abc import Iterator
from typing import Final

import promql_parser

from observability.dashboards.panels import Dashboard

_AROUND_ONE: Final = (
    promql_parser.AggregateExpr,
    promql_parser.ParenExpr,
    promql_parser.UnaryExpr,
    promql_parser.SubqueryExpr,
)


def asked(query: str, *, namespace: str = ".+", rollout: str = ".+") -> str:
    """The query with a choice of Rollouts, regular expressions, in place of the variables."""
    return query.replace("$namespace", namespace).replace("$rollout", rollout)


def queries(page: Dashboard) -> Iterator[str]:
    """All queries of a dashboard, for all Rollouts."""
    for row in page.rows:
        for panel in row.panels:
            yield from (asked(query.expression) for query in panel.queries)


def series_of(query: str) -> frozenset[str]:
    """The names of the series that a query reads.

    Raises:
        ValueError: It is no PromQL.
    """
    return frozenset(_names(promql_parser.parse(query)))


def _names(node: object) -> Iterator[str]:
    """Every selector below a node of the parser's tree; its classes share no base and no list of children."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node.name or ""
    elif isinstance(node, promql_parser.MatrixSelector):
        yield from _names(node.vector_selector)
    elif isinstance(node, promql_parser.BinaryExpr):
        yield from _names(node.lhs)
        yield from _names(node.rhs)
    elif isinstance(node, promql_parser.Call):
        for argument in node.args:
            yield from _names(argument)
    elif isinstance(node, _AROUND_ONE):
        yield from _names(node.expr)
