"""Label syntax is the API server's; a selector becomes a query that means the same."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.selectors import matches

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.labels import LabelSelector, Requirement, check_label, selector_query

KEYS = ["app", "tier", "example.com/app", "in"]
VALUES = ["", "a", "b", "notin"]
LABELS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES))
REQUIREMENTS = st.one_of(
    st.builds(
        Requirement,
        key=st.sampled_from(KEYS),
        operator=st.sampled_from(["In", "NotIn"]),
        values=st.lists(st.sampled_from(VALUES), min_size=1),
    ),
    st.builds(Requirement, key=st.sampled_from(KEYS), operator=st.sampled_from(["Exists", "DoesNotExist"])),
)
SELECTORS = st.builds(LabelSelector, match_labels=LABELS, match_expressions=st.lists(REQUIREMENTS))


def _holds(entry: Requirement, labels: Mapping[str, str]) -> bool:
    return {
        "In": labels.get(entry.key) in entry.values,
        "NotIn": labels.get(entry.key) not in entry.values,
        "Exists": entry.key in labels,
        "DoesNotExist": entry.key not in labels,
    }[entry.operator]


@given(selector=SELECTORS, labels=LABELS)
def test_the_query_finds_exactly_what_the_selector_means(
    selector: LabelSelector, labels: dict[str, str]
) -> None:
    meant = selector.match_labels.items() <= labels.items() and all(
        _holds(entry, labels) for entry in selector.match_expressions
    )

    assert matches(selector_query("here", selector), labels) == meant


def test_the_query_is_spelled_as_the_api_reads_it() -> None:
    selector = LabelSelector(
        match_labels={"b": "2", "a": ""},
        match_expressions=[
            Requirement(key="c", operator="In", values=["x", "y"]),
            Requirement(key="d", operator="NotIn", values=["z"]),
            Requirement(key="e.io/f", operator="Exists"),
            Requirement(key="g", operator="DoesNotExist"),
        ],
    )

    assert selector_query("here", selector) == "a=,b=2,c in (x,y),d notin (z),e.io/f,!g"


def test_an_empty_selector_asks_for_every_route() -> None:
    assert selector_query("here", LabelSelector()) == ""


@pytest.mark.parametrize(
    "key",
    [
        "a",
        "A_b.c-9",
        "a" * 63,
        "example.com/a",
        "a-b.c/d",
        f"{'a' * 63}.b/c",
        "a/" + "b" * 63,
        ".".join(["a" * 49] * 5) + "abcd/b",
    ],
)
def test_a_key_that_the_api_server_takes_is_taken(key: str) -> None:
    check_label("here", key, "")


NO_NAMES = ["", "/", "a/", "-a", "a-", "a b", "a,b", "a=b", "!a", "a\n", "a" * 64, "a/b/c", "ä"]
NO_PREFIXES = ["/a", "A/b", "a..b/c", "a.-b/c", "-a/b", "a_b/c", "./a", "a" * 254 + "/b"]


@pytest.mark.parametrize("key", [*NO_NAMES, *NO_PREFIXES])
def test_a_key_that_the_api_server_refuses_is_refused_by_field(key: str) -> None:
    with pytest.raises(RoutingError) as error:
        check_label("here", key, "")

    assert str(error.value).startswith(f'here: "{key}" is not a label key')


@pytest.mark.parametrize("value", ["", "a", "A_b.c-9", "a" * 63])
def test_a_value_that_the_api_server_takes_is_taken(value: str) -> None:
    check_label("here", "key", value)


@pytest.mark.parametrize("value", ["-a", "a-", "a b", "a,b", "a)", "a/b", "a\n", "a" * 64, "ä"])
def test_a_value_that_the_api_server_refuses_is_refused_by_field(value: str) -> None:
    with pytest.raises(RoutingError) as error:
        check_label("here", "key", value)

    assert str(error.value).startswith(f'here: "{value}" is not a label value')


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        (LabelSelector(match_labels={"a b": "c"}), 'here.matchLabels: "a b" is not a label key'),
        (LabelSelector(match_labels={"a": "b c"}), 'here.matchLabels: "b c" is not a label value'),
        (
            LabelSelector(match_expressions=[Requirement(key="!a", operator="Exists")]),
            'here.matchExpressions[0]: "!a" is not a label key',
        ),
        (
            LabelSelector(match_expressions=[Requirement(key="a", operator="In", values=["b)"])]),
            'here.matchExpressions[0]: "b)" is not a label value',
        ),
        (
            LabelSelector(match_expressions=[Requirement(key="a", operator="NotIn")]),
            "here.matchExpressions[0].values: operator NotIn takes at least one value",
        ),
        (
            LabelSelector(match_expressions=[Requirement(key="a", operator="Exists", values=["b"])]),
            "here.matchExpressions[0].values: operator Exists takes no values",
        ),
    ],
)
def test_what_no_selector_may_say_is_refused_by_field(selector: LabelSelector, text: str) -> None:
    with pytest.raises(RoutingError) as error:
        selector_query("here", selector)

    assert str(error.value).startswith(text)
