"""Tables between the marks of a page."""

import pytest
from pages.tables import PageError, filled, names, table

PAGE = "before\n<!-- made by `make pages`: flags -->\nold\n<!-- end of flags -->\nafter\n"


def test_what_stands_between_the_marks_is_replaced_and_nothing_else() -> None:
    assert filled(PAGE, {"flags": "new"}) == PAGE.replace("old", "new")


def test_a_page_is_filled_twice_with_one_result() -> None:
    once = filled(PAGE, {"flags": "| new |"})
    assert filled(once, {"flags": "| new |"}) == once


def test_a_page_without_marks_stays_as_it_is() -> None:
    assert filled("text", {"flags": "new"}) == "text"


def test_a_mark_of_an_unknown_table_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(PageError, match=r'"flags".*there are keys'):
        filled(PAGE, {"keys": ""})


@pytest.mark.parametrize("end", ["", "<!-- end of keys -->"])
def test_a_mark_that_is_not_closed_is_refused(end: str) -> None:
    with pytest.raises(PageError, match="not followed"):
        filled(PAGE.replace("<!-- end of flags -->", end), {"flags": "", "keys": ""})


def test_the_tables_of_a_page_are_known_in_order() -> None:
    assert names(PAGE + PAGE.replace("flags", "keys")) == ["flags", "keys"]


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    assert table(("a", "b"), [("x|y", "z")]) == "| a | b |\n| --- | --- |\n| x\\|y | z |"
