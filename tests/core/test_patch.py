"""Patches as RFC 6902 writes them, pointers as RFC 6901 does."""

import jsonpointer
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.core.patch import Operation, Patch, pointer


@given(st.lists(st.text(), max_size=5))
def test_a_pointer_leads_through_whatever_keys_there_are(keys: list[str]) -> None:
    document: object = "found"
    for key in reversed(keys):
        document = {key: document}

    assert jsonpointer.resolve_pointer(document, pointer(*keys)) == "found"


def test_a_pointer_counts_list_entries_and_escapes_slashes_and_tildes() -> None:
    assert pointer("spec", "rules", 3) == "/spec/rules/3"
    assert pointer("metadata", "labels", "a/b~c") == "/metadata/labels/a~1b~0c"


def test_guards_come_before_changes() -> None:
    guard, change = Operation("test", "/a", 1), Operation("add", "/b", None)

    assert Patch(guards=(guard,), changes=(change,)).to_json() == [
        {"op": "test", "path": "/a", "value": 1},
        {"op": "add", "path": "/b", "value": None},
    ]


def test_a_removal_has_no_value() -> None:
    assert Operation("remove", "/a").to_json() == {"op": "remove", "path": "/a"}


def test_a_patch_that_only_assumes_is_empty() -> None:
    assert not Patch(guards=(Operation("test", "/a", 1),))
    assert Patch(changes=(Operation("remove", "/a"),))
