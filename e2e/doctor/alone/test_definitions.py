"""What the cluster's definitions make of it: KEDA and Argo CD beside us, old CRDs, missing ones. Nothing reconciles here."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import contextlib
import json
import uuid
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from e2e.bed import objects, waiting
from e2e.bed.api import ApiError
from e2e.bed.control_plane import ControlPlane
from e2e.bed.kinds import Kind
from e2e.doctor.installation import Installation, installed
from e2e.keda import operator
from e2e.scenarios.sharing import RIGHTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.bed.kinds import Object

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("definitions")]

CRD = "CustomResourceDefinition"
GROUP = "gateway.networking.k8s.io"
APPLICATION = Kind("argoproj.io/v1alpha1", "Application", "applications")
SOON = 30.0  # seconds
KEDA = "autoscaling.keda.sh"
RECORD: Object = {
    "v": 1,
    "rollout": "shop",
    "uid": "gone",
    "hash": "abc",
    "wrote": {f"{KEDA}/force-activation": "true"},
    "prior": {f"{KEDA}/force-activation": None},
    "at": "2026-11-01T08:00:00Z",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plane() -> AsyncIterator[ControlPlane]:
    """A control plane without a Rollouts controller."""
    async with ControlPlane(channel="standard", crds=[operator.crds()]) as plane:
        await plane.install(RIGHTS)
        yield plane


@pytest_asyncio.fixture(loop_scope="module")
async def installation(plane: ControlPlane) -> Installation:
    """A namespace of the test's own with an install and a Rollout in it."""
    namespace = f"team-{uuid.uuid4().hex[:8]}"
    await plane.create_namespace(namespace)
    made = await installed(plane, namespace)
    for thing in (
        *objects.services("shop", namespace),
        objects.route("HTTPRoute", "web", namespace, rules=[objects.rule("shop")]),
        objects.rollout("shop", namespace, steps=objects.steps(20), plugin={"httpRoute": "web"}),
    ):
        await plane.admin.apply(thing)
    return made


async def test_a_scaled_object_that_is_paused_held_or_may_go_to_zero_is_named(
    installation: Installation,
) -> None:
    await _scales(installation, minReplicaCount=1)
    clean = {code for code in (await installation.examined()).codes if code.startswith("RR4")}
    assert clean == {"RR409"}  # advice: a cron trigger counts by the average over all pods
    await _scales(installation, {f"{KEDA}/paused": "true"}, minReplicaCount=0)
    found = await installation.examined()
    assert found.about("RR404") == found.about("RR405") == ["ScaledObject shop"]
    held = {"rollouts.argoproj.io/keda-hold": json.dumps(RECORD)}
    await _scales(installation, held, minReplicaCount=1)
    found = await installation.examined()
    assert found.about("RR406") == ["ScaledObject shop"]
    assert found.about("RR404") == []


async def test_an_application_that_compares_weights_is_told_until_it_does_not(
    installation: Installation,
) -> None:
    admin, namespace = installation.plane.admin, installation.namespace
    await admin.apply(_definition(APPLICATION))
    await admin.wait_until(
        CRD, "applications.argoproj.io", None, lambda crd: (crd.get("status") or {}).get("acceptedNames")
    )
    tracked: Object = {"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": f"{namespace}_shop:x"}}}
    await admin.merge_patch("HTTPRoute", "web", namespace, tracked)
    assert "RR503" in (await installation.examined()).codes
    await _applies(installation)
    assert (await installation.examined()).about("RR501") == ["HTTPRoute web"]
    ignore = {"group": GROUP, "kind": "HTTPRoute", "jsonPointers": ["/spec/rules"]}
    await _applies(installation, ignoreDifferences=[ignore])
    assert (await installation.examined()).about("RR502") == ["HTTPRoute web"]
    await _applies(
        installation, ignoreDifferences=[ignore], syncPolicy={"syncOptions": ["ApplyOutOfSyncOnly=true"]}
    )
    assert not {code for code in (await installation.examined()).codes if code.startswith("RR5")}


async def test_old_and_missing_definitions_are_named(installation: Installation) -> None:
    admin, namespace = installation.plane.admin, installation.namespace
    old: Object = {"metadata": {"annotations": {f"{GROUP}/bundle-version": "v1.3.0"}}}
    await admin.delete("ValidatingAdmissionPolicyBinding", f"safe-upgrades.{GROUP}")  # it would not have that

    async def aged() -> bool | None:
        """The API server goes by the binding for another moment."""
        with contextlib.suppress(ApiError):
            await admin.merge_patch(CRD, f"httproutes.{GROUP}", None, old)
            return True
        return None

    await waiting.until(aged, within=SOON, what="the CRD is of an old release")
    found = await installation.examined()
    assert found.about("RR132") == [f"CustomResourceDefinition httproutes.{GROUP}"]

    await admin.delete(CRD, f"tcproutes.{GROUP}")
    await admin.wait_gone(CRD, f"tcproutes.{GROUP}")
    await admin.apply(
        objects.rollout("feed", namespace, steps=objects.steps(20), plugin={"tcpRoute": "feed"})
    )
    assert (await installation.examined()).about("RR131") == ["Rollout feed"]

    for crd in await admin.list(CRD):
        if crd["spec"]["group"] == GROUP:
            await admin.delete(CRD, crd["metadata"]["name"])
            await admin.wait_gone(CRD, crd["metadata"]["name"])
    found = await installation.examined()
    assert found.status == 1
    assert "RR130" in found.codes


async def _scales(
    installation: Installation, annotations: dict[str, str] | None = None, **spec: object
) -> None:
    """A ScaledObject as just written; what was there before is gone."""
    await installation.plane.admin.delete("ScaledObject", "shop", installation.namespace)
    target = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "shop"}
    await installation.plane.admin.create(
        {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {
                "name": "shop",
                "namespace": installation.namespace,
                "annotations": annotations or {},
            },
            "spec": {"scaleTargetRef": target, "triggers": [{"type": "cron", "metadata": {}}], **spec},
        }
    )


async def _applies(installation: Installation, **spec: object) -> None:
    """An Application with this spec."""
    body: Object = {
        "apiVersion": APPLICATION.version,
        "kind": APPLICATION.name,
        "metadata": {"name": "shop", "namespace": installation.namespace},
        "spec": spec,
    }
    admin = installation.plane.admin
    with contextlib.suppress(ApiError):  # there is none yet
        await admin.request("DELETE", APPLICATION.path("shop", installation.namespace))
    await admin.request("POST", APPLICATION.path(None, installation.namespace), body=body)


def _definition(kind: Kind) -> Object:
    """A CRD that keeps whatever it is given."""
    group, version = kind.version.split("/")
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": CRD,
        "metadata": {"name": f"{kind.plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind.name, "plural": kind.plural},
            "scope": "Namespaced",
            "versions": [
                {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
            ],
        },
    }
