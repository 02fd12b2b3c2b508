"""The configuration of the existing plugin works unchanged; what is wrong in it is named."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import GRPC, HTTP, LABEL, TCP, UDP, Json, rollout

from rollouts_router.core.backends import Backend
from rollouts_router.core.config import (
    BLOCK,
    NamedRoute,
    PluginConfig,
    RouteSource,
    Selector,
    parse_config,
)
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import KINDS
from rollouts_router.core.labels import Label
from rollouts_router.core.mirroring import Fraction, MirrorMode
from rollouts_router.core.verifying import VerifyConfig

FIELDS = [kind.field for kind in KINDS]
NAMES = st.text("abc-", min_size=1, max_size=5)


def parse(**block: Any) -> PluginConfig:
    """The configuration of a Rollout with these fields in its block."""
    return parse_config(rollout(block))


def refusal(raw: bytes | None) -> str:
    """What the Rollout with this block is told, without the part that all texts begin with."""
    with pytest.raises(RoutingError) as error:
        parse_config(rollout(plugin_config=raw))
    text = str(error.value)
    assert text.startswith(f"Rollout shop/web: {BLOCK}")
    return text.removeprefix(f"Rollout shop/web: {BLOCK}")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_single_route_a_list_and_a_selector(kind: Any) -> None:
    config = parse(
        **{
            f"{kind.field}s": [{"name": "b"}, {"name": "a", "useHeaderRoutes": True}],
            kind.field: "c",
            f"{kind.field}Selector": {"matchLabels": {"app": "web"}},
        }
    )

    named = (
        NamedRoute(name="b", field=f"{kind.field}s[0].name", use_header_routes=False),
        NamedRoute(name="a", field=f"{kind.field}s[1].name", use_header_routes=True),
        NamedRoute(name="c", field=kind.field, use_header_routes=True),
    )
    selector = Selector("app=web", use_header_routes=False)
    assert config.sources == (RouteSource(kind=kind, named=named, selector=selector),)


def test_kinds_come_in_the_order_of_the_table_not_of_the_block() -> None:
    config = parse(**dict.fromkeys(reversed(FIELDS), "a"))

    assert [source.kind for source in config.sources] == list(KINDS)


@given(
    st.lists(st.tuples(NAMES, st.booleans()), max_size=6),
    NAMES | st.none() | st.just(""),
)
def test_a_route_named_twice_is_one_route_with_header_routes_if_one_entry_says_so(
    listed: list[tuple[str, bool]], single: str | None
) -> None:
    entries = [*listed, (single, True)] if single else listed

    config = parse(
        httpRoutes=[{"name": name, "useHeaderRoutes": headers} for name, headers in listed],
        httpRoute=single,
    )

    routes = config.sources[0].named if config.sources else ()
    assert [route.name for route in routes] == list(dict.fromkeys(name for name, _ in entries))
    for route in routes:
        assert route.use_header_routes == any(headers for name, headers in entries if name == route.name)


def _shaken(value: Any, rng: random.Random) -> Any:
    """The same block with keys in random case; the keys of matchLabels are data."""
    if isinstance(value, list):
        return [_shaken(each, rng) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        "".join(rng.choice((letter.lower(), letter.upper())) for letter in key): each
        if key == "matchLabels"
        else _shaken(each, rng)
        for key, each in value.items()
    }


REQUIREMENTS = st.fixed_dictionaries(
    {"key": NAMES.map("k{}k".format), "operator": st.just("In"), "values": st.just(["Value", "name"])}
)
BLOCKS = st.fixed_dictionaries(
    {},
    optional={
        "namespace": NAMES,
        "disableInProgressLabel": st.booleans(),
        "inProgressLabelKey": st.just("Example/Name".lower()),
        "inProgressLabelValue": st.just("Working"),
        "ruleName": st.just("Rule") | st.just(["Name", "b"]),
        "mirrorMode": st.just("rule"),
        "stableBackendRef": st.just({"name": "Name", "kind": "Backend", "group": "x", "namespace": "y"}),
        **{f"{field}s": st.lists(st.fixed_dictionaries({"name": NAMES})) for field in FIELDS},
        **dict.fromkeys(FIELDS, NAMES),
        **{
            f"{field}Selector": st.fixed_dictionaries(
                {},
                optional={
                    "matchLabels": st.just({"Name": "Web", "values": "x"}),
                    "matchExpressions": st.lists(REQUIREMENTS, max_size=2),
                },
            )
            for field in FIELDS
        },
    },
)


@given(block=BLOCKS, seed=st.integers())
def test_keys_match_without_regard_to_case_at_any_depth(block: Json, seed: int) -> None:
    shaken = _shaken(block, random.Random(seed))  # noqa: S311  # spelling, not secrets

    assert parse(**shaken) == parse(**block)
    assert parse(**shaken).hints == ()


def test_the_keys_of_match_labels_keep_their_case() -> None:
    [source] = parse(HTTPROUTESELECTOR={"MATCHLABELS": {"Name": "Web"}}).sources

    assert source.selector == Selector("Name=Web", use_header_routes=False)


def test_a_managed_route_may_be_called_like_a_field() -> None:
    fractions = {"Name": {"NUMERATOR": 1, "denominator": 1000}, "values": {"numerator": 2}}
    config = parse_config(rollout({"MirrorFractions": fractions}, managed_routes=("Name", "values", "other")))

    assert config.mirror_fractions == {
        "Name": Fraction(numerator=1, denominator=1000),
        "values": Fraction(numerator=2, denominator=100),
    }
    assert config.hints == ()


def test_a_fraction_of_no_managed_route_is_hinted_at() -> None:
    assert parse(mirrorFractions={"m": {"numerator": 1}}).hints == (
        'mirrorFractions.m counts nowhere: no managed route is called "m"',
    )


def test_of_two_spellings_of_a_key_the_later_counts_unless_it_is_null() -> None:
    assert parse(httpRoute="a", HTTPRoute="b").sources[0].named[0].name == "b"
    assert parse(httpRoute="a", HTTPRoute=None).sources[0].named[0].name == "a"


def test_null_is_as_good_as_absent() -> None:
    nulls = {f"{field}{tail}": None for field in FIELDS for tail in ("", "s", "Selector")}

    config = parse(
        **nulls,
        namespace=None,
        disableInProgressLabel=None,
        inProgressLabelKey=None,
        inProgressLabelValue=None,
        ruleName=None,
        mirrorMode=None,
        mirrorFractions=None,
        stableBackendRef=None,
        canaryBackendRef=None,
        verify=None,
    )

    assert config == PluginConfig(
        namespace="shop",
        sources=(),
        label=LABEL,
        rule_names=(),
        mirror_mode=MirrorMode.FILTER,
        mirror_fractions={},
        stable=None,
        canary=None,
        verify=VerifyConfig(),
        hints=(),
    )


@pytest.mark.parametrize("selector", [{}, {"matchLabels": None}, {"matchExpressions": []}])
def test_an_empty_selector_selects_every_route_and_none_selects_nothing(selector: Json) -> None:
    assert parse(httpRouteSelector=selector).sources[0].selector == Selector("", use_header_routes=False)
    assert parse(httpRoute="a").sources[0].selector is None


def test_a_selector_may_say_all_that_label_selectors_can() -> None:
    expressions = [
        {"key": "a", "operator": "In", "values": ["x"]},
        {"key": "b", "operator": "NotIn", "values": ["x", "y"]},
        {"key": "c", "operator": "Exists"},
        {"key": "d", "operator": "DoesNotExist", "values": None},
    ]

    [source] = parse(udpRouteSelector={"matchExpressions": expressions}).sources

    assert source.kind is UDP
    assert source.selector == Selector("a in (x),b notin (x,y),c,!d", use_header_routes=False)


@pytest.mark.parametrize(
    ("given_", "used"), [({}, "shop"), ({"namespace": ""}, "shop"), ({"namespace": "a"}, "a")]
)
def test_the_namespace_is_the_rollouts_unless_another_is_given(given_: Json, used: str) -> None:
    config = parse(httpRoute="r", **given_)

    assert config.namespace == used


def test_selected_routes_take_header_routes_only_when_the_selector_says_so() -> None:
    config = parse(
        httpRouteSelector={"matchLabels": {"a": "b"}},
        grpcRouteSelector={"USEHEADERROUTES": True, "matchLabels": {"a": "b"}},
    )

    selectors = {source.kind: source.selector for source in config.sources}
    assert selectors == {
        HTTP: Selector("a=b", use_header_routes=False),
        GRPC: Selector("a=b", use_header_routes=True),
    }


@pytest.mark.parametrize(
    ("given_", "names"),
    [({}, ()), ({"ruleName": ""}, ()), ({"ruleName": "a"}, ("a",)), ({"RULENAME": ["b", "a"]}, ("b", "a"))],
)
def test_a_rollout_and_each_listed_route_may_be_narrowed_to_rules(
    given_: Json, names: tuple[str, ...]
) -> None:
    config = parse(httpRoutes=[{"name": "r", **given_}], **given_)

    assert config.rule_names == names
    assert config.sources[0].named[0].rule_names == names


def test_a_route_named_twice_is_narrowed_to_the_rules_of_both_unless_one_entry_takes_all() -> None:
    def named(*entries: Json, **block: Any) -> tuple[str, ...]:
        listed = [{"name": "r", **entry} for entry in entries]
        return parse(httpRoutes=listed, **block).sources[0].named[0].rule_names

    assert named({"ruleName": "a"}, {"ruleName": ["b", "a"]}) == ("a", "b")
    assert named({"ruleName": "a"}, {}) == named({}, {"ruleName": "a"}) == ()
    assert named({"ruleName": "a"}, httpRoute="r") == ()


@pytest.mark.parametrize(("given_", "mode"), [({}, "FILTER"), ({"mirrorMode": "rule"}, "RULE")])
def test_mirrors_are_filters_unless_rules_are_asked_for(given_: Json, mode: str) -> None:
    assert parse(**given_).mirror_mode is MirrorMode[mode]


def test_the_backends_may_be_other_objects_than_services_of_the_rollout() -> None:
    config = parse(
        stableBackendRef={"name": "s"},
        canaryBackendRef={"group": "x.io", "kind": "Backend", "namespace": "edge", "name": "c"},
    )

    assert config.stable == Backend("", "Service", "shop", "s")
    assert config.canary == Backend("x.io", "Backend", "edge", "c")
    assert parse().stable is parse().canary is None


@pytest.mark.parametrize(
    ("given_", "label"),
    [
        ({}, LABEL),
        ({"inProgressLabelKey": "", "inProgressLabelValue": ""}, LABEL),
        ({"inProgressLabelKey": "my/key"}, Label("my/key", "in-progress")),
        ({"inProgressLabelValue": "yes"}, Label(LABEL.key, "yes")),
        ({"disableInProgressLabel": False}, LABEL),
        ({"disableInProgressLabel": True}, None),
        ({"disableInProgressLabel": True, "inProgressLabelKey": "not a key"}, None),
    ],
)
def test_the_label_is_the_usual_one_or_a_custom_one_or_none(given_: Json, label: Label | None) -> None:
    assert parse(httpRoute="r", **given_).label == label


def test_an_unknown_key_is_ignored_with_a_hint_on_what_was_perhaps_meant() -> None:
    config = parse(httpRuote="r", color="red", name="r")

    assert config.sources == ()
    assert config.hints == (
        'unknown key "color" is ignored',
        'unknown key "httpRuote" is ignored, did you mean "httpRoute"?',
        'unknown key "name" is ignored',
    )


def test_a_key_of_earlier_versions_is_ignored_without_a_word() -> None:
    assert parse(httpRoute="r", configMap="c", CONFIGMAP="c").hints == ()


def test_unknown_keys_further_down_are_ignored() -> None:
    [source] = parse(tcpRoutes=[{"name": "a", "color": 7}]).sources

    assert (source.kind, source.named[0].name) == (TCP, "a")


def test_a_rollout_without_the_block_is_told_which_one() -> None:
    assert refusal(None) == " is missing; it says which routes to use"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", " is not JSON: Input data was truncated"),
        (b"{", " is not JSON: Input data was truncated"),
        (b'{"httpRoute": "\xff"}', " is not JSON: 'utf-8' codec can't decode"),
        (b"[" * 100_000, " is not JSON: maximum recursion depth exceeded"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, " is not JSON: maximum recursion depth exceeded"),
        (b"null", ": expected an object with routes"),
        (b'["httpRoute"]', ": expected an object with routes"),
        (b'"httpRoute"', ": expected an object with routes"),
    ],
)
def test_a_block_that_is_no_object_is_refused(raw: bytes, text: str) -> None:
    assert refusal(raw).startswith(text)


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ({"httpRoute": 5}, ".httpRoute: expected `str`, got `int`"),
        ({"httproute": ["a"]}, ".httpRoute: expected `str`, got `array`"),
        ({"namespace": {}}, ".namespace: expected `str`, got `object`"),
        ({"httpRoutes": {"name": "a"}}, ".httpRoutes: expected `array`, got `object`"),
        ({"httpRoutes": ["a"]}, ".httpRoutes[0]: expected `object`, got `str`"),
        ({"httpRoutes": [None]}, ".httpRoutes[0]: expected `object`, got `null`"),
        ({"grpcRoutes": [{}]}, ".grpcRoutes[0]: object missing required field `name`"),
        ({"grpcRoutes": [{"name": None}]}, ".grpcRoutes[0]: object missing required field `name`"),
        ({"tcpRoutes": [{"name": 1}]}, ".tcpRoutes[0].name: expected `str`, got `int`"),
        ({"tcpRoutes": [{"name": "a"}, {"name": ""}]}, ".tcpRoutes[1].name is empty: expected a name of kind TCPRoute"),
        (
            {"httpRoutes": [{"name": "a", "useHeaderRoutes": "false"}]},
            ".httpRoutes[0].useHeaderRoutes: expected `bool`, got `str`",
        ),
        ({"disableInProgressLabel": "true"}, ".disableInProgressLabel: expected `bool`, got `str`"),
        ({"disableInProgressLabel": 1}, ".disableInProgressLabel: expected `bool`, got `int`"),
        ({"inProgressLabelKey": "a b"}, '.inProgressLabelKey: "a b" is not a label key'),
        ({"inProgressLabelValue": "a b"}, '.inProgressLabelValue: "a b" is not a label value'),
        ({"tlsRouteSelector": "app=web"}, ".tlsRouteSelector: expected `object`, got `str`"),
        ({"tlsRouteSelector": {"matchLabels": {"a": 1}}}, ".tlsRouteSelector.matchLabels[...]: expected `str`, got `int`"),
        ({"tlsRouteSelector": {"matchLabels": {"a": "b c"}}}, '.tlsRouteSelector.matchLabels: "b c" is not a label value'),
        (
            {"udpRouteSelector": {"matchExpressions": [{"key": "a", "operator": "Like"}]}},
            ".udpRouteSelector.matchExpressions[0].operator: invalid enum value 'Like'",
        ),
        (
            {"udpRouteSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}},
            ".udpRouteSelector.matchExpressions[0].values: operator In takes at least one value",
        ),
        ({"ruleName": 5}, ".ruleName: expected `str | array`, got `int`"),
        ({"ruleName": ["a", ""]}, ".ruleName[1]: expected `str` of length >= 1"),
        ({"ruleName": ["a"] * 1001}, ".ruleName: expected `array` of length <= 1000"),
        ({"tcpRoutes": [{"name": "a", "ruleName": [5]}]}, ".tcpRoutes[0].ruleName[0]: expected `str`, got `int`"),
        ({"mirrorFractions": 5}, ".mirrorFractions: expected `object`, got `int`"),
        ({"mirrorFractions": {"m": {}}}, ".mirrorFractions[...]: object missing required field `numerator`"),
        ({"mirrorFractions": {"m": {"numerator": -1}}}, ".mirrorFractions[...].numerator: expected `int` >= 0"),
        (
            {"mirrorFractions": {"m": {"numerator": 101}}},
            ".mirrorFractions.m: 101 of 100 is more than all requests",
        ),
        ({"mirrorMode": "both"}, ".mirrorMode: invalid enum value 'both'"),
        ({"httpRouteSelector": {"useHeaderRoutes": "yes"}}, ".httpRouteSelector.useHeaderRoutes: expected `bool`"),
        ({"stableBackendRef": "a"}, ".stableBackendRef: expected `object`, got `str`"),
        ({"stableBackendRef": {}}, ".stableBackendRef: object missing required field `name`"),
        ({"canaryBackendRef": {"name": ""}}, ".canaryBackendRef: expected a name and a kind"),
        ({"canaryBackendRef": {"name": "a", "kind": ""}}, ".canaryBackendRef: expected a name and a kind"),
        ({"httpRoutes": [{"name": "a"}] * 1001}, ".httpRoutes: 1001 routes; at most 1000 can be named"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_what_was_expected(block: Json, text: str) -> None:
    assert refusal(json.dumps(block).encode()).startswith(text)


def test_a_thousand_routes_can_be_named() -> None:
    assert len(parse(httpRoutes=[{"name": str(number)} for number in range(1000)]).sources[0].named) == 1000


def complaint(raw: bytes) -> str:
    """What is wrong with a block, empty when nothing is."""
    try:
        parse_config(rollout(plugin_config=raw))
    except RoutingError as error:
        return str(error)
    return ""


BRANCHES = st.sampled_from(["httpRoutes", "httpRouteSelector", "matchExpressions", "name"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(BRANCHES, inner),
    max_leaves=10,
)


@given(JSON.map(json.dumps).map(str.encode) | st.binary())
def test_any_bytes_are_a_configuration_or_an_error_that_names_the_block(raw: bytes) -> None:
    text = complaint(raw)

    assert not text or text.startswith(f"Rollout shop/web: {BLOCK}")
