"""Reading routes, also such as no API server would return."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import HTTP, ref, route, rule, spec

from rollouts_router.core.backends import Backend, service
from rollouts_router.core.routes import BackendRef, Route, RouteKey, Rule, is_managed_name, rules

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["metadata", "spec", "rules", "backendRefs", "name", "labels", "weight", "kind"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def test_references_are_numbered_by_rule_and_place() -> None:
    found = list(rules(route(spec(rule(ref("a")), rule(ref("b"), ref("c", 5), name="second")))))

    assert [(each.index, each.name) for each in found] == [(0, ""), (1, "second")]
    assert [(each.rule, each.index, each.target.name) for one in found for each in one.refs] == [
        (0, 0, "a"),
        (1, 0, "b"),
        (1, 1, "c"),
    ]


def test_a_missing_weight_counts_as_one() -> None:
    [only] = rules(route(spec(rule(ref("a"), ref("b", 0)))))

    assert [(each.weight, each.has_weight) for each in only.refs] == [(1, False), (0, True)]


@pytest.mark.parametrize("weight", [None, True, False, "5", 5.0, [], {}])
def test_a_weight_that_is_no_integer_is_no_weight(weight: object) -> None:
    [only] = rules(route(spec(rule({"name": "a", "weight": weight}))))

    assert (only.refs[0].weight, only.refs[0].has_weight) == (1, False)


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        ({}, service("shop", "a")),
        ({"kind": "Service", "group": ""}, service("shop", "a")),
        ({"kind": "", "group": ""}, service("shop", "a")),
        ({"kind": None, "group": None}, service("shop", "a")),
        ({"kind": "ServiceImport"}, Backend("", "ServiceImport", "shop", "a")),
        ({"kind": "Service", "group": "x.io"}, Backend("x.io", "Service", "shop", "a")),
        ({"group": "example.com"}, Backend("example.com", "Service", "shop", "a")),
    ],
)
def test_a_reference_is_to_a_core_service_unless_it_says_otherwise(
    fields: dict[str, object], target: Backend
) -> None:
    [only] = rules(route(spec(rule(ref("a", **fields)))))

    assert only.refs[0].target == target


def test_a_reference_is_in_the_namespace_of_the_route_unless_it_says_otherwise() -> None:
    [only] = rules(route(spec(rule(ref("a"), ref("b", namespace=""), ref("c", namespace="other")))))

    assert [each.target.namespace for each in only.refs] == ["shop", "shop", "other"]


@pytest.mark.parametrize(
    ("labels", "read"), [({"a": "b"}, {"a": "b"}), ({}, {}), (None, None), ("a", None), (["a"], None)]
)
def test_labels_and_annotations_are_a_map_or_none(labels: object, read: object) -> None:
    assert route(spec(), labels=labels).labels == route(spec(), annotations=labels).annotations == read
    assert route(spec()).labels is route(spec()).annotations is None


@given(JSON)
def test_no_object_whatsoever_makes_reading_fail(anything: object) -> None:
    read = Route(RouteKey(HTTP, "shop", "web"), {"metadata": anything, "spec": anything})

    assert all(isinstance(each, Rule) for each in rules(read))
    assert isinstance(read.metadata, dict)
    assert read.labels is None or isinstance(read.labels, dict)


@given(JSON)
def test_no_rule_whatsoever_makes_reading_fail(anything: object) -> None:
    read = Route(RouteKey(HTTP, "shop", "web"), {"spec": {"rules": [anything, {"backendRefs": [anything]}]}})

    found = list(rules(read))

    assert len(found) == 2
    assert [type(each) for each in found[1].refs] == [BackendRef]


def test_without_its_content_a_route_is_still_the_same_in_the_same_state() -> None:
    whole = route(spec(), uid="u9", generation=9)

    assert whole.without_content() == Route(whole.key, {"metadata": {"uid": "u9", "generation": 9}})
    assert Route(whole.key, {}).without_content() == Route(whole.key, {"metadata": {}})


def test_a_route_calls_itself_by_kind_namespace_and_name() -> None:
    assert str(route(spec()).key) == "HTTPRoute shop/web"


@pytest.mark.parametrize(
    "name", ["header", "header-0", "header-17", "header--1", "header-+2", "b-c", "b-c-1"]
)
def test_a_rule_named_like_a_managed_route_and_perhaps_an_integer_belongs_to_it(name: str) -> None:
    assert is_managed_name(name, ("header", "b-c"))


NO_NUMBERS = ["-", "-x", "-1x", "-+", "--", "-1-1", "-\N{SUPERSCRIPT TWO}", "-1_0", "- 1", "s"]


@pytest.mark.parametrize("name", [*(f"header{tail}" for tail in NO_NUMBERS), "", "head", "b", "x-header"])
def test_a_rule_with_any_other_name_does_not(name: str) -> None:
    assert not is_managed_name(name, ("header", "b-c"))


def test_a_managed_route_without_a_name_does_not_take_every_rule_without_one() -> None:
    assert not is_managed_name("", ("",))


@given(name=st.text(max_size=20), number=st.integers())
def test_every_name_may_be_managed_with_every_number(name: str, number: int) -> None:
    assert is_managed_name(f"{name}-{number}", (name,))
    assert is_managed_name(name, (name,)) == bool(name)
