"""The platform's chart ships what is generated, untouched by Helm."""

import functools
import json
from typing import Any

import pytest
import yaml
from observability.dashboards.pages import PAGES
from observability.files import ROOT, generated
from observability.notifications.config_map import NAME, triggers_and_templates
from observability.notifications.occasions import OCCASIONS
from tests.charts import helm

CHART = ROOT / "charts" / "progressive-platform"
Objects = list[dict[str, Any]]


@functools.cache
def text(values: str) -> str:
    rendered = helm.rendered(CHART, json.loads(values), "kit", "argo-rollouts")
    return "\n---\n".join(rendered[path] for path in sorted(rendered))


def objects(**values: object) -> Objects:
    return [each for each in yaml.safe_load_all(text(json.dumps(values))) if each]


def one(found: Objects, kind: str, name: str) -> dict[str, Any]:
    return next(each for each in found if (each["kind"], each["metadata"]["name"]) == (kind, name))


def test_what_is_generated_is_what_stands_in_the_chart() -> None:
    """`python -m observability` writes it anew."""
    files = {path: content for path, content in generated().items() if path.startswith("charts/")}
    assert {path: (ROOT / path).read_text(encoding="utf-8") for path in files} == files


def test_the_notifications_come_through_helm_as_they_are() -> None:
    data = one(objects(), "ConfigMap", NAME)["data"]
    assert data == dict(triggers_and_templates())


def test_services_are_added_and_name_keys_of_the_secret() -> None:
    both = {
        "slack": {"enabled": True},
        "webhook": {"enabled": True, "headers": [{"name": "X-A", "value": "b"}]},
    }
    data = one(objects(notifications={**both, "extra": {"service.email": "a"}}), "ConfigMap", NAME)["data"]
    assert yaml.safe_load(data["service.slack"]) == {"token": "$slack-token"}
    webhook = yaml.safe_load(data["service.webhook"])
    assert (webhook["url"], webhook["headers"][1]) == ("$webhook-url", {"name": "X-A", "value": "b"})
    assert data["service.email"] == "a"


def test_rules_are_one_object_or_the_other_or_none() -> None:
    content = yaml.safe_load(generated()["charts/progressive-platform/files/rules.yaml"])
    assert one(objects(), "PrometheusRule", "kit-progressive")["spec"] == content
    config = one(objects(rules={"kind": "ConfigMap"}), "ConfigMap", "kit-progressive-rules")
    assert yaml.safe_load(config["data"]["progressive.yaml"]) == content
    assert not [
        each for each in objects(rules={"kind": "none"}) if "rule" in each["metadata"]["name"].lower()
    ]


@pytest.mark.parametrize("uid", [page.uid for page in PAGES])
def test_each_dashboard_is_a_config_map_that_grafana_s_sidecar_finds(uid: str) -> None:
    found = one(objects(), "ConfigMap", f"kit-{uid}")
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(found["data"][f"{uid}.json"])["uid"] == uid


def test_everything_can_be_turned_off() -> None:
    off = {"notifications": {"enabled": False}, "rules": {"kind": "none"}, "dashboards": {"enabled": False}}
    assert objects(**off) == []


def test_the_configuration_for_kube_state_metrics_is_there_when_asked_for() -> None:
    found = one(objects(kubeStateMetrics={"enabled": True}), "ConfigMap", "kit-kube-state-metrics")
    assert "delivery.rollouts-router/commit-time" in found["data"]["config.yaml"]


@pytest.mark.parametrize(
    "values", [{"rule": {}}, {"rules": {"kind": "Rule"}}, {"notifications": {"slak": {}}}]
)
def test_values_that_cannot_be_meant_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(helm.HelmError):
        text(json.dumps(values))


def test_every_trigger_of_the_chart_has_its_template() -> None:
    data = one(objects(), "ConfigMap", NAME)["data"]
    assert {f"trigger.{each.trigger}" for each in OCCASIONS} <= set(data)
