"""The plugin's block, read as the router reads it."""

import pytest
from tests.lint.manifest_text import GATEWAY, Json, codes, rollout, strategy, told

from rollouts_router.lint.linting import Text, lint

HEADER: Json = {
    "setHeaderRoute": {"name": "r", "match": [{"headerName": "h", "headerValue": {"exact": "v"}}]}
}
MANAGED: Json = {"managedRoutes": [{"name": "r"}]}


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"httpRoute": "shop"}, []),
        ({"HTTPROUTE": "shop", "configMap": "old"}, []),
        ({"httpRoute": "shop", "verify": {"mode": "status"}}, []),
        (
            {"httpRoute": "shop", "verify": {"mod": "status"}},
            [("RR723", 'unknown key "verify.mod" is ignored, did you mean "verify.mode"?')],
        ),
        (
            {"httpRoute": "shop", "httpRout": "x"},
            [("RR723", 'unknown key "httpRout" is ignored, did you mean "httpRoute"?')],
        ),
        ({"namespace": "x"}, [("RR729", "it names no route and has no selector")]),
        ({"httpRoutes": []}, [("RR729", "it names no route and has no selector")]),
        ({"httpRoute": "shop", "grpcRouteSelector": {"matchLabels": {"a": "b"}}}, []),
        (
            {"httpRouteSelector": {"matchLabels": {"a": "b"}}, "httpRoute": "shop"},
            [("RR725", "httpRouteSelector stands beside shop")],
        ),
        ({"tcpRouteSelector": {"matchLabels": {}}}, [("RR726", "tcpRouteSelector is empty")]),
    ],
)
def test_a_block_says_which_routes(block: Json, expected: list[tuple[str, str]]) -> None:
    assert told(rollout(block=block)) == expected


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"httpRoute": 5}, "httpRoute: expected `str`"),
        ({"httpRoutes": [{"name": ""}]}, "httpRoutes[0].name is empty"),
        ({"httpRoute": "shop", "keda": {"activatoin": "off"}}, "keda"),
        ({"httpRouteSelector": {"matchLabels": {"a b": "c"}}}, "is not a label key"),
        (["httpRoute"], "expected an object"),
    ],
)
def test_what_the_router_would_refuse_is_told_in_its_words(block: Json, words: str) -> None:
    ((code, sentence),) = told(rollout(block=block))

    assert code == "RR724"
    assert words in sentence
    assert "Rollout default/" not in sentence


def test_a_wrong_value_is_told_at_its_line() -> None:
    text = f"""\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{name: shop}}
spec:
  strategy:
    canary:
      stableService: a
      canaryService: b
      trafficRouting:
        plugins:
          {GATEWAY}:
            httpRoutes:
              - name: one
              - name: two
                useHeaderRoutes: "yes"
      steps: [{{setWeight: 5}}]
"""

    assert [(each.rule.code, each.place.line) for each in lint([Text("a", text)])] == [("RR724", 15)]


def test_a_field_of_a_wrong_type_is_told_at_its_line_and_alone() -> None:
    given = rollout(routing={"maxTrafficWeight": "100"})

    assert told(given) == [
        ("RR606", "spec.strategy.canary.trafficRouting.maxTrafficWeight is a text, expected a whole number")
    ]
    assert codes({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": "x"}) == []


def test_a_rollout_without_our_plugin_is_not_ours() -> None:
    assert codes(strategy({"trafficRouting": {"istio": {}}, "steps": [{"setWeight": 5}]})) == []
    assert (
        codes(
            strategy(
                {"trafficRouting": {"plugins": {"argoproj-labs/contour": {}}}, "steps": [{"setWeight": 5}]}
            )
        )
        == []
    )


@pytest.mark.parametrize(
    "name", ["argoproj-labs/gatewayApi", "gatewayAPI", "argoproj-labs/gateway-api", "argoproj-lab/gatewayAPI"]
)
def test_a_misspelt_plugin_is_told(name: str) -> None:
    given = strategy({"trafficRouting": {"plugins": {name: {"httpRoute": "x"}}}, "steps": [{"setWeight": 5}]})

    assert told(given) == [("RR722", f'the plugin is called "{name}"')]


def test_an_unknown_router_is_told_with_a_guess() -> None:
    found = told(rollout(routing={"gatewayAPI": {}, "managedRoute": []}))

    assert found == [
        ("RR721", 'trafficRouting has no "gatewayAPI"'),
        ("RR721", 'trafficRouting has no "managedRoute"; did you mean "managedRoutes"?'),
    ]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"httpRoute": "shop"}, []),
        ({"httpRoutes": [{"name": "a"}, {"name": "b", "useHeaderRoutes": True}]}, []),
        ({"httpRoutes": [{"name": "a"}]}, ["RR727"]),
        ({"grpcRouteSelector": {"matchLabels": {"a": "b"}}}, ["RR727"]),
        ({"grpcRouteSelector": {"matchLabels": {"a": "b"}, "useHeaderRoutes": True}}, []),
        ({"tcpRoute": "a", "tlsRoute": "b"}, ["RR728"]),
        ({"tcpRoute": "a", "httpRoutes": [{"name": "b"}]}, ["RR727"]),
        ({"tcpRoute": "a", "httpRoute": "b"}, []),
    ],
)
def test_a_header_step_needs_a_route_that_takes_it(block: Json, expected: list[str]) -> None:
    steps = [{"setWeight": 5}, HEADER, {"pause": {}}]

    assert codes(rollout(*steps, block=block, routing=MANAGED)) == expected


def test_a_step_that_takes_a_route_out_needs_none() -> None:
    out = {"setHeaderRoute": {"name": "r"}}

    assert codes(rollout({"setWeight": 5}, out, block={"tcpRoute": "a"}, routing=MANAGED)) == []
