"""Every condition with every sort of result, judged by the controller's engine; the table is tests/golden/gates."""

from __future__ import annotations

import json

from tests.gates.conditions import GOLDEN, cases

from e2e.kit.expr.oracle import Reading, judged


def test_every_reading_has_the_verdict_of_the_table() -> None:
    """`python -m e2e.kit.expr.table` writes the table anew; read what changes in it."""
    asked = cases()
    readings = [Reading(metric=case.metric, result=case.result, args=case.args) for case in asked]
    found = {case.name: (told.phase, told.error) for case, told in zip(asked, judged(readings), strict=True)}
    table = json.loads(GOLDEN.read_text())
    assert {name: phase for name, (phase, _) in found.items()} == {
        name: row["verdict"] for name, row in table.items()
    }
    assert all(not error for _, error in found.values())


def test_the_engine_is_asked_what_the_chart_renders() -> None:
    """With the placeholders filled in by the controller's own code, none is left."""
    (told,) = judged([Reading(metric=cases()[0].metric, result=[1.0], args=cases()[0].args)])
    assert "{{" not in told.query
