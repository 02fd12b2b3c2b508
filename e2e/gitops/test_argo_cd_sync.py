"""What a sync by Argo CD's own engine makes of a route in mid-canary, by the recipes of docs/gitops.md."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.gitops.applications import application
from e2e.gitops.shop import (
    EVERYTHING,
    LABEL,
    MID_CANARY,
    STABLE_ONLY,
    WEIGHTS_ONLY,
    WITH_HEADER,
    rule_names,
    rules_owners,
    weights,
)

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.gitops.argo_cd import ArgoCD
    from e2e.gitops.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

MANAGER = "argocd-controller"


def with_options(*options: str) -> Object:
    """The recommended Application, with just these sync options."""
    made = application()
    made["spec"]["syncPolicy"]["syncOptions"] = list(options)
    return made


@pytest.mark.parametrize("options", [(), ("ServerSideApply=true",)], ids=["client-side", "server-side"])
async def test_a_sync_puts_back_all_rules_of_git_although_the_application_is_in_sync(
    options: tuple[str, ...], shop: Shop, argo_cd: ArgoCD
) -> None:
    app, git = with_options(*options), shop.git()
    await argo_cd.sync(app, git)
    live = await shop.runs(EVERYTHING)
    assert rules_owners(live) == {"rollouts-router"}
    after = await argo_cd.sync(app, git, live)
    assert weights(after) == STABLE_ONLY
    assert "filters" not in after["spec"]["rules"][0]
    assert rule_names(after) == [""]
    assert rules_owners(after) == {MANAGER}
    assert after["metadata"]["labels"] == {LABEL: "in-progress"}


async def test_the_recommended_application_leaves_a_route_alone_that_is_in_sync(
    shop: Shop, argo_cd: ArgoCD
) -> None:
    app, git = application(), shop.git()
    await argo_cd.sync(app, git)
    live = await shop.runs(EVERYTHING)
    assert await argo_cd.sync(app, git, live) == live


async def test_with_the_recommended_application_a_change_of_the_route_in_git_brings_gits_weights(
    shop: Shop, argo_cd: ArgoCD
) -> None:
    app, git = application(), shop.git()
    await argo_cd.sync(app, git)
    live = await shop.runs(WITH_HEADER)
    git["spec"]["hostnames"].append("new.example.com")
    after = await argo_cd.sync(app, git, live)
    assert after["spec"]["hostnames"] == git["spec"]["hostnames"]
    assert (weights(after), rule_names(after)) == (STABLE_ONLY, [""])
    await shop.sets_weight(WITH_HEADER)
    assert (weights(await shop.route()), rule_names(await shop.route())) == (MID_CANARY, [""])


async def test_without_weights_in_git_a_sync_sends_half_to_the_canary(shop: Shop, argo_cd: ArgoCD) -> None:
    app, git = with_options(), shop.git()
    for ref in git["spec"]["rules"][0]["backendRefs"]:
        del ref["weight"]
    await argo_cd.sync(app, git)
    after = await argo_cd.sync(app, git, await shop.runs(WEIGHTS_ONLY))
    assert weights(after) == [1, 1]


@pytest.mark.parametrize("options", [(), ("ServerSideApply=true",)], ids=["client-side", "server-side"])
async def test_respected_ignores_keep_all_rules_and_let_other_changes_through(
    options: tuple[str, ...], shop: Shop, argo_cd: ArgoCD
) -> None:
    app, git = application(recipe="respect"), shop.git()
    app["spec"]["syncPolicy"]["syncOptions"].extend(options)
    await argo_cd.sync(app, git)
    live = await shop.runs(EVERYTHING)
    git["spec"]["hostnames"].append("new.example.com")
    after = await argo_cd.sync(app, git, live)
    assert after["spec"]["hostnames"] == git["spec"]["hostnames"]
    assert after["spec"]["rules"] == live["spec"]["rules"]


async def test_respected_ignores_keep_out_changes_of_rules_even_after_the_canary(
    shop: Shop, argo_cd: ArgoCD
) -> None:
    app, git = application(recipe="respect"), shop.git()
    await argo_cd.sync(app, git)
    await shop.runs(EVERYTHING)
    over = await shop.ends()
    git["spec"]["rules"][0]["timeouts"] = {"request": "5s"}
    assert await argo_cd.is_out_of_sync(app, git, over)
    after = await argo_cd.sync(app, git, over)
    assert "timeouts" not in after["spec"]["rules"][0]
    assert await argo_cd.is_out_of_sync(app, git, after)
    between_releases = await argo_cd.sync(application(), git, after)
    assert between_releases["spec"]["rules"][0]["timeouts"] == {"request": "5s"}
    assert weights(between_releases) == STABLE_ONLY


@pytest.mark.parametrize(("respect", "arrives"), [(False, True), (True, False)])
async def test_rules_ignored_by_pointers_arrive_with_another_change_unless_ignores_are_respected(
    *, respect: bool, arrives: bool, shop: Shop, argo_cd: ArgoCD
) -> None:
    app = application(recipe="json-pointers")
    git = shop.git()
    if respect:
        app["spec"]["syncPolicy"]["syncOptions"].append("RespectIgnoreDifferences=true")
    await argo_cd.sync(app, git)
    live = await shop.runs(WEIGHTS_ONLY)
    git["spec"]["rules"][0]["timeouts"] = {"request": "5s"}
    assert await argo_cd.sync(app, git, live) == live
    git["spec"]["hostnames"].append("new.example.com")
    after = await argo_cd.sync(app, git, live)
    assert ("timeouts" in after["spec"]["rules"][0]) is arrives
    assert weights(after) == (STABLE_ONLY if arrives else MID_CANARY)
