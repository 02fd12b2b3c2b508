"""What the files of e2e/kind say is what the test bed tries, and what they refer to is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from e2e.gateways.callers import GATEWAY
from e2e.gateways.gateway import NAME, NAMESPACE, declaration
from e2e.gateways.wires import WIRES
from e2e.kind.cluster import PROXIES
from e2e.kind.images import ROUTER

ROOT = Path(__file__).parents[3]
KIND = ROOT / "e2e" / "kind"
MODULES = ROOT / "e2e" / "bed" / "modules"
VERSIONS = dict(re.findall(r"^([A-Z_]+)=(\S+)$", (KIND / "versions.env").read_text(), re.MULTILINE))
WORKFLOW = ROOT / ".github" / "workflows" / "kind.yaml"
LIMIT = 60


@pytest.mark.parametrize(
    ("name", "part", "module"),
    [
        ("GATEWAY_API", "gateway-api", "sigs.k8s.io/gateway-api"),
        ("ARGO_ROLLOUTS", "rollouts", "github.com/argoproj/argo-rollouts"),
        ("ENVOY_GATEWAY", "envoy-gateway", "github.com/envoyproxy/gateway"),
        ("KEDA", "keda", "github.com/kedacore/keda/v2"),
    ],
)
def test_a_version_is_that_of_the_test_bed(name: str, part: str, module: str) -> None:
    required = re.search(
        rf"^\s*(?:require )?{re.escape(module)} (v\S+)", (MODULES / part / "go.mod").read_text(), re.MULTILINE
    )
    assert required
    assert VERSIONS[name].removeprefix("v") == required[1].removeprefix("v")


@pytest.mark.parametrize("gateway", PROXIES)
def test_a_gateway_listens_as_on_the_test_bed_and_the_node_has_its_ports(gateway: str) -> None:
    wires = PROXIES[gateway].wires
    declared, service = _of(gateway, "Gateway"), _of(gateway, "Service")
    assert (declared["metadata"]["name"], declared["metadata"]["namespace"]) == (NAME, NAMESPACE)
    _, there = declaration("any")
    carried = [each for each in there["spec"]["listeners"] if each["name"] in {wire.name for wire in wires}]
    assert declared["spec"]["listeners"] == carried
    (node,) = yaml.safe_load((KIND / "cluster.yaml").read_text())["nodes"]
    assert {each["listenAddress"] for each in node["extraPortMappings"]} == {GATEWAY}
    mapped = {each["hostPort"]: each["containerPort"] for each in node["extraPortMappings"]}
    assert set(mapped) == {wire.listener_port for wire in WIRES}
    assert service["spec"]["ports"] == [
        {"name": wire.name, "port": wire.listener_port, "nodePort": mapped[wire.listener_port]}
        for wire in wires
    ]


def test_each_gateway_has_a_script_and_a_place_in_the_workflow() -> None:
    assert all((KIND / gateway).is_file() for gateway in PROXIES)
    (job,) = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    assert job["strategy"]["matrix"]["gateway"] == list(PROXIES)


def test_the_router_that_is_installed_is_the_one_that_was_loaded() -> None:
    program = Path(sys.executable).with_name("kubectl")
    command = [str(program), "kustomize", str(KIND / "argo-rollouts")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=True)  # noqa: S603 -- ours
    things = list(yaml.safe_load_all(done.stdout))
    (deployment,) = (each for each in things if each["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["initContainers"]
    assert container["image"] == ROUTER
    roles = {each["metadata"]["name"] for each in things if each["kind"] == "ClusterRole"}
    assert roles == {"rollouts-router", "rollouts-router-keda"}


def _of(gateway: str, kind: str) -> dict[str, Any]:
    """The one object of this kind in a gateway's file."""
    things = yaml.safe_load_all((KIND / "gateways" / f"{gateway}.yaml").read_text())
    (found,) = (each for each in things if each["kind"] == kind)
    return dict(found)
