"""What gates ask: PromQL of every data plane that parses, and NRQL whose columns are those that its conditions read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import promql_parser
import pytest
from tests.charts.rendering import RefusedError
from tests.gates.gated import BUSINESS, PLACEHOLDER, PLANES, filled, gates, worker

if TYPE_CHECKING:
    from tests.charts.rendering import Object
    from tests.gates.gated import Gates

LIMITS: Final = re.compile(r"^(min|max)-[a-z0-9-]+$|^(canary|stable)-hash$")


def on(plane: str) -> Gates:
    prometheus = {"dataPlane": plane, "separateBackends": True}
    pace = {"window": {"timezone": "UTC"}, "load": {"ceiling": 5}}
    return gates(gates={"prometheus": prometheus, "business": BUSINESS}, pace=pace)


def new_relic() -> dict[str, Object]:
    pace = {"window": {"timezone": "UTC"}, "load": {"ceiling": 5}}
    return gates(gates={"provider": "newrelic", "business": BUSINESS}, pace=pace).metrics


def query(metric: Object) -> str:
    (provider,) = metric["provider"].values()
    return str(provider["query"])


@pytest.mark.parametrize("plane", PLANES)
def test_every_query_of_a_data_plane_parses_to_one_number(plane: str) -> None:
    for name, metric in on(plane).metrics.items():
        args = dict.fromkeys(PLACEHOLDER.findall(query(metric)), "0.5")
        parsed = promql_parser.parse(filled(query(metric), args))
        assert not isinstance(parsed, promql_parser.MatrixSelector | promql_parser.StringLiteral), name


@pytest.mark.parametrize("queue", ["kafka", "sqs"])
def test_the_lag_of_a_queue_parses(queue: str) -> None:
    url = "https://sqs.eu-west-1.amazonaws.com/1/orders"
    kafka = {"bootstrapServers": "kafka:9092", "consumerGroup": "orders", "topic": "orders"}
    metric = worker(
        worker={"queue": queue, "kafka": kafka, "sqs": {"queueURL": url, "region": "eu-west-1"}}
    ).metrics["lag"]
    promql_parser.parse(filled(query(metric), {"max-lag-ratio": "2"}))
    assert ('consumergroup="orders",topic="orders"' if queue == "kafka" else 'queue_name="orders"') in query(
        metric
    )


@pytest.mark.parametrize("plane", PLANES)
def test_canary_and_stable_are_never_asked_for_alike(plane: str) -> None:
    """A query that took one for the other would compare a version with itself."""
    for name, metric in on(plane).metrics.items():
        if name in {"window", "load", "traffic"}:
            continue
        args = {found: found for found in PLACEHOLDER.findall(query(metric))}
        selectors = set(re.findall(r"\{(.*?)\}\[", filled(query(metric), args)))
        versions = {
            version
            for version in ("canary", "stable", "backend/0", "backend/1")
            if any(version in each for each in selectors)
        }
        assert versions in (
            {"canary", "stable"},
            {"backend/0", "backend/1"},
            {"canary", "stable", "backend/0", "backend/1"},
        ), name


@pytest.mark.parametrize(
    ("plane", "says"),
    [
        ("app", 'namespace="team",rollouts_pod_template_hash="{{args.canary-hash}}"'),
        ("istio", 'destination_service_namespace="team",destination_service_name="shop-canary"'),
        ("kgateway", 'envoy_cluster_name="kube_team_shop-canary_80"'),
        ("contour", 'envoy_cluster_name="team_shop-canary_80"'),
        ("envoy-gateway", 'envoy_cluster_name="httproute/team/shop/rule/0/backend/1"'),
        ("traefik", 'service=~".+-svc-team-shop-canary-[0-9]+@kubernetesgateway"'),
        ("linkerd", 'direction="inbound",namespace="team",rollouts_pod_template_hash="{{args.canary-hash}}"'),
    ],
)
def test_each_data_plane_has_its_own_name_for_the_canary(plane: str, says: str) -> None:
    assert says in query(on(plane).metrics["traffic"])


@pytest.mark.parametrize(("plane", "tells"), [(plane, plane in {"app", "istio"}) for plane in PLANES])
def test_errors_of_dependencies_are_judged_where_they_can_be_told(plane: str, *, tells: bool) -> None:
    assert ("dependencies" in on(plane).metrics) == tells


def test_own_and_dependencies_errors_do_not_overlap() -> None:
    own, theirs = (query(on("app").metrics[name]) for name in ("errors", "dependencies"))
    assert 'error_origin!~"dependency"' in own
    assert 'error_origin=~"dependency"' not in own
    assert 'error_origin=~"dependency"' in theirs


def test_envoy_gateway_without_separate_backends_is_refused() -> None:
    with pytest.raises(RefusedError, match="counts both backends of a rule together"):
        gates(gates={"prometheus": {"dataPlane": "envoy-gateway"}})


@pytest.mark.parametrize("name", sorted(new_relic()))
def test_a_row_of_new_relic_has_the_columns_that_its_conditions_read(name: str) -> None:
    metric = new_relic()[name]
    nrql = query(metric)
    columns = set(re.findall(r" AS (\w+)", nrql))
    read = set(re.findall(r"result\.(\w+)", metric["successCondition"] + metric["failureCondition"]))
    assert read <= columns
    assert re.fullmatch(
        r"SELECT .+\sFROM [\w, ]+\s(WHERE .+\s)?SINCE \d+ (seconds|minute) ago\s*", nrql, re.DOTALL
    )
    assert nrql.count("(") == nrql.count(")")
    assert nrql.count("'") % 2 == 0
    assert len(columns) == nrql.count(" AS ")  # none twice, and none without a name


@pytest.mark.parametrize("name", sorted(set(new_relic()) - {"window", "load", "traffic"}))
def test_a_row_of_new_relic_tells_both_versions_apart(name: str) -> None:
    assert {"canary-hash", "stable-hash"} <= set(PLACEHOLDER.findall(query(new_relic()[name])))


def test_placeholders_stay_as_they_are_for_the_controller() -> None:
    """Helm has the same braces; what it left over would be asked for word for word."""
    for metric in (*on("app").metrics.values(), *new_relic().values()):
        assert "HASH" not in query(metric)
        for text in (query(metric), metric["successCondition"], metric["failureCondition"]):
            assert all(LIMITS.match(name) for name in PLACEHOLDER.findall(text))
            assert text.count("{{") == len(PLACEHOLDER.findall(text))


def test_classes_of_errors_on_the_list_are_a_dependencys() -> None:
    listed = {
        "provider": "newrelic",
        "newRelic": {"dependencyErrorClasses": ["redis.TimeoutError", "grpc.Unavailable"]},
    }
    nrql = query(gates(gates=listed).metrics["errors"])
    assert (
        "AND NOT (`error.origin` = 'dependency' OR error.class IN ('redis.TimeoutError', 'grpc.Unavailable'))"
        in nrql
    )


def test_who_is_asked_is_said_as_in_an_analysis_template() -> None:
    prometheus = {
        "address": "https://prometheus:9090", "timeoutSeconds": 7, "insecure": True,
        "headers": [{"key": "X-Scope-OrgID", "value": "team"}],
        "authentication": {"basicAuth": {"username": "{{args.u}}"}},
    }  # fmt: skip
    provider = gates(gates={"prometheus": prometheus}).metrics["traffic"]["provider"]["prometheus"]
    assert provider.pop("query")
    assert provider == {
        "address": prometheus["address"], "timeout": 7, "insecure": True,
        "headers": prometheus["headers"], "authentication": prometheus["authentication"],
    }  # fmt: skip
    assert set(gates().metrics["traffic"]["provider"]["prometheus"]) == {"query"}


@pytest.mark.parametrize("kind", ["rollout", "deployment"])
def test_a_workers_alert_says_what_its_gate_does(kind: str) -> None:
    """A Deployment has no steps, so no analysis either."""
    queue = {
        "queue": "kafka",
        "kafka": {"bootstrapServers": "kafka:9092", "consumerGroup": "orders", "topic": "orders"},
    }
    found = worker(worker={**queue, "kind": kind}, gates={"worker": {"alert": True}})
    (rule,) = found.rendered.one("PrometheusRule")["spec"]["groups"][0]["rules"]
    promql_parser.parse(rule["expr"])
    assert rule["expr"].rstrip().endswith("> 1.5")
    assert "{{" not in rule["expr"]
    assert set(found.metrics) == ({"lag"} if kind == "rollout" else set())


def test_there_is_no_alert_unless_it_is_wanted() -> None:
    assert worker().rendered.of_kind("PrometheusRule") == []
