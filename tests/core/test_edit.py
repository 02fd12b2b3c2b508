"""Every change to a working copy is the same change on the server."""

import copy
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import Json, ref, route, rule, spec

from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.labels import Label
from rollouts_router.core.routes import Route, rules

NOTE = "example.com/note"


def applied(edit: RouteEdit) -> Json:
    """What the server makes of the patch."""
    after: Json = jsonpatch.apply_patch(edit.route.object, edit.patch().to_json())
    return after


def guards(edit: RouteEdit) -> list[tuple[str, object]]:
    """What the patch assumes beside the identity of the object."""
    return [(step.path, step.value) for step in edit.patch().guards[2:]]


FILTERS = st.none() | st.lists(st.sampled_from([{"type": "X"}, {"type": "Y", "y": {}}]), max_size=2)
RULES = st.builds(
    lambda refs, filters, name: {
        **rule(*(ref(each) for each in refs)),
        **({} if filters is None else {"filters": copy.deepcopy(filters)}),
        **name,
    },
    st.lists(st.sampled_from("abc"), min_size=1, max_size=3),
    FILTERS,
    st.sampled_from([{}, {"name": "n"}]),
)


@given(st.data(), st.lists(RULES, min_size=1, max_size=3))
def test_any_changes_in_any_order_give_the_working_copy_on_the_server(
    data: st.DataObject, given_: list[Json]
) -> None:
    before = route({"rules": given_})
    untouched = copy.deepcopy(before.object)
    edit = RouteEdit(before)
    for _ in range(data.draw(st.integers(0, 6))):
        _change(edit, data)

    assert list(applied(edit)["spec"]["rules"]) == [each.object for each in edit.rules()]
    assert edit.rules() == rules(Route(before.key, {"spec": {"rules": applied(edit)["spec"]["rules"]}}))
    assert before.object == untouched


def _change(edit: RouteEdit, data: st.DataObject) -> None:
    held = edit.rules()
    at = data.draw(st.integers(0, len(held)))
    if at == len(held):
        edit.insert_rule(data.draw(st.integers(0, at)), rule(ref("new")))
        return
    filters = held[at].object.get("filters") or []
    refs = held[at].refs
    choices: list[Any] = [
        lambda: edit.replace_rule(at, rule(ref("other"), filters=[])),
        lambda: edit.append_filter(at, {"type": "Z"}),
        lambda: edit.append_ref(at, ref("last", 5)),
        *([lambda: edit.remove_rule(at)] if len(held) > 1 else []),
        *([lambda: edit.set_weight(at, data.draw(st.integers(0, len(refs) - 1)), 7)] if refs else []),
        *([lambda: edit.remove_ref(at, data.draw(st.integers(0, len(refs) - 1)))] if refs else []),
        *([lambda: _remove_filter(edit, at, data)] if filters else []),
    ]
    data.draw(st.sampled_from(choices))()


def _remove_filter(edit: RouteEdit, at: int, data: st.DataObject) -> None:
    filters = edit.rules()[at].object["filters"]
    edit.remove_filter(at, data.draw(st.integers(0, len(filters) - 1)), keep_list=data.draw(st.booleans()))


def test_without_a_change_there_is_no_patch_and_no_object_is_too_odd() -> None:
    assert RouteEdit(route(spec(), uid=None)).patch().to_json() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("uid", None), ("uid", 5), ("generation", None), ("generation", True), ("generation", "3")],
)
def test_an_object_that_cannot_be_told_from_a_newer_one_is_not_changed(field: str, value: object) -> None:
    edit = RouteEdit(route(spec(), **{field: value}))
    edit.remove_rule(0)

    with pytest.raises(RoutingError, match=rf"HTTPRoute shop/web: .* without metadata\.{field}"):
        edit.patch()


# --- filters ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("had", [{}, {"filters": []}, {"filters": [{"type": "X"}]}, {"filters": None}])
def test_a_filter_goes_to_the_end_and_a_list_is_made_where_there_is_none(had: Json) -> None:
    edit = RouteEdit(route(spec(rule(ref("a"), **had))))

    edit.append_filter(0, {"type": "Z"})

    assert applied(edit)["spec"]["rules"][0]["filters"] == [*(had.get("filters") or []), {"type": "Z"}]


@pytest.mark.parametrize(("keep_list", "left"), [(False, {}), (True, {"filters": []})])
def test_a_list_that_becomes_empty_goes_unless_it_is_to_be_kept(keep_list: bool, left: Json) -> None:  # noqa: FBT001  # parametrized
    edit = RouteEdit(route(spec(rule(ref("a"), filters=[{"type": "X"}]))))

    edit.remove_filter(0, 0, keep_list=keep_list)

    assert applied(edit)["spec"]["rules"] == [rule(ref("a"), **left)]


# --- refs -------------------------------------------------------------------------------------------------


def test_a_ref_that_is_weighed_is_named_while_nothing_has_moved() -> None:
    edit = RouteEdit(route(spec(rule(ref("a"), ref("b")), rule(ref("c")))))
    edit.set_weight(0, 1, 5)
    edit.set_weight(0, 1, 6)
    edit.remove_rule(0)
    edit.set_weight(0, 0, 7)
    edit.set_weight(0, 0, 8)

    assert guards(edit) == [("/spec/rules/0/backendRefs/1/name", "b")]
    assert applied(edit)["spec"]["rules"] == [rule(ref("c", 8))]


# --- labels and annotations -------------------------------------------------------------------------------


@pytest.mark.parametrize("maps", [None, "none", ["a"]])
def test_where_there_is_no_map_one_is_added_and_tied_to_the_resource_version(maps: object) -> None:
    edit = RouteEdit(route(spec(), labels=maps, annotations=maps))
    edit.set_label(Label("k", "v"))
    edit.set_annotation(NOTE, "x")

    after = applied(edit)["metadata"]
    assert (after["labels"], after["annotations"]) == ({"k": "v"}, {NOTE: "x"})
    assert guards(edit) == [("/metadata/resourceVersion", "7")]


def test_without_a_resource_version_such_a_map_is_not_added() -> None:
    with pytest.raises(RoutingError, match=r"without metadata\.resourceVersion"):
        RouteEdit(route(spec(), resourceVersion=None)).set_label(Label("k", "v"))


def test_in_a_map_of_labels_only_ours_is_set_whatever_the_resource_version() -> None:
    edit = RouteEdit(route(spec(), labels={"a": "b", "k~/x": "old"}))
    edit.set_label(Label("k~/x", "v"))

    assert applied(edit)["metadata"]["labels"] == {"a": "b", "k~/x": "v"}
    assert guards(edit) == []


def test_a_label_that_is_right_or_absent_needs_no_change() -> None:
    edit = RouteEdit(route(spec(), labels={"k": "v"}))
    edit.set_label(Label("k", "v"))
    edit.drop_label("other")

    assert not edit.patch()


def test_a_new_annotation_is_tied_to_the_resource_version_and_an_old_one_to_its_value() -> None:
    new, old, gone = (
        RouteEdit(route(spec(), annotations=had)) for had in ({"a": "b"}, {NOTE: "x"}, {NOTE: "x"})
    )
    new.set_annotation(NOTE, "y")
    old.set_annotation(NOTE, "y")
    gone.drop_annotation(NOTE)

    assert guards(new) == [("/metadata/resourceVersion", "7")]
    assert guards(old) == guards(gone) == [("/metadata/annotations/example.com~1note", "x")]
    assert applied(new)["metadata"]["annotations"] == {"a": "b", NOTE: "y"}
    assert applied(old)["metadata"]["annotations"] == {NOTE: "y"}
    assert applied(gone)["metadata"]["annotations"] == {}


def test_an_annotation_that_is_right_or_absent_needs_no_change() -> None:
    edit = RouteEdit(route(spec(), annotations={NOTE: "x"}))
    edit.set_annotation(NOTE, "x")
    edit.drop_annotation("other")

    assert not edit.patch()


@pytest.mark.parametrize("value", [["x"], {"x": []}, 5, None])
def test_an_annotation_that_is_no_text_is_replaced_like_any_other(value: object) -> None:
    edit = RouteEdit(route(spec(), annotations={NOTE: value}))
    edit.set_annotation(NOTE, "y")

    assert applied(edit)["metadata"]["annotations"] == {NOTE: "y"}
