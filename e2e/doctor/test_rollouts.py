"""Rollouts: each of the faults that users do not see, made for real, named by its code, and gone when it is repaired."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects
from e2e.bed.kinds import GATEWAY
from e2e.doctor.installation import gateway
from e2e.scenarios.application import Application
from e2e.scenarios.configs import AT_ONCE, by_label
from e2e.scenarios.gateways import catches_up, conditions, reports
from e2e.scenarios.routes import IN_PROGRESS, LABEL

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.doctor.installation import Installation
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENABLED = {"rollout-enabled": "true"}
GONE: Object = {"metadata": {"labels": {"rollout-enabled": None}}}


async def test_a_route_that_lost_its_label_is_named_and_so_is_a_rollout_without_any(
    site: Site, installation: Installation
) -> None:
    shop = Application(
        site=site, name="shop", config={**by_label(ENABLED, ["HTTPRoute"]), **AT_ONCE}, weights=(20,)
    )
    await shop.is_deployed(_web(site, labels=ENABLED))
    await catches_up(site, *shop.routes)
    await site.admin.merge_patch("HTTPRoute", "web", site.namespace, GONE)
    found = await installation.examined()
    assert found.status == 1
    assert found.about("RR301") == ["Rollout shop"]
    assert found.about("RR305") == ["HTTPRoute web"]
    await site.admin.merge_patch("HTTPRoute", "web", site.namespace, {"metadata": {"labels": ENABLED}})
    assert (await installation.examined()).codes == set()


async def test_what_a_rollout_refers_to_and_does_not_find_is_named(
    site: Site, installation: Installation
) -> None:
    shop = Application(
        site=site,
        name="shop",
        config={"httpRoutes": [{"name": "web"}, {"name": "wbe"}, {"name": "half"}], **AT_ONCE},
        steps=[{"setWeight": 20}, {"analysis": {"templates": [{"templateName": "gone"}]}}],
    )
    half = objects.route("HTTPRoute", "half", site.namespace, rules=[objects.rule("shop")])
    half["spec"]["rules"][0]["backendRefs"].pop()
    await site.saves(half)
    await shop.is_submitted(_web(site))
    await site.admin.delete("Service", "shop-canary", site.namespace)
    found = await installation.examined()
    assert found.status == 1
    assert found.about("RR210") == ["Service shop-canary"]
    assert found.about("RR230") == ["AnalysisTemplate gone"]
    assert "wbe" in found.sentence("RR302")
    assert "half" in found.sentence("RR303")
    assert found.about("RR322") == ["HTTPRoute web"]


async def test_services_that_lead_elsewhere_are_named(site: Site, installation: Installation) -> None:
    shop = Application(site=site, name="shop", config={"httpRoute": "web", **AT_ONCE}, weights=(20,))
    await shop.is_deployed(_web(site))
    await catches_up(site, *shop.routes)
    other: Object = {"spec": {"selector": {"app": "other", "rollouts-pod-template-hash": None}}}
    await site.admin.merge_patch("Service", "shop-canary", site.namespace, other)
    web = await site.admin.get("HTTPRoute", "web", site.namespace)
    web["spec"]["rules"][0]["backendRefs"][0]["port"] = 8080
    await site.admin.merge_patch("HTTPRoute", "web", site.namespace, {"spec": web["spec"]})
    await catches_up(site, *shop.routes)
    found = await installation.examined()
    assert found.about("RR212") == ["Service shop-canary"]
    assert found.about("RR211") == ["Service shop-stable"]


async def test_a_missing_reference_grant_is_named_until_it_is_there(
    site: Site, installation: Installation
) -> None:
    edge = f"{site.namespace}-edge"
    await site.plane.create_namespace(edge)
    await site.plane.grant_plugin(edge)
    web = objects.route("HTTPRoute", "web", edge, rules=[objects.rule("shop")])
    for ref in web["spec"]["rules"][0]["backendRefs"]:
        ref["namespace"] = site.namespace
    shop = Application(
        site=site, name="shop", config={"httpRoute": "web", "namespace": edge, **AT_ONCE}, weights=(20,)
    )
    await shop.is_submitted(web)
    found = await installation.examined()
    assert found.about("RR310") == ["HTTPRoute web"] * 2  # one for each Service
    assert found.codes >= {"RR120"}  # the account has no binding there
    await site.admin.apply(
        {
            "apiVersion": GATEWAY,
            "kind": "ReferenceGrant",
            "metadata": {"name": "edge", "namespace": site.namespace},
            "spec": {
                "from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": edge}],
                "to": [{"group": "", "kind": "Service"}],
            },
        }
    )
    assert "RR310" not in (await installation.examined()).codes
    await site.plane.admin.delete("Namespace", edge)


async def test_a_rival_is_named_on_both_sides_once(site: Site, installation: Installation) -> None:
    shop = Application(site=site, name="shop", config={"httpRoute": "web", **AT_ONCE}, weights=(20,))
    await shop.is_deployed(_web(site))
    await catches_up(site, *shop.routes)
    rival = {**shop.rollout(), "metadata": {"name": "rival", "namespace": site.namespace}}
    await site.admin.apply(rival)
    found = await installation.examined("--skip=RR207")
    assert found.about("RR330") == ["HTTPRoute web"]
    assert sorted(found.about("RR215")) == ["Service shop-canary", "Service shop-stable"]
    assert f"Rollout {site.namespace}/rival and Rollout {site.namespace}/shop" in found.sentence("RR330")


async def test_what_gateways_say_and_do_not_say_is_told(site: Site, installation: Installation) -> None:
    shop = Application(site=site, name="shop", config={"httpRoute": "web", **AT_ONCE}, weights=(20,))
    await shop.is_deployed(_web(site))
    (web,) = shop.routes
    await site.admin.delete("Gateway", "gateway", site.namespace)
    assert (await installation.examined()).about("RR323") == ["HTTPRoute web"]
    await site.admin.apply(gateway(site.namespace))
    assert (await installation.examined()).codes == {"RR322"}
    seen = await site.admin.get("HTTPRoute", "web", site.namespace)
    await reports(site, web, conditions(seen, ResolvedRefs="False"))
    found = await installation.examined()
    assert (found.status, found.codes) == (1, {"RR321"})
    assert "ResolvedRefs is False (BackendNotFound)" in found.sentence("RR321")
    await catches_up(site, web)
    condition = {
        **conditions(seen, "no address", Accepted="False")[0],
        "type": "Programmed",
        "reason": "AddressNotAssigned",
    }
    status: Object = {"status": {"conditions": [condition]}}
    await site.admin.merge_patch("Gateway", "gateway", site.namespace, status, subresource="status")
    found = await installation.examined()
    assert (found.codes, found.about("RR324")) == ({"RR324"}, ["Gateway gateway"])
    assert "AddressNotAssigned" in found.sentence("RR324")


async def test_weights_and_labels_that_nobody_asked_for_are_told(
    site: Site, installation: Installation
) -> None:
    shop = Application(site=site, name="shop", config={"httpRoute": "web", **AT_ONCE}, weights=(20,))
    await shop.is_deployed(_web(site))
    await site.plane.revoke_plugin(site.namespace)  # or its next reconcile would put them right
    rules = [objects.rule("shop", weights=(60, 40))]
    by_hand: Object = {"metadata": {"labels": {LABEL: IN_PROGRESS}}, "spec": {"rules": rules}}
    await site.admin.merge_patch("HTTPRoute", "web", site.namespace, by_hand)
    await catches_up(site, *shop.routes)
    found = await installation.examined()
    assert found.codes >= {"RR332", "RR333"}
    assert "gives the canary 40, and 0 was asked for" in found.sentence("RR333")


async def test_a_spec_that_the_controller_refuses_and_a_block_that_nobody_knows_are_told(
    site: Site, installation: Installation
) -> None:
    header = {"setHeaderRoute": {"name": "h", "match": [{"headerName": "a", "headerValue": {"exact": "b"}}]}}
    shop = Application(site=site, name="shop", config={"httpRoute": "web", **AT_ONCE}, steps=[header])
    await shop.is_submitted(_web(site))
    await shop.canary.wait_degraded()
    native = objects.rollout("native", site.namespace, steps=objects.steps(20))
    native["spec"]["strategy"]["canary"]["trafficRouting"] = {"gatewayAPI": {"httpRoute": "web"}}
    applied = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(native)}
    await site.admin.request(
        "POST",
        f"/apis/argoproj.io/v1alpha1/namespaces/{site.namespace}/rollouts",
        body={**native, "metadata": {**native["metadata"], "annotations": applied}},
    )
    found = await installation.examined()
    assert found.codes >= {"RR202", "RR205", "RR701"}
    assert found.about("RR202") == ["Rollout native"]


async def test_two_autoscalers_of_one_rollout_are_told(site: Site, installation: Installation) -> None:
    shop = Application(site=site, name="shop", config={"httpRoute": "web", **AT_ONCE}, weights=(20,))
    await shop.is_submitted(_web(site))
    for name in ("one", "two"):
        await site.admin.apply(
            {
                "apiVersion": "autoscaling/v2",
                "kind": "HorizontalPodAutoscaler",
                "metadata": {"name": name, "namespace": site.namespace},
                "spec": {
                    "scaleTargetRef": {
                        "apiVersion": "argoproj.io/v1alpha1",
                        "kind": "Rollout",
                        "name": "shop",
                    },
                    "minReplicas": 2,
                    "maxReplicas": 2,
                },
            }
        )
    found = await installation.examined()
    assert found.about("RR402") == ["Rollout shop"]


def _web(site: Site, labels: dict[str, str] | None = None) -> Object:
    return objects.route("HTTPRoute", "web", site.namespace, rules=[objects.rule("shop")], labels=labels)
