"""The objects of a service: pods that are admitted everywhere, routes that are quiet, and who scales them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from tests.charts import helm
from tests.charts.examples import EXAMPLES, values
from tests.charts.rendering import APPLICATION, Rendered, built, render, text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.charts.rendering import Object

SERVICE: Final[Object] = {"image": "shop:1", "port": 8080, "host": "shop.example.com"}
SERVING: Final = sorted(name for name in EXAMPLES if values(name).get("profile") != "worker")


def pod(rendered: Rendered) -> Object:
    """The spec of the pods."""
    workload = (rendered.of_kind("Rollout") + rendered.of_kind("Deployment"))[0]
    return dict(workload["spec"]["template"]["spec"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_pods_run_without_root_privileges_and_tokens(name: str) -> None:
    spec = pod(render(values(name)))
    container = spec["containers"][0]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"]["memory"]


def test_exceptions_are_taken_one_by_one() -> None:
    given = {"runAsUser": 1000, "readOnlyRootFilesystem": False, "addCapabilities": ["NET_BIND_SERVICE"]}
    spec = pod(render({**SERVICE, "podSecurity": given, "writablePaths": []}))
    assert spec["securityContext"]["runAsUser"] == 1000
    context = spec["containers"][0]["securityContext"]
    assert context["readOnlyRootFilesystem"] is False
    assert context["capabilities"] == {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}
    assert "volumes" not in spec


@pytest.mark.parametrize(("kind", "field"), [("http", "httpGet"), ("grpc", "grpc"), ("tcp", "tcpSocket")])
def test_every_probe_asks_in_the_way_of_the_service(kind: str, field: str) -> None:
    container = pod(render({**SERVICE, "probes": {"type": kind}}))["containers"][0]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert field in container[probe]


def test_a_start_has_at_least_the_time_that_was_given() -> None:
    given = {"startupSeconds": 61, "periodSeconds": 20}
    probe = pod(render({**SERVICE, "probes": given}))["containers"][0]["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] == 80


def test_a_pod_has_time_to_drain_before_it_is_killed() -> None:
    spec = pod(render({**SERVICE, "drainSeconds": 45}))
    assert spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"] == 45
    assert spec["terminationGracePeriodSeconds"] > 45


@pytest.mark.parametrize("name", SERVING)
def test_a_route_says_all_that_the_api_would_fill_in_and_gives_everything_to_stable(name: str) -> None:
    profile = values(name).get("profile", "canary")
    weights = [100, 0] if profile == "canary" else [1]
    rendered = render(values(name))
    routes = [each for each in rendered.objects if each["kind"].endswith("Route")]
    assert routes
    for route in routes:
        for rule in route["spec"]["rules"]:
            assert [ref["weight"] for ref in rule["backendRefs"]] == weights
            assert all((ref["group"], ref["kind"]) == ("", "Service") for ref in rule["backendRefs"])
        assert route["metadata"]["labels"].get("rollout-enabled") == ("true" if profile == "canary" else None)
        services = {each["metadata"]["name"] for each in rendered.of_kind("Service")}
        assert {ref["name"] for ref in route["spec"]["rules"][0]["backendRefs"]} <= services


@pytest.mark.parametrize("name", SERVING)
def test_the_strategy_names_the_services_that_are_there(name: str) -> None:
    rendered = render(values(name))
    strategy = next(iter(rendered.one("Rollout")["spec"]["strategy"].values()))
    named = {strategy[field] for field in strategy if field.endswith("Service")}
    assert named == {each["metadata"]["name"] for each in rendered.of_kind("Service")}


@pytest.mark.parametrize("name", EXAMPLES)
def test_whoever_scales_or_protects_means_the_workload_and_its_pods(name: str) -> None:
    rendered = render(values(name))
    workload = next(each for each in rendered.objects if each["kind"] in {"Rollout", "Deployment"})
    target = {
        "apiVersion": workload["apiVersion"],
        "kind": workload["kind"],
        "name": workload["metadata"]["name"],
    }
    scalers = rendered.of_kind("HorizontalPodAutoscaler") + rendered.of_kind("ScaledObject")
    assert [each["spec"]["scaleTargetRef"] for each in scalers] == [target] * len(scalers)
    assert ("replicas" in workload["spec"]) is not bool(scalers)
    labels = workload["spec"]["template"]["metadata"]["labels"]
    selectors = [workload["spec"]["selector"], rendered.one("PodDisruptionBudget")["spec"]["selector"]]
    assert all(each["matchLabels"].items() <= labels.items() for each in selectors)


@pytest.mark.parametrize(
    ("given", "least"),
    [({}, 2), ({"criticality": "critical"}, 3), ({"autoscaling": {"min": 5}, "criticality": "critical"}, 5)],
)
def test_a_critical_service_has_three_pods_at_least(given: Object, least: int) -> None:
    rendered = render({**SERVICE, **given})
    assert rendered.one("HorizontalPodAutoscaler")["spec"]["minReplicas"] == least


def test_a_queue_is_what_a_worker_is_scaled_by() -> None:
    kafka, sqs = (render(values(f"worker-{queue}")).one("ScaledObject") for queue in ("kafka", "sqs"))
    assert kafka["spec"]["triggers"][0]["metadata"]["lagThreshold"] == "50"
    assert sqs["spec"]["triggers"][0]["type"] == "aws-sqs-queue"


def test_the_routers_block_may_be_laid_over() -> None:
    given = {"plugin": {"name": "example/router", "config": {"verify": {"timeoutSeconds": 300}}}}
    canary = render({**SERVICE, **given}).one("Rollout")["spec"]["strategy"]["canary"]
    block = canary["trafficRouting"]["plugins"]["example/router"]
    assert block["verify"] == {"timeoutSeconds": 300}
    assert block["httpRouteSelector"] == {"matchLabels": {"rollout-enabled": "true"}}


def test_a_packaged_chart_renders_the_same(tmp_path: Path) -> None:
    """The library is in the archive; nothing is fetched where it is installed."""
    archive = helm.packaged(built(APPLICATION), tmp_path)
    rendered = helm.rendered(archive, values("canary"), "shop", "team")
    assert rendered["progressive-app/templates/all.yaml"] in text(values("canary"))


def test_two_releases_in_a_namespace_share_nothing() -> None:
    first, second = (
        {(each["kind"], each["metadata"]["name"]) for each in render(SERVICE, name=name).objects}
        for name in ("shop", "basket")
    )
    assert not first & second
