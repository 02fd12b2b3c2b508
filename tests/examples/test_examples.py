"""Examples are whole: each has its page, stands in the index, is valid, and has a block that the router understands."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import kubernetes_validate
import pytest
import yaml

from rollouts_router.core.config import parse_config
from rollouts_router.core.kinds import KINDS
from rollouts_router.core.manifests import manifest_rollout

Object: TypeAlias = dict[str, Any]

FOLDER = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
KUBERNETES = "1.35"


@pytest.mark.parametrize("name", NAMES)
def test_an_example_has_a_page_with_a_table_and_stands_in_the_index(name: str) -> None:
    page = (FOLDER / name / "README.md").read_text()
    assert f"examples/{name}\n" in page
    assert "| step of " in page
    assert f"]({name})" in (FOLDER / "README.md").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_kubernetes_own_objects_in_it_are_valid(name: str) -> None:
    for thing in _objects(name):
        if "." not in thing["apiVersion"]:
            kubernetes_validate.validate(thing, KUBERNETES, strict=True)


@pytest.mark.parametrize("name", NAMES)
def test_its_routes_lead_to_services_that_are_there_through_a_gateway_that_is_there(name: str) -> None:
    found = {(each["kind"], each["metadata"]["name"]) for each in _objects(name)}
    routes = [each for each in _objects(name) if each["kind"].endswith("Route")]
    assert routes
    for route in routes:
        assert {("Gateway", ref["name"]) for ref in route["spec"]["parentRefs"]} <= found
        refs = chain.from_iterable(rule["backendRefs"] for rule in route["spec"]["rules"])
        assert {("Service", ref["name"]) for ref in refs} <= found


@pytest.mark.parametrize("name", NAMES)
def test_the_router_understands_every_key_of_its_block(name: str) -> None:
    rollouts = [each for each in _objects(name) if each["kind"] == "Rollout"]
    assert rollouts
    for rollout in rollouts:
        applied = {**rollout, "metadata": {"namespace": "shop", **rollout["metadata"]}}
        assert not parse_config(manifest_rollout(applied)).hints


def test_every_kind_of_route_has_an_example() -> None:
    kinds = {each["kind"] for name in NAMES for each in _objects(name)}
    assert {kind.name for kind in KINDS} <= kinds


def _objects(name: str) -> list[Object]:
    files = sorted((FOLDER / name).glob("*.yaml"))
    return [thing for file in files for thing in yaml.safe_load_all(file.read_text()) if thing]
