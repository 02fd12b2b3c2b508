"""An alert as a picture."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from observability.drawing.alert import alert

GOLDEN = Path(__file__).parents[2] / "golden" / "notifications"


@pytest.mark.parametrize("name", [path.stem for path in sorted(GOLDEN.glob("*.json"))])
def test_every_message_can_be_drawn(name: str) -> None:
    for services in json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")).values():
        tree = ET.fromstring(alert(services["slack"]))  # noqa: S314 - our own text
        assert tree.attrib["aria-label"]


def test_value_and_threshold_stand_in_the_picture_without_markup() -> None:
    slack = json.loads((GOLDEN / "failed.json").read_text(encoding="utf-8"))["analysis-failed"]["slack"]
    text = alert(slack)
    assert ">error-rate = 0.034, needs result[0] &lt;= 0.01<" in text
    assert "`" not in text


def test_the_picture_in_the_docs_is_that_of_the_golden_payload() -> None:
    """`python -m e2e.kit.rules.pictures` draws it anew."""
    slack = json.loads((GOLDEN / "failed.json").read_text(encoding="utf-8"))["analysis-failed"]["slack"]
    shown = Path(__file__).parents[3] / "docs" / "pictures" / "alert.svg"
    assert shown.read_text(encoding="utf-8") == alert(slack)
