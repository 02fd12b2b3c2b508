"""The files of platforms/ for Argo CD and Flux, with Argo CD's own comparison and Flux's own controller."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Final

import jsonschema
import pytest
import yaml

from e2e.bed import binaries
from e2e.gitops.applications import COMPARE_OPTIONS, ON_SERVER, STRUCTURED, USUAL, WAYS, git_for
from e2e.gitops.argo_cd import ENGINE
from e2e.gitops.shop import CANARIES, MID_CANARY, NAME, WEIGHT, WEIGHTS_ONLY, Canary, weights

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.gitops.argo_cd import ArgoCD
    from e2e.gitops.flux import Flux
    from e2e.gitops.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLATFORMS: Final = Path(__file__).parents[2] / "platforms"
OF_THE_FOLDER: Final = "{{.path.basename}}"


def documents(name: str) -> list[Object]:
    """The objects of a file of platforms/."""
    return list(yaml.safe_load_all((PLATFORMS / name).read_text()))


def compared(application: Object, way: str) -> Object:
    """The Application, compared in this way; its source is the test's own."""
    made = copy.deepcopy(application)
    source = made["spec"].pop("sources")[1]
    made["spec"]["source"] = {"repoURL": source["repoURL"], "path": "deploy", "targetRevision": "main"}
    if way == STRUCTURED:
        made["spec"]["syncPolicy"]["syncOptions"].append(way)
    if way == ON_SERVER:
        made["metadata"].setdefault("annotations", {})[COMPARE_OPTIONS] = way
    return made


def of_a_set(name: str) -> Object:
    """The Application that the ApplicationSet's template makes of the folder services/NAME."""
    template = documents("argo-cd/applicationset.yaml")[0]["spec"]["template"]
    text = yaml.safe_dump(template).replace(OF_THE_FOLDER, name).replace("{{.nameNormalized}}", "here")
    made = yaml.safe_load(text.replace("{{.server}}", "https://kubernetes.default.svc"))
    made["metadata"]["namespace"] = "argocd"
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", **made}


APPLICATIONS: Final = {
    "application": documents("argo-cd/application.yaml")[0],
    "applicationset": of_a_set(NAME),
}


@pytest.mark.parametrize(
    ("name", "crd"), [("application", "application-crd"), ("applicationset", "applicationset-crd")]
)
async def test_the_file_is_what_argo_cds_crd_takes_without_a_field_too_many(name: str, crd: str) -> None:
    folder = binaries.module_folder(ENGINE, "github.com/argoproj/argo-cd/v3") / "manifests" / "crds"
    versions = yaml.safe_load((folder / f"{crd}.yaml").read_text())["spec"]["versions"]
    schema = strict(versions[0]["schema"]["openAPIV3Schema"])
    [thing] = documents(f"argo-cd/{name}.yaml")
    jsonschema.validate(thing, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**thing, "spec": {**thing["spec"], "ignoreDifference": []}}, schema)


@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES)
@pytest.mark.parametrize("name", APPLICATIONS)
async def test_a_canary_leaves_the_application_in_sync(
    name: str, canary: Canary, shop: Shop, argo_cd: ArgoCD
) -> None:
    application, git = compared(APPLICATIONS[name], USUAL), git_for(shop, USUAL)
    await argo_cd.sync(application, git)
    live = await shop.runs(canary)
    assert not await argo_cd.is_out_of_sync(application, git, live)
    live = await shop.ends()
    assert not await argo_cd.is_out_of_sync(application, git, live)


@pytest.mark.parametrize("way", WAYS)
async def test_it_is_in_sync_in_each_way_of_comparing_and_sees_another_hostname(
    way: str, shop: Shop, argo_cd: ArgoCD
) -> None:
    application, git = compared(APPLICATIONS["application"], way), git_for(shop, way)
    await argo_cd.sync(application, git)
    live = await shop.runs(WEIGHTS_ONLY)
    assert not await argo_cd.is_out_of_sync(application, git, live)
    git["spec"]["hostnames"] = ["other.example.com"]
    assert await argo_cd.is_out_of_sync(application, git, live)


async def test_flux_leaves_the_weights_and_brings_what_git_changes(shop: Shop, flux: Flux) -> None:
    _, kustomization = documents("flux/shop.yaml")
    git = shop.git()
    await flux.commit(NAME, shop.namespace, git)
    await flux.save(shop.placed(kustomization))
    await flux.reconcile(NAME, shop.namespace)
    await shop.runs(Canary(weight=WEIGHT))
    git["spec"]["hostnames"] = ["other.example.com"]
    await flux.commit(NAME, shop.namespace, git)
    await flux.reconcile(NAME, shop.namespace)
    route = await shop.route()
    assert weights(route) == MID_CANARY
    assert route["spec"]["hostnames"] == ["other.example.com"]


def strict(schema: Object) -> Object:
    """The schema, refusing fields that it does not know, as the API server does when it is asked to be strict."""
    made = {key: _strict(value) for key, value in schema.items()}
    if "properties" in schema and "additionalProperties" not in schema:
        made["additionalProperties"] = False
    return made


def _strict(value: object) -> object:
    if isinstance(value, dict):
        return strict(value)
    if isinstance(value, list):
        return [_strict(entry) for entry in value]
    return value
