"""Overlays build, are valid, and agree with each other and with the image that they install."""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from manifests.generate import FOLDER
from tests.manifests.kustomize import Object, built

from bundle import oci

OVERLAYS = sorted(path.name for path in (FOLDER / "overlays").iterdir())
COMPONENTS = sorted(path.name for path in (FOLDER / "components").iterdir())
WAYS = ["by-url", "image-volume", "init-container"]
KUBERNETES = "1.35"
DEPLOYMENT, CONFIG = ("Deployment", "argo-rollouts"), ("ConfigMap", "argo-rollouts-config")
COMPLETE = """
apiVersion: v1
kind: ConfigMap
metadata: {name: argo-rollouts-config}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: argo-rollouts}
spec:
  selector: {matchLabels: {app: argo-rollouts}}
  template:
    metadata: {labels: {app: argo-rollouts}}
    spec:
      containers:
        - name: argo-rollouts
          image: argo-rollouts
          volumeMounts: [{name: plugin-bin, mountPath: /home/argo-rollouts/plugin-bin}]
      volumes: [{name: plugin-bin, emptyDir: {}}]
"""


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_builds_and_adds_to_what_is_installed_without_replacing_any_of_it(name: str) -> None:
    made = built(FOLDER / "overlays" / name)
    (container,) = made[DEPLOYMENT]["spec"]["template"]["spec"]["containers"]
    assert set(container) <= {"name", "volumeMounts", "env"}
    assert set(made[DEPLOYMENT]["spec"]) == {"template"}
    assert set(made[CONFIG]["data"]) == {"trafficRouterPlugins"}
    roles = [each for each in made.values() if each["kind"] in {"ClusterRole", "Role"}]
    assert roles
    for thing in made.values():
        if thing["kind"] != "Deployment":
            kubernetes_validate.validate(thing, KUBERNETES, strict=True)


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_on_a_whole_install_builds_to_valid_objects_and_keeps_what_was_there(name: str) -> None:
    made = _on_a_whole_install(name)
    for thing in made.values():
        kubernetes_validate.validate(thing, KUBERNETES, strict=True)
    pod = made[DEPLOYMENT]["spec"]["template"]["spec"]
    assert {"name": "plugin-bin", "emptyDir": {}} in pod["volumes"]
    assert pod["containers"][0]["image"] == "argo-rollouts"


@pytest.mark.parametrize("name", WAYS)
def test_every_way_registers_the_same_name_from_where_it_puts_the_file(name: str) -> None:
    made = _on_a_whole_install(name)
    (row,) = yaml.safe_load(made[CONFIG]["data"]["trafficRouterPlugins"])
    assert row["name"] == "argoproj-labs/gatewayAPI"
    if name == "by-url":
        assert row["location"].startswith("https://")
        assert len(row["sha256"]) == 64
    else:
        (mount,) = _own(made[DEPLOYMENT]["spec"]["template"]["spec"]["containers"][0]["volumeMounts"])
        assert row == {
            "name": row["name"],
            "location": f"file://{mount['mountPath']}/{oci.PROGRAM}",
        }
        assert mount["readOnly"]


def test_the_init_container_installs_into_the_volume_that_the_controller_reads() -> None:
    pod = _on_a_whole_install("init-container")[DEPLOYMENT]["spec"]["template"]["spec"]
    (init,) = pod["initContainers"]
    (writes,), (reads,) = _own(init["volumeMounts"]), _own(pod["containers"][0]["volumeMounts"])
    assert init["args"] == ["install", writes["mountPath"]]
    assert "command" not in init  # the image's entrypoint is the executable
    assert writes["name"] == reads["name"]
    assert not writes.get("readOnly")
    assert {"name": writes["name"], "emptyDir": {}} in pod["volumes"]


def test_the_image_volume_is_run_from_where_the_image_has_the_tree() -> None:
    pod = _on_a_whole_install("image-volume")[DEPLOYMENT]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (mount,) = _own(container["volumeMounts"])
    assert container["env"] == [
        {"name": "ROLLOUTS_ROUTER_RUNTIME", "value": f"{mount['mountPath']}/{oci.RUNTIME}"}
    ]


@pytest.mark.parametrize("name", ["init-container", "image-volume"])
def test_kustomize_sets_the_image_of_either_way(name: str) -> None:
    images = "images: [{name: registry.example.com/rollouts-router, newName: mine/router, newTag: '7'}]\n"
    pod = _on_a_whole_install(name, images)[DEPLOYMENT]["spec"]["template"]["spec"]
    volumes = {each["name"]: each for each in pod["volumes"]}
    found = (
        pod["initContainers"][0]["image"]
        if "initContainers" in pod
        else volumes["rollouts-router"]["image"]["reference"]
    )
    assert found == "mine/router:7"


def test_the_values_of_the_chart_make_the_same_pod_and_entry() -> None:
    values = yaml.safe_load((FOLDER / "argo-helm" / "values.yaml").read_text())["controller"]
    made = _on_a_whole_install("init-container")
    pod = made[DEPLOYMENT]["spec"]["template"]["spec"]
    assert values["initContainers"] == pod["initContainers"]
    assert values["volumes"] == _own(pod["volumes"])
    assert values["volumeMounts"] == _own(pod["containers"][0]["volumeMounts"])
    assert values["trafficRouterPlugins"] == yaml.safe_load(made[CONFIG]["data"]["trafficRouterPlugins"])


def test_openshifts_manager_has_the_entry_of_the_install_by_url() -> None:
    made = built(FOLDER / "openshift")
    (row,) = made["RolloutManager", "argo-rollouts"]["spec"]["plugins"]["trafficManagement"]
    config = built(FOLDER / "overlays" / "by-url")[CONFIG]
    (entry,) = yaml.safe_load(config["data"]["trafficRouterPlugins"])
    assert row == entry
    assert ("ClusterRoleBinding", "rollouts-router") in made


@functools.cache
def _on_a_whole_install(component: str, more: str = "") -> dict[tuple[str, str], Object]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        place = os.path.relpath(FOLDER / "components" / component, folder)
        (folder / "whole.yaml").write_text(COMPLETE)
        (folder / "kustomization.yaml").write_text(f"resources: [whole.yaml]\ncomponents: [{place}]\n{more}")
        return built(folder)


def _own(parts: list[Object]) -> list[Object]:
    """Those of our volume."""
    return [each for each in parts if each["name"] == "rollouts-router"]
