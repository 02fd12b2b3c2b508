"""What counts as a GitOps tool that leaves the weights alone, by docs/gitops.md."""

from typing import Any

import pytest
from tests.doctor import world
from tests.doctor.breaks import IGNORES, fluxed, tracked
from tests.doctor.cluster import FakeCluster
from tests.doctor.test_looking import codes, looked

from rollouts_router.core.kinds import GROUP
from rollouts_router.doctor.checks.gitops import application_of, kustomization_of

SPARES = {"syncOptions": ["ApplyOutOfSyncOnly=true"]}


def ignores(**fields: Any) -> dict[str, Any]:
    """An Application that spares what this entry is about."""
    entry = {"group": GROUP, "kind": "HTTPRoute", "jsonPointers": ["/spec/rules"], **fields}
    return {"ignoreDifferences": [entry], "syncPolicy": SPARES}


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"ignoreDifferences": IGNORES, "syncPolicy": SPARES}, []),
        (ignores(), []),
        (ignores(group="*", kind="*"), []),
        (ignores(name="web", namespace="shop"), []),
        (ignores(jsonPointers=None, managedFieldsManagers=["rollouts-router"]), []),
        (ignores(name="other"), ["RR501"]),
        (ignores(namespace="other"), ["RR501"]),
        (ignores(kind="GRPCRoute"), ["RR501"]),
        (ignores(group=""), ["RR501"]),
        (ignores(jsonPointers=[]), ["RR501"]),
        ({"ignoreDifferences": IGNORES}, ["RR502"]),
        ({**ignores(), "syncPolicy": {"syncOptions": ["RespectIgnoreDifferences=true"]}}, []),
        ({}, ["RR501"]),
    ],
)
async def test_an_application(spec: dict[str, Any], told: list[str]) -> None:
    cluster = world.good()
    tracked(**spec)(cluster)
    assert codes(await looked(cluster)) == told


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (f"resource.customizations.ignoreDifferences.{GROUP}_HTTPRoute", ["RR502"]),
        ("resource.customizations.ignoreDifferences.all", ["RR502"]),
        (f"resource.customizations.ignoreDifferences.{GROUP}_GRPCRoute", ["RR501"]),
    ],
)
async def test_what_argo_cd_ignores_for_all_applications_counts(key: str, told: list[str]) -> None:
    cluster = world.good()
    tracked()(cluster)
    cluster.add("configmaps", world.thing("argocd-cm", "argocd", data={key: "jsonPointers: [/spec/rules]"}))
    assert codes(await looked(cluster)) == told


async def test_an_application_is_found_wherever_argo_cd_is() -> None:
    cluster = world.good()
    tracked()(cluster)
    cluster.drop("applications", "app", "argocd")
    cluster.add("applications", world.thing("app", "tools", spec=ignores()))
    assert codes(await looked(cluster)) == []


async def test_one_that_is_not_in_this_cluster_is_worth_knowing() -> None:
    cluster = world.good()
    tracked()(cluster)
    cluster.drop("applications", "app", "argocd")
    assert codes(await looked(cluster)) == ["RR503"]


def kustomized(**spec: Any) -> FakeCluster:
    """Flux applies the route, by a Kustomization with this spec."""
    cluster = world.good()
    fluxed(cluster)
    cluster.add("kustomizations", world.thing("k", "flux", spec=spec))
    return cluster


def target(**fields: str) -> dict[str, Any]:
    """One entry of spec.ignore."""
    return {"ignore": [{"target": fields, "paths": ["/spec/rules"]}]}


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({}, ["RR511"]),
        ({"suspend": True}, []),
        (target(kind="HTTPRoute", name="web"), []),
        (target(group=GROUP, kind="HTTPRoute", namespace="shop"), []),
        (target(kind="HTTPRoute", name="other"), ["RR511"]),
        (target(kind="Service"), ["RR511"]),
    ],
)
async def test_a_kustomization(spec: dict[str, Any], told: list[str]) -> None:
    assert codes(await looked(kustomized(**spec))) == told


@pytest.mark.parametrize(
    ("annotation", "value", "left_alone"),
    [
        ("ssa", "IfNotPresent", True),
        ("ssa", "Ignore", True),
        ("ssa", "Merge", False),
        ("reconcile", "disabled", True),
        ("reconcile", "enabled", False),
    ],
)
def test_annotations_by_which_flux_leaves_a_route_alone(
    annotation: str, value: str, *, left_alone: bool
) -> None:
    labels = {"kustomize.toolkit.fluxcd.io/name": "k", "kustomize.toolkit.fluxcd.io/namespace": "flux"}
    annotations = {f"kustomize.toolkit.fluxcd.io/{annotation}": value}
    found = kustomization_of(world.route("web", labels=labels, annotations=annotations))
    assert (found is None) is left_alone


@pytest.mark.parametrize(
    ("identity", "where"),
    [
        ("", None),
        ("app:gateway.networking.k8s.io/HTTPRoute:shop/web", ("", "app")),
        ("team_app:x", ("team", "app")),
        ("team_my_app:x", ("team", "my_app")),
    ],
)
def test_the_application_is_in_the_tracking_id(identity: str, where: tuple[str, str] | None) -> None:
    route = world.route("web", annotations={"argocd.argoproj.io/tracking-id": identity})
    assert application_of(route) == where
