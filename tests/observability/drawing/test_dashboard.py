"""A dashboard as a picture: what is in it, and where."""

import re
from xml.etree import ElementTree as ET

import pytest
from observability.dashboards.pages import CANARIES, DELIVERY, PAGES
from observability.dashboards.panels import Dashboard
from observability.drawing.dashboard import WIDTH, drawn
from observability.drawing.data import Series, Span

SPAN = Span(0, 100)
NUMBER = "The last 30 days/Change failure rate"


def root(page: Dashboard, **data: list[Series]) -> ET.Element:
    return ET.fromstring(drawn(page, {key.replace("__", "/"): each for key, each in data.items()}, SPAN))  # noqa: S314 - our own text


def words(tree: ET.Element) -> list[str]:
    return [each.text or "" for each in tree.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.uid)
def test_every_row_and_panel_is_named_also_without_data(page: Dashboard) -> None:
    told = words(root(page))
    assert all(row.title in told for row in page.rows)
    assert all(panel.title in told for row in page.rows for panel in row.panels)
    assert "No data" in told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.uid)
def test_nothing_stands_outside_of_the_picture(page: Dashboard) -> None:
    tree = root(page)
    height = float(tree.attrib["height"])
    for box in tree.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(box.attrib["x"]) + float(box.attrib["width"]) <= WIDTH
        assert float(box.attrib["y"]) + float(box.attrib["height"]) <= height


def test_a_line_goes_from_its_first_value_to_its_last() -> None:
    series = Series("shop/web", [(0, 0), (50, 25), (100, 50)])
    text = drawn(CANARIES, {"Traffic/Canary's share": [series]}, SPAN)
    (found,) = re.findall(r"<path d='(M[^']+)' fill='none'", text)
    assert found.count("H") == 2
    assert "shop/web" in text
    assert "50 %" in text


@pytest.mark.parametrize(("value", "colour"), [(0.01, "#2ca02c"), (0.1, "#b08800"), (0.5, "#d62728")])
def test_a_number_has_the_colour_of_its_limits(value: float, colour: str) -> None:
    text = drawn(DELIVERY, {NUMBER: [Series("", [(0, 1.0), (100, value)])]}, SPAN)
    assert re.search(rf"fill='{colour}' >{100 * value:g} %<", text)


def test_a_state_is_drawn_for_as_long_as_it_held() -> None:
    points = [*((time, 1.0) for time in range(0, 30, 10)), *((time, 1.0) for time in range(60, 90, 10))]
    text = drawn(
        CANARIES, {"Traffic/Phase": [Series("shop/web Paused", points), Series("once", [(5, 1)])]}, SPAN
    )
    assert text.count("fill='#ffbf00'") == 2


def test_a_state_that_does_not_hold_is_not_drawn() -> None:
    text = drawn(CANARIES, {"Traffic/Phase": [Series("shop/web Paused", [(0, 0.0), (10, 0.0)])]}, SPAN)
    assert "fill='#ffbf00'" not in text
