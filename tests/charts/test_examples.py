"""Every example: rendered by Helm, linted, valid for Kubernetes, and as it was."""

from __future__ import annotations

import kubernetes_validate
import pytest
import yaml
from tests.charts import helm
from tests.charts.examples import EXAMPLES, GOLDEN, golden, values
from tests.charts.rendering import APPLICATION, ROOT, built, render, text

CUSTOM = ("argoproj.io/", "gateway.networking.k8s.io/", "keda.sh/")  # validated on the test bed, in e2e/kit
TEN = 10


@pytest.mark.parametrize("name", EXAMPLES)
def test_renders_as_it_was(name: str) -> None:
    """A change of what is rendered is seen in review; `python -m tests.charts.examples` writes the files anew."""
    assert text(values(name)) == golden(name).read_text()


def test_no_golden_file_is_left_of_an_example_that_is_gone() -> None:
    assert {path.stem for path in GOLDEN.glob("*.yaml")} == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_core_objects_have_no_unknown_or_missing_field(name: str) -> None:
    found = [each for each in render(values(name)).objects if not each["apiVersion"].startswith(CUSTOM)]
    assert found
    for each in found:
        kubernetes_validate.validate(each, "1.35", strict=True)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_pod_template_is_one_that_kubernetes_knows(name: str) -> None:
    """A Rollout's pod template is checked as that of a Deployment, unknown fields included."""
    for rollout in render(values(name)).of_kind("Rollout"):
        spec = {field: rollout["spec"][field] for field in ("selector", "template")}
        deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": spec}
        kubernetes_validate.validate(deployment, "1.35", strict=True)


@pytest.mark.parametrize("name", EXAMPLES)
def test_helm_lint_has_nothing_to_say(name: str) -> None:
    said = helm.linted(built(APPLICATION), values(name))
    assert not said["errors"]
    assert [each["error"] for each in said["messages"]] == ["icon is recommended"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_object_has_a_name_of_its_own_and_the_namespace(name: str) -> None:
    objects = render(values(name), namespace="elsewhere").objects
    names = [(each["kind"], each["metadata"]["name"]) for each in objects]
    assert len(names) == len(set(names))
    assert {each["metadata"]["namespace"] for each in objects} == {"elsewhere"}


def test_ten_lines_make_a_whole_service() -> None:
    assert len(EXAMPLES["canary"].read_text().splitlines()) <= TEN
    rendered = render(values("canary"))
    kinds = {each["kind"] for each in rendered.objects}
    assert kinds == {
        "AnalysisTemplate",
        "HTTPRoute",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "Rollout",
        "Service",
    }
    assert any("analysis" in step for step in rendered.steps())
    assert any("subscribe" in name for name in rendered.one("Rollout")["metadata"]["annotations"])


def test_a_deployment_has_no_gates_that_nobody_asks() -> None:
    assert {each["kind"] for each in render(values("worker-deployment")).objects} == {
        "Deployment",
        "ScaledObject",
        "PodDisruptionBudget",
    }


def test_the_examples_on_the_page_are_the_files() -> None:
    page = (ROOT / "docs" / "charts.md").read_text()
    assert f"```yaml\n{EXAMPLES['canary'].read_text()}```" in page


def test_no_manifest_holds_a_key_twice() -> None:
    """YAML readers take the last of two equal keys without a word."""
    for path in GOLDEN.glob("*.yaml"):
        for document in yaml.compose_all(path.read_text(), yaml.SafeLoader):
            _assert_unique(document)


def _assert_unique(node: yaml.Node | None) -> None:
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), keys
        for _, below in node.value:
            _assert_unique(below)
    elif isinstance(node, yaml.SequenceNode):
        for below in node.value:
            _assert_unique(below)
