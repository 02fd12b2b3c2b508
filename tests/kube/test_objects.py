"""The frame of lists."""

import msgspec
import pytest

from rollouts_router.kube.objects import page_of


def test_a_page_has_its_items_and_where_the_next_one_starts() -> None:
    page = page_of({"metadata": {"continue": "abc", "resourceVersion": "5"}, "items": [{"a": 1}]})
    assert page.items == [{"a": 1}]
    assert page.after == "abc"


def test_the_last_page_says_nothing_of_a_next_one_and_may_have_no_items() -> None:
    page = page_of({"metadata": {}, "items": None})
    assert (page.items, page.after) == ([], "")


@pytest.mark.parametrize("document", [{}, {"metadata": {}, "items": [1]}, {"metadata": {"continue": 1}}])
def test_something_else_is_no_list(document: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        page_of(document)
