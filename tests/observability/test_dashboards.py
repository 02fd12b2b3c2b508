"""Dashboards ask PromQL about series that somebody writes, and Grafana gets what it needs."""

import json
from typing import Any

import pytest
from observability.dashboards.grafana import grafana_json
from observability.dashboards.pages import PAGES
from observability.dashboards.panels import Dashboard
from observability.dashboards.questions import queries, series_of
from observability.rules import names
from observability.rules.alerts import ALERTS
from observability.rules.delivery import DELIVERY, MONTHLY
from observability.rules.model import Alert, Recorded

RECORDED = {rule.name for group in (DELIVERY, MONTHLY) for rule in group.rules if isinstance(rule, Recorded)}
OTHERS = {value for name, value in vars(names).items() if name.isupper()} - RECORDED
GRID = 24


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.uid)
def test_every_panel_asks_for_series_that_somebody_writes(page: Dashboard) -> None:
    for query in queries(page):
        found = series_of(query)
        assert found
        assert found <= RECORDED | OTHERS | {
            f"{names.REPLICAS}{each}" for each in ("desired", "available", "updated")
        }


def test_every_rule_reads_series_that_somebody_writes() -> None:
    for group in (DELIVERY, MONTHLY, ALERTS):
        for rule in group.rules:
            assert series_of(rule.expression) <= RECORDED | OTHERS | {"up"}


def test_what_is_recorded_is_read_somewhere() -> None:
    read = {name for page in PAGES for query in queries(page) for name in series_of(query)}
    for group in (DELIVERY, MONTHLY, ALERTS):
        read |= {name for rule in group.rules for name in series_of(rule.expression)}
    assert read >= RECORDED


def test_words_that_are_no_query_are_noticed() -> None:
    with pytest.raises(ValueError, match="unclosed"):
        series_of("sum(")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.uid)
def test_grafana_gets_each_panel_with_its_queries_in_its_place(page: Dashboard) -> None:
    shown: dict[str, Any] = json.loads(grafana_json(page))
    assert (shown["uid"], shown["title"]) == (page.uid, page.title)
    panels = [panel for panel in shown["panels"] if panel["type"] != "row"]
    wanted = [panel for row in page.rows for panel in row.panels]
    assert [panel["title"] for panel in panels] == [panel.title for panel in wanted]
    assert [[target["expr"] for target in panel["targets"]] for panel in panels] == [
        [query.expression for query in panel.queries] for panel in wanted
    ]
    assert len({panel["id"] for panel in shown["panels"]}) == len(shown["panels"])
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= GRID for panel in shown["panels"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.uid)
def test_every_query_goes_to_the_chosen_source(page: Dashboard) -> None:
    shown = json.loads(grafana_json(page))
    assert [each["name"] for each in shown["templating"]["list"]] == ["datasource", "namespace", "rollout"]
    assert all(
        panel["datasource"]["uid"] == "${datasource}" for panel in shown["panels"] if panel["type"] != "row"
    )


def test_an_alert_says_value_or_duration_and_what_is_allowed() -> None:
    for alert in ALERTS.rules:
        assert isinstance(alert, Alert)
        assert any(words in alert.summary for words in ("allowed", "expected", "longer than", "for 10 m"))
        assert alert.what_to_do.endswith(".")
