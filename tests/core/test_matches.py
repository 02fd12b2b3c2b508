"""What a step means, compared and combined with what a rule matches."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import Json, route, rule, spec

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import MatchStyle
from rollouts_router.core.matches import (
    RequestMatch,
    TextMatch,
    canonical,
    conjunction,
    header_condition,
    is_within,
    own_matches,
    require_readable,
    shared,
    with_headers,
)
from rollouts_router.core.routes import rules

REQUEST, CALL = MatchStyle.REQUEST, MatchStyle.CALL


def exact(text: str) -> TextMatch:
    """Just this text."""
    return TextMatch(exact=text)


def prefix(text: str) -> TextMatch:
    """Whatever begins so."""
    return TextMatch(prefix=text)


def header(name: str, value: str, **fields: str) -> Json:
    """A condition as a rule has it."""
    return {"name": name, "value": value, **fields}


def path(type_: str, value: str) -> Json:
    """A path as a rule has it."""
    return {"path": {"type": type_, "value": value}}


# --- conditions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        (exact("a.b"), "Exact", "a.b"),
        (prefix("a.b"), "RegularExpression", r"^a\.b.*"),
        (TextMatch(regex="a.b"), "RegularExpression", "a.b"),
        (TextMatch(exact="a", prefix="b", regex="c"), "Exact", "a"),
        (TextMatch(prefix="b", regex="c"), "RegularExpression", "^b.*"),
    ],
)
def test_a_condition_is_exact_or_else_a_prefix_or_else_a_regular_expression(
    value: TextMatch, type_: str, text: str
) -> None:
    assert header_condition("X", value) == {"type": type_, "name": "X", "value": text}


@given(st.text(min_size=1), st.text())
def test_an_escaped_prefix_matches_what_begins_with_it(start: str, rest: str) -> None:
    pattern = header_condition("x", prefix(start))["value"]

    assert re.fullmatch(pattern, start + rest, re.DOTALL)
    assert bool(re.fullmatch(pattern, rest, re.DOTALL)) == rest.startswith(start)


def test_a_condition_that_compares_with_nothing_is_refused_in_the_usual_words() -> None:
    with pytest.raises(RoutingError, match=r'^invalid header match type: header "x"'):
        header_condition("x", TextMatch())


def asked(**values: str) -> list[dict[str, str]]:
    """Exact conditions of a step."""
    return [header_condition(name, exact(value)) for name, value in values.items()]


def test_conditions_go_behind_those_of_the_match_and_all_else_of_it_stays() -> None:
    match = {"new": [1], "headers": [header("own", "1", new="x")]}

    both = with_headers(match, asked(a="2", b="3"))

    assert both == {
        "new": [1],
        "headers": [
            header("own", "1", new="x"),
            {"type": "Exact", "name": "a", "value": "2"},
            {"type": "Exact", "name": "b", "value": "3"},
        ],
    }
    assert match == {"new": [1], "headers": [header("own", "1", new="x")]}


@pytest.mark.parametrize(
    "own", [header("X-A", "1"), header("x-a", "1", type="Exact"), header("X-a", "1", new="")]
)
def test_the_same_condition_counts_once_whatever_the_case_of_its_name(own: Json) -> None:
    assert with_headers({"headers": [own]}, asked(**{"x-A": "1"})) == {"headers": [own]}


@pytest.mark.parametrize("own", [header("X-A", "2"), header("x-a", "1", type="RegularExpression")])
def test_another_condition_on_the_same_header_is_a_contradiction(own: Json) -> None:
    assert with_headers({"headers": [own]}, asked(**{"x-a": "1"})) is None


def test_of_several_conditions_on_a_header_the_first_counts_as_in_the_gateway_api() -> None:
    own = [header("x-a", "1"), header("X-A", "2")]

    assert with_headers({"headers": own}, asked(**{"x-a": "1"})) == {"headers": own}
    assert with_headers({"headers": own}, asked(**{"x-a": "2"})) is None


def test_a_step_that_contradicts_itself_matches_nothing() -> None:
    assert with_headers({}, asked(a="1", A="2")) is None
    assert with_headers({}, asked(a="1", A="1")) == {"headers": asked(a="1")}


@pytest.mark.parametrize("match", [{}, {"headers": []}, {"headers": None}])
def test_without_conditions_a_match_stays_as_it_is(match: Json) -> None:
    assert with_headers(match, []) == match


def test_a_rule_without_matches_matches_everything() -> None:
    for none in ({}, {"matches": []}, {"matches": None}):
        assert own_matches(REQUEST, none) == [path("PathPrefix", "/")]
        assert own_matches(CALL, none) == [{}]


# --- paths, methods and calls -----------------------------------------------------------------------------

PATHS = [
    # of the rule, of the step, both
    ({}, prefix("/"), {}),
    ({}, prefix("/a"), path("PathPrefix", "/a")),
    ({}, exact("/a"), path("Exact", "/a")),
    ({}, TextMatch(regex="/a.*"), path("RegularExpression", "/a.*")),
    ({"path": {"value": "/a"}}, prefix("/a"), {"path": {"value": "/a"}}),
    ({"path": {"value": None}}, prefix("/a"), path("PathPrefix", "/a")),
    (path("PathPrefix", "/a"), prefix("/"), path("PathPrefix", "/a")),
    (path("PathPrefix", "/a/b"), prefix("/a/"), path("PathPrefix", "/a/b")),
    (path("PathPrefix", "/a/"), prefix("/a"), path("PathPrefix", "/a/")),
    (path("PathPrefix", "/a"), prefix("/a/b"), path("PathPrefix", "/a/b")),
    (path("PathPrefix", "/a"), exact("/a/b"), path("Exact", "/a/b")),
    (path("PathPrefix", "/a"), exact("/ab"), None),
    (path("PathPrefix", "/ab"), prefix("/a"), None),
    (path("Exact", "/a/b"), prefix("/a"), path("Exact", "/a/b")),
    (path("Exact", "/a"), prefix("/a/b"), None),
    (path("Exact", "/a"), exact("/a"), path("Exact", "/a")),
    (path("Exact", "/a"), exact("/b"), None),
    (path("RegularExpression", "/a.*"), prefix("/"), path("RegularExpression", "/a.*")),
    (path("RegularExpression", "/a.*"), TextMatch(regex="/a.*"), path("RegularExpression", "/a.*")),
    (path("RegularExpression", "/a.*"), prefix("/a"), None),
    (path("PathPrefix", "/a"), TextMatch(regex="/a.*"), None),
]


@pytest.mark.parametrize(("own", "wish", "both"), PATHS)
def test_of_two_paths_the_narrower_counts_if_it_can_be_told(
    own: Json, wish: TextMatch, both: Json | None
) -> None:
    assert conjunction(REQUEST, own, RequestMatch(path=wish)) == both
    assert is_within(REQUEST, own, RequestMatch(path=wish)) is (both == own)


ELEMENTS = st.lists(st.sampled_from(["a", "b", "ab"]), max_size=3).map(lambda parts: "/" + "/".join(parts))


def _takes(condition: Json | None, request: str) -> bool:
    """Whether a gateway lets a request with this path through, by the words of HTTPPathMatch."""
    if condition is None:
        return False
    value = condition["value"]
    if condition["type"] == "Exact":
        return bool(request == value)
    elements = [each for each in value.split("/") if each]
    return [each for each in request.split("/") if each][: len(elements)] == elements


@given(own=ELEMENTS, wish=ELEMENTS, types=st.tuples(st.booleans(), st.booleans()), request=ELEMENTS)
def test_both_paths_take_just_the_requests_that_each_takes(
    own: str, wish: str, types: tuple[bool, bool], request: str
) -> None:
    mine = path("Exact" if types[0] else "PathPrefix", own)
    text = exact(wish) if types[1] else prefix(wish)
    asked_ = {"type": "Exact" if types[1] else "PathPrefix", "value": wish}

    both = conjunction(REQUEST, mine, RequestMatch(path=text))

    assert _takes(both and both["path"], request) == (
        _takes(mine["path"], request) and _takes(asked_, request)
    )


@pytest.mark.parametrize(
    ("own", "both"), [({}, {"method": "GET"}), ({"method": "GET"}, {"method": "GET"}), ({"method": "POST"}, None), ({"method": {}}, None)]
)  # fmt: skip
def test_methods_are_equal_or_there_is_nothing_in_common(own: Json, both: Json | None) -> None:
    assert conjunction(REQUEST, own, RequestMatch(method=exact("GET"))) == both


@pytest.mark.parametrize("text", [prefix("G"), TextMatch(regex="G.*"), TextMatch()])
@pytest.mark.parametrize("style", [REQUEST, CALL])
def test_a_method_is_compared_exactly_or_not_at_all(text: TextMatch, style: MatchStyle) -> None:
    with pytest.raises(RoutingError, match="can compare the method only with exact"):
        conjunction(style, {}, RequestMatch(method=text))


@pytest.mark.parametrize("style", [REQUEST, CALL])
def test_a_path_that_compares_with_nothing_is_refused(style: MatchStyle) -> None:
    with pytest.raises(RoutingError, match="needs exact, prefix or regex, not empty"):
        conjunction(style, {}, RequestMatch(path=TextMatch()))


def call(service: str, method: str = "", **fields: Any) -> Json:
    """A gRPC call as a rule matches it."""
    return {"method": {"service": service, **({"method": method} if method else {}), **fields}}


CALLS = [
    ({}, prefix("/"), {}),
    (call("a"), prefix("/"), call("a")),
    ({}, prefix("/a"), call("a", type="Exact")),
    ({}, prefix("/a/"), call("a", type="Exact")),
    ({}, exact("/a/b"), call("a", "b", type="Exact")),
    ({}, prefix("/a/b"), call("a", "b", type="Exact")),
    ({}, exact("/a"), None),
    ({}, exact("/a/b/c"), None),
    ({}, TextMatch(regex="/a.*"), None),
    (call("a"), prefix("/a"), call("a")),
    (call("a", "b"), prefix("/a"), call("a", "b")),
    (call("a", "b", type="Exact"), exact("/a/b"), call("a", "b", type="Exact")),
    (call("a"), exact("/a/b"), call("a", "b", type="Exact")),
    (call("a", "c"), exact("/a/b"), None),
    (call("b"), prefix("/a"), None),
    (call("a", type="RegularExpression"), prefix("/a"), None),
    ({"method": {"method": "b"}}, prefix("/a"), call("a", "b", type="Exact")),
    ({"method": "GET"}, prefix("/a"), call("a", type="Exact")),
]


@pytest.mark.parametrize(("own", "wish", "both"), CALLS)
def test_a_path_names_a_service_and_perhaps_its_method(own: Json, wish: TextMatch, both: Json | None) -> None:
    assert conjunction(CALL, own, RequestMatch(path=wish)) == both
    assert is_within(CALL, own, RequestMatch(path=wish)) is (both == own)


def test_every_call_is_a_post() -> None:
    assert conjunction(CALL, call("a"), RequestMatch(method=exact("POST"))) == call("a")
    assert conjunction(CALL, call("a"), RequestMatch(method=exact("GET"))) is None


def test_all_conditions_of_a_match_have_to_hold() -> None:
    wish = RequestMatch(method=exact("GET"), path=prefix("/a"), headers={"b": exact("2"), "a": prefix("1")})

    both = conjunction(REQUEST, {"queryParams": [1]}, wish)

    assert both == {
        "queryParams": [1],
        **path("PathPrefix", "/a"),
        "method": "GET",
        "headers": [
            {"type": "RegularExpression", "name": "a", "value": "^1.*"},
            {"type": "Exact", "name": "b", "value": "2"},
        ],
    }
    assert is_within(REQUEST, both or {}, wish)
    assert not is_within(REQUEST, {**path("PathPrefix", "/a"), "method": "GET"}, wish)
    assert conjunction(REQUEST, {"method": "POST"}, wish) is None
    assert conjunction(REQUEST, {"headers": [header("A", "2")]}, wish) is None


@pytest.mark.parametrize("style", [REQUEST, CALL])
@pytest.mark.parametrize(
    "match", [{}, {"headers": []}, {"headers": [header("a", "1")]}, path("Exact", "/"), call("a")]
)
def test_a_step_that_says_nothing_means_every_request(style: MatchStyle, match: Json) -> None:
    assert conjunction(style, match, RequestMatch()) == match
    assert is_within(style, match, RequestMatch())


# --- rules that no API server would return ----------------------------------------------------------------

ODD = [
    {"matches": 5}, {"matches": {}}, {"matches": [5]}, {"matches": [None]}, {"matches": [{"headers": 5}]},
    {"matches": [{"headers": [{}]}]}, {"matches": [{"headers": [{"name": 5, "value": "a"}]}]},
    {"matches": [{"path": "x"}]}, {"matches": [{"path": {"value": 5}}]}, {"matches": [{"method": 5}]},
    {"matches": [{"method": {"service": 5}}]}, {"filters": 5}, {"filters": ["x"]}, {"filters": [None]},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_a_rule_that_cannot_be_read_is_refused_with_its_place(odd: Json) -> None:
    [_, read] = rules(route(spec(rule(), rule(**odd))))

    with pytest.raises(
        RoutingError, match=r"^HTTPRoute shop/web: rule 1 is not as the Gateway API has it: .* at `\$"
    ):
        require_readable(route(spec()).key, read)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["headers", "name", "value", "type", "path", "method", "service"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
WISH = RequestMatch(method=exact("POST"), path=prefix("/a"), headers={"name": exact("1")})


@given(JSON)
def test_every_rule_that_can_be_read_can_be_combined(matches: object) -> None:
    [read] = rules(route(spec(rule(matches=matches))))
    try:
        require_readable(route(spec()).key, read)
    except RoutingError:
        return

    for style in (REQUEST, CALL):
        for match in own_matches(style, read.object):
            both = conjunction(style, match, WISH)
            assert both is None or is_within(style, both, WISH)


# --- on a level, or above ---------------------------------------------------------------------------------

SLASH, A, A_GET = (
    path("PathPrefix", "/"),
    path("PathPrefix", "/a"),
    {**path("PathPrefix", "/a"), "method": "GET"},
)


@pytest.mark.parametrize(
    ("own", "wish", "level", "above"),
    [
        ([A], RequestMatch(path=prefix("/a")), [A], []),
        ([A], RequestMatch(path=prefix("/")), [A], []),
        ([SLASH], RequestMatch(path=prefix("/a")), [], [A]),
        ([A], RequestMatch(method=exact("GET")), [], [A_GET]),
        ([A, A_GET], RequestMatch(method=exact("GET")), [A_GET], []),
        ([SLASH, A], RequestMatch(path=prefix("/a")), [A], []),
        ([SLASH], RequestMatch(path=TextMatch(regex="/.")), [path("RegularExpression", "/.")], []),
        ([path("PathPrefix", "/b")], RequestMatch(path=prefix("/a")), [], []),
    ],
)
def test_what_is_more_specific_than_a_rule_is_above_it(
    own: list[Json], wish: RequestMatch, level: list[Json], above: list[Json]
) -> None:
    found = shared(REQUEST, own, [wish, wish])

    assert (found.level, found.above) == (level, above)


@pytest.mark.parametrize(
    ("style", "one", "other"),
    [
        (REQUEST, {}, SLASH),
        (REQUEST, {"path": {"value": "/a"}, "headers": []}, A),
        (CALL, {"method": {"service": "a"}}, {"method": {"type": "Exact", "service": "a"}}),
        (CALL, {}, {"headers": []}),
    ],
)
def test_matches_that_mean_the_same_by_default_are_equal(style: MatchStyle, one: Json, other: Json) -> None:
    assert canonical(style, one) == canonical(style, other)
