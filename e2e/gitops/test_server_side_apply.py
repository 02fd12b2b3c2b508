"""What the API server makes of a server-side apply by somebody else, after rollouts-router has written a weight."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.bed.api import ApiError
from e2e.gitops.shop import (
    EVERYTHING,
    MID_CANARY,
    STABLE_ONLY,
    WEIGHTS_ONLY,
    rule_names,
    rules_owners,
    weights,
)

if TYPE_CHECKING:
    from e2e.gitops.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOOL = "kustomize-controller"
CONFLICT = 409


async def test_a_weight_makes_the_router_owner_of_all_rules(shop: Shop) -> None:
    created = await shop.admin.apply(shop.git(), manager=TOOL)
    assert rules_owners(created) == {TOOL}
    assert rules_owners(await shop.runs(WEIGHTS_ONLY)) == {"rollouts-router"}


async def test_without_force_it_fails_with_a_conflict_that_names_the_router_and_changes_nothing(
    shop: Shop,
) -> None:
    await shop.admin.apply(shop.git(), manager=TOOL)
    live = await shop.runs(EVERYTHING)
    with pytest.raises(ApiError) as refused:
        await shop.admin.apply(shop.git(), manager=TOOL, force=False)
    assert refused.value.status == CONFLICT
    [cause] = refused.value.body["details"]["causes"]
    assert cause["field"] == ".spec.rules"
    assert 'conflict with "rollouts-router"' in cause["message"]
    assert await shop.route() == live


async def test_with_force_it_puts_back_all_rules_of_git(shop: Shop) -> None:
    await shop.admin.apply(shop.git(), manager=TOOL)
    await shop.runs(EVERYTHING)
    after = await shop.admin.apply(shop.git(), manager=TOOL, force=True)
    assert (weights(after), rule_names(after)) == (STABLE_ONLY, [""])
    assert "filters" not in after["spec"]["rules"][0]
    assert rules_owners(after) == {TOOL}


async def test_of_a_manifest_without_rules_it_leaves_the_rules_as_they_are(shop: Shop) -> None:
    git = shop.git()
    await shop.admin.apply(git, manager=TOOL)
    live = await shop.runs(EVERYTHING)
    del git["spec"]["rules"]
    git["spec"]["hostnames"].append("new.example.com")
    after = await shop.admin.apply(git, manager=TOOL, force=True)
    assert after["spec"]["hostnames"] == git["spec"]["hostnames"]
    assert after["spec"]["rules"] == live["spec"]["rules"]


async def test_without_weights_in_git_it_sends_half_to_the_canary(shop: Shop) -> None:
    git = shop.git()
    for ref in git["spec"]["rules"][0]["backendRefs"]:
        del ref["weight"]
    await shop.admin.apply(git, manager=TOOL)
    await shop.runs(WEIGHTS_ONLY)
    assert weights(await shop.admin.apply(git, manager=TOOL)) == [1, 1]


async def test_the_routers_next_weight_takes_the_rules_back_without_a_conflict(shop: Shop) -> None:
    await shop.admin.apply(shop.git(), manager=TOOL)
    await shop.runs(WEIGHTS_ONLY)
    await shop.admin.apply(shop.git(), manager=TOOL)
    await shop.sets_weight(WEIGHTS_ONLY)
    after = await shop.route()
    assert (weights(after), rules_owners(after)) == (MID_CANARY, {"rollouts-router"})
