"""The table of conditions is that of what the chart renders now, and nothing in it passes for want of data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.gates.conditions import GOLDEN, cases

if TYPE_CHECKING:
    from tests.charts.rendering import Object

WANT_OF_DATA = ("nothing", "NaN", "too few requests", "no traffic", "nothing but null", "none of the columns")


def table() -> dict[str, Object]:
    return dict(json.loads(GOLDEN.read_text()))


def test_the_table_has_every_case_and_no_other() -> None:
    """`python -m e2e.kit.expr.table` writes it anew, which needs Go."""
    assert list(table()) == [case.name for case in cases()]


def test_the_table_shows_conditions_as_they_are_rendered() -> None:
    for case in cases():
        row = table()[case.name]
        assert (row["success"], row["failure"]) == case.conditions(), case.name


@pytest.mark.parametrize("want", WANT_OF_DATA)
def test_no_gate_passes_or_fails_for_want_of_data(want: str) -> None:
    found = {name: row["verdict"] for name, row in table().items() if name.endswith(f": {want}")}
    load = {name for name in found if " load:" in name}  # without traffic the load is low, and that is data
    assert {found[name] for name in set(found) - load} == {"Inconclusive"}


def test_no_reading_is_an_error() -> None:
    assert {row["verdict"] for row in table().values()} == {"Successful", "Failed", "Inconclusive"}
