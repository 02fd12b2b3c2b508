"""A mark stands for one rule or filter, and never for somebody else's."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import Json, ref, route, rule, spec

from rollouts_router.core.marks import FilterMark, Mark, digest, located, marked, rule_digest
from rollouts_router.core.routes import Rule, rules


def read(*given_: Json) -> tuple[Rule, ...]:
    """These rules, read off a route."""
    return rules(route(spec(*given_)))


def mark(one: Json, name: str = "h") -> Mark:
    """The mark of a rule that was made like this."""
    return Mark(name=name, digest=digest(one))


OURS = rule(ref("canary"), name="h", matches=[{"headers": [{"name": "x", "value": "1"}]}])
PLAIN = {key: value for key, value in OURS.items() if key != "name"}
MIRROR = {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "canary"}, "percent": 5}}


def indexes(given_: tuple[Json, ...], *marks: Mark) -> list[int]:
    """Which rules the marks stand for."""
    return [each.index for each in marked(read(*given_), marks)]


def test_a_rule_is_found_by_its_name_also_when_somebody_changed_it() -> None:
    assert indexes((rule(ref("a")), OURS), mark(OURS)) == [1]
    assert indexes((rule(ref("a")), {**OURS, "timeouts": {}}), mark(OURS)) == [1]


def test_where_names_are_dropped_it_is_found_by_what_it_says() -> None:
    assert indexes((rule(ref("a")), PLAIN), mark(OURS)) == [1]
    assert indexes((rule(ref("a")), {**PLAIN, "timeouts": {}}), mark(OURS)) == []


def test_of_two_that_look_alike_one_is_ours() -> None:
    assert indexes((PLAIN, OURS, PLAIN), mark(OURS)) == [1]
    assert indexes((PLAIN, PLAIN), mark(OURS)) == [1]
    assert indexes((PLAIN, PLAIN, PLAIN), mark(OURS), mark(OURS, "h-1")) == [1, 2]


def test_of_two_with_one_name_the_one_that_is_as_we_made_it_is_ours() -> None:
    assert indexes((OURS, rule(ref("canary"), name="h")), mark(OURS)) == [0]
    assert indexes((rule(ref("a"), name="h"), rule(ref("b"), name="h")), mark(OURS)) == [1]


def test_a_rule_with_another_name_is_not_ours_whatever_it_says() -> None:
    assert indexes(({**OURS, "name": "h-1"},), mark(OURS)) == []


def test_without_marks_nothing_is_ours() -> None:
    assert indexes((OURS, PLAIN)) == []


def test_a_fingerprint_does_not_see_the_name_weights_and_the_order_of_keys() -> None:
    filled = {"matches": OURS["matches"], "backendRefs": [ref("canary", 1)]}

    assert digest(OURS) == digest(PLAIN) == digest(filled)
    assert digest(OURS) != digest({**OURS, "filters": []})
    assert digest(OURS) != digest({**OURS, "backendRefs": [ref("canary"), ref("canary")]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["backendRefs", "name", "x"]), inner)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["backendRefs", "name", "filters", "x"]), JSON), st.randoms())
def test_anything_has_a_fingerprint_that_order_does_not_change(entry: Json, rng: random.Random) -> None:
    keys = list(entry)
    rng.shuffle(keys)

    assert digest(entry) == digest({key: entry[key] for key in keys})


def test_the_fingerprint_of_a_rule_for_its_filters_sees_only_what_steps_do_not_change() -> None:
    [first, second, third] = read(
        rule(ref("a", 3), matches=[1]),
        rule(ref("a"), ref("b"), matches=[1], filters=[], name="x"),
        rule(matches=[2]),
    )

    assert rule_digest(first) == rule_digest(second) != rule_digest(third)


# --- filters ----------------------------------------------------------------------------------------------


def filter_mark(one: Json) -> FilterMark:
    """The mark of the mirror in this rule."""
    return FilterMark(digest(MIRROR), rule_digest(read(one)[0]))


def spots(given_: tuple[Json, ...], *marks: FilterMark) -> list[tuple[int, int]]:
    """Where the marked filters are."""
    return [(each.rule, each.index) for each in located(read(*given_), marks)]


FIRST, SECOND = rule(ref("canary"), timeouts={}), rule(ref("canary"), retry={})


def test_filters_are_found_the_last_first() -> None:
    both = ({**FIRST, "filters": [{"type": "X"}, MIRROR]}, {**SECOND, "filters": [MIRROR]})

    assert spots(both, filter_mark(FIRST), filter_mark(SECOND)) == [(1, 0), (0, 1)]


@pytest.mark.parametrize("at", [0, 1])
def test_an_equal_filter_in_another_rule_is_somebody_elses(at: int) -> None:
    both = ({**FIRST, "filters": [MIRROR]}, {**SECOND, "filters": [MIRROR]})

    assert spots(both, filter_mark([FIRST, SECOND][at])) == [(at, 0)]


def test_of_equal_filters_in_one_rule_the_last_is_ours() -> None:
    assert spots(({**FIRST, "filters": [MIRROR, {"type": "X"}, MIRROR]},), filter_mark(FIRST)) == [(0, 2)]


def test_an_equal_filter_in_a_rule_that_does_not_refer_to_the_backend_is_somebody_elses() -> None:
    twin = {**FIRST, "backendRefs": [ref("stable")], "filters": [MIRROR]}

    assert spots(({**FIRST, "filters": [MIRROR]}, twin), filter_mark(FIRST)) == [(0, 0)]


def test_a_filter_is_found_also_when_its_rule_was_changed() -> None:
    assert spots(({**FIRST, "timeouts": {"request": "1s"}, "filters": [MIRROR]},), filter_mark(FIRST)) == [
        (0, 0)
    ]


def test_a_filter_that_is_gone_or_changed_is_not_found() -> None:
    changed = {**MIRROR, "type": "Other"}

    assert spots((FIRST, {**SECOND, "filters": [changed]}), filter_mark(FIRST), filter_mark(SECOND)) == []


@pytest.mark.parametrize("filters", [None, 5, "x", {}, [None], ["x"], [[]], [{}]])
def test_odd_filters_are_not_ours(filters: object) -> None:
    assert spots(({**FIRST, "filters": filters},), filter_mark(FIRST)) == []
