"""Argo CD's comparison of the route in Git with the one in the cluster, by the recipes of docs/gitops.md."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.bed.controller import PLUGIN_NAME
from e2e.gitops import page
from e2e.gitops.applications import (
    COMPARE_OPTIONS,
    ON_SERVER,
    STRUCTURED,
    USUAL,
    WAYS,
    application,
    filled_in,
    git_for,
    unconfigured,
)
from e2e.gitops.shop import CANARIES, CLAIMS, EVERYTHING, LABEL, WEIGHTS_ONLY, WITH_HEADER, Canary

if TYPE_CHECKING:
    from e2e.gitops.argo_cd import ArgoCD
    from e2e.gitops.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("way", WAYS)
async def test_without_a_recipe_a_canary_takes_the_application_out_of_sync(
    way: str, shop: Shop, argo_cd: ArgoCD
) -> None:
    plain, git = unconfigured(way), git_for(shop, way)
    live = await argo_cd.sync(plain, git)
    assert not await argo_cd.is_out_of_sync(plain, git, live)
    live = await shop.runs(WEIGHTS_ONLY)
    assert await argo_cd.is_out_of_sync(plain, git, live)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES)
async def test_with_the_recommended_recipe_it_stays_in_sync(
    way: str, canary: Canary, shop: Shop, argo_cd: ArgoCD
) -> None:
    recommended, git = application(way), git_for(shop, way)
    await argo_cd.sync(recommended, git)
    live = await shop.runs(canary)
    assert not await argo_cd.is_out_of_sync(recommended, git, live)
    live = await shop.ends()
    assert not await argo_cd.is_out_of_sync(recommended, git, live)


@pytest.mark.usefixtures("for_all")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES)
async def test_with_the_recipe_for_all_applications_one_without_its_own_stays_in_sync(
    way: str, canary: Canary, shop: Shop, argo_cd: ArgoCD
) -> None:
    plain, git = unconfigured(way), git_for(shop, way)
    await argo_cd.sync(plain, git)
    live = await shop.runs(canary)
    assert not await argo_cd.is_out_of_sync(plain, git, live)
    live = await shop.ends()
    assert not await argo_cd.is_out_of_sync(plain, git, live)


async def test_a_route_of_another_kind_stays_in_sync_as_well(shop: Shop, settings: ArgoCD) -> None:
    argo_cd, git, rollout = settings, shop.git(), shop.rollout()
    git["kind"] = "GRPCRoute"
    git["spec"]["rules"][0]["matches"] = [{"method": {"service": "shop.Shop"}}]
    rollout["spec"]["strategy"]["canary"]["trafficRouting"]["plugins"][PLUGIN_NAME] = {"grpcRoute": "shop"}
    await argo_cd.sync(application(), git)
    await shop.walks(WITH_HEADER, rollout)
    live = await shop.admin.get("GRPCRoute", "shop", shop.namespace)
    assert not await argo_cd.is_out_of_sync(application(), git, live)
    assert await argo_cd.is_out_of_sync(unconfigured(), git, live)
    for_all = page.block("argocd-cm")["data"].items()
    await argo_cd.set_settings({key.replace("_HTTPRoute", "_GRPCRoute"): value for key, value in for_all})
    assert not await argo_cd.is_out_of_sync(unconfigured(), git, live)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("recipe", ["json-pointers", "managed-fields"])
async def test_where_all_rules_are_ignored_it_stays_in_sync(
    recipe: str, way: str, shop: Shop, argo_cd: ArgoCD
) -> None:
    app, git = application(way, recipe=recipe), git_for(shop, way)
    await argo_cd.sync(app, git)
    assert not await argo_cd.is_out_of_sync(app, git, await shop.runs(EVERYTHING))


@pytest.mark.parametrize(("way", "out_of_sync"), [(USUAL, True), (STRUCTURED, True), (ON_SERVER, False)])
async def test_rules_ignored_under_the_condition_of_a_label_are_out_of_sync_unless_compared_on_the_server(
    way: str, *, out_of_sync: bool, shop: Shop, argo_cd: ArgoCD
) -> None:
    conditional, git = application(way, recipe="conditional"), git_for(shop, way)
    await argo_cd.sync(conditional, git)
    live = await shop.runs(WEIGHTS_ONLY)
    assert await argo_cd.is_out_of_sync(conditional, git, live) is out_of_sync


@pytest.mark.parametrize("way", WAYS)
async def test_labels_and_annotations_that_git_does_not_have_are_not_compared(
    way: str, shop: Shop, argo_cd: ArgoCD
) -> None:
    plain, git = unconfigured(way), git_for(shop, way)
    await argo_cd.sync(plain, git)
    live = await shop.runs(WEIGHTS_ONLY)
    metadata = live["metadata"]
    both = {
        "labels": {LABEL: metadata["labels"][LABEL]},
        "annotations": {CLAIMS: metadata["annotations"][CLAIMS]},
    }
    assert (await shop.ends())["spec"]["rules"][0]["backendRefs"][0]["weight"] == 100
    live = await shop.admin.merge_patch("HTTPRoute", "shop", shop.namespace, {"metadata": both})
    assert not await argo_cd.is_out_of_sync(plain, git, live)


@pytest.mark.parametrize("canary", [WITH_HEADER, Canary(weight=0, header=True)], ids=["at 37", "at 0"])
async def test_a_header_rule_marks_the_route_also_at_weight_0(
    canary: Canary, shop: Shop, argo_cd: ArgoCD
) -> None:
    await argo_cd.sync(application(), shop.git())
    live = await shop.runs(canary)
    assert live["metadata"]["labels"] == {LABEL: "in-progress"}
    assert CLAIMS in live["metadata"]["annotations"]


@pytest.mark.parametrize(("way", "drifts"), [(USUAL, False), (STRUCTURED, True), (ON_SERVER, False)])
async def test_what_the_api_fills_in_counts_only_with_server_side_apply(
    way: str, *, drifts: bool, shop: Shop, argo_cd: ArgoCD
) -> None:
    git = shop.git()
    del git["spec"]["rules"][0]["matches"]
    live = await argo_cd.sync(application(way), git)
    assert await argo_cd.is_out_of_sync(application(way), git, live) is drifts
    assert not await argo_cd.is_out_of_sync(application(way), filled_in(git), live)


async def test_server_side_apply_with_server_side_diff_needs_nothing_filled_in(
    shop: Shop, argo_cd: ArgoCD
) -> None:
    both = application(STRUCTURED)
    both["metadata"]["annotations"] = {COMPARE_OPTIONS: ON_SERVER}
    await argo_cd.sync(both, shop.git())
    assert not await argo_cd.is_out_of_sync(both, shop.git(), await shop.runs(EVERYTHING))


async def test_an_expression_that_fails_on_one_rule_is_skipped_as_a_whole(
    shop: Shop, argo_cd: ArgoCD
) -> None:
    git = shop.git()
    redirect = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}
    old = {"matches": [{"path": {"type": "Exact", "value": "/old"}}], "filters": [redirect]}
    git["spec"]["rules"].append(old)
    careful, careless = application(), application()
    weights = careful["spec"]["ignoreDifferences"][0]["jqPathExpressions"][0]
    careless["spec"]["ignoreDifferences"][0]["jqPathExpressions"][0] = weights.replace("?", "")
    await argo_cd.sync(careful, git)
    live = await shop.runs(WEIGHTS_ONLY)
    assert not await argo_cd.is_out_of_sync(careful, git, live)
    assert await argo_cd.is_out_of_sync(careless, git, live)
