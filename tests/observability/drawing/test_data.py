"""Values with their units."""

import pytest
from observability.dashboards.panels import Unit
from observability.drawing.data import shown


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (5.0, Unit.PERCENT, "5 %"),
        (0.125, Unit.RATIO, "12.5 %"),
        (90.0, Unit.SECONDS, "90 s"),
        (1800.0, Unit.SECONDS, "30.0 min"),
        (12.0, Unit.NUMBER, "12"),
    ],
)
def test_a_value_has_its_unit(value: float, unit: Unit, words: str) -> None:
    assert shown(value, unit) == words
