"""What Flux's own kustomize-controller makes of a route in mid-canary, by the recipes of docs/gitops.md."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from e2e.gitops import page
from e2e.gitops.flux import KUSTOMIZATION, FluxError
from e2e.gitops.shop import (
    EVERYTHING,
    MID_CANARY,
    NAME,
    STABLE_ONLY,
    WEIGHT,
    WEIGHTS_ONLY,
    WITH_HEADER,
    Canary,
    rule_names,
    rules_owners,
    weights,
)

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.gitops.flux import Flux
    from e2e.gitops.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

HALF: Final = [1, 1]
APPLY: Final = "kustomize.toolkit.fluxcd.io/ssa"
RECONCILE: Final = "kustomize.toolkit.fluxcd.io/reconcile"
TIMEOUT: Final = {"request": "5s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The shop, delivered by Flux from `git`, which a test edits before it pushes."""

    shop: Shop
    flux: Flux
    git: Object

    async def starts(self, recipe: str = "") -> None:
        """The Kustomization of the page, with a block laid over it; without a recipe it ignores nothing."""
        made = self.shop.placed(page.block("kustomization"))
        if not recipe:
            del made["spec"]["ignore"]
        elif recipe != "kustomization":
            made = page.laid_over(made, recipe)
        await self.flux.commit(NAME, self.shop.namespace, self.git)
        await self.flux.save(made)
        await self.flux.reconcile(NAME, self.shop.namespace)

    async def pushes(self) -> Object:
        """Git holds the edited route, and an interval is over; the route after that."""
        await self.flux.commit(NAME, self.shop.namespace, self.git)
        return await self.goes_on()

    async def goes_on(self) -> Object:
        """An interval is over; the route after that."""
        await self.flux.reconcile(NAME, self.shop.namespace)
        return await self.shop.route()

    def adds_hostname(self) -> None:
        """Something outside of the rules."""
        self.git["spec"]["hostnames"].append("new.example.com")

    def adds_timeout(self) -> None:
        """Something in a rule."""
        self.git["spec"]["rules"][0]["timeouts"] = TIMEOUT

    def adds_rule(self, at: int) -> None:
        """A second rule with both Services."""
        refs = [dict(ref) for ref in self.git["spec"]["rules"][0]["backendRefs"]]
        rule = {"name": "new", "matches": [{"path": {"type": "Exact", "value": "/new"}}], "backendRefs": refs}
        self.git["spec"]["rules"].insert(at, rule)


@pytest_asyncio.fixture(loop_scope="session")
async def delivery(shop: Shop, flux: Flux) -> Delivery:
    """A shop of which Flux knows nothing yet."""
    return Delivery(shop=shop, flux=flux, git=shop.git())


@pytest.mark.parametrize("policy", ["", "Merge"])
async def test_without_a_recipe_the_next_interval_puts_back_all_rules(
    policy: str, delivery: Delivery
) -> None:
    if policy:
        delivery.git["metadata"]["annotations"] = {APPLY: policy}
    await delivery.starts()
    await delivery.shop.runs(EVERYTHING)
    after = await delivery.goes_on()
    assert (weights(after), rule_names(after)) == (STABLE_ONLY, [""])
    assert rules_owners(after) == {"kustomize-controller"}


async def test_with_ignored_weights_an_interval_changes_nothing(delivery: Delivery) -> None:
    await delivery.starts("kustomization")
    assert weights(await delivery.shop.route()) == STABLE_ONLY
    live = await delivery.shop.runs(WEIGHTS_ONLY)
    assert await delivery.goes_on() == live


async def test_with_ignored_weights_changes_of_rules_arrive_and_the_weights_stay(delivery: Delivery) -> None:
    await delivery.starts("kustomization")
    await delivery.shop.runs(WEIGHTS_ONLY)
    delivery.adds_timeout()
    delivery.adds_hostname()
    after = await delivery.pushes()
    assert weights(after) == MID_CANARY
    assert after["spec"]["rules"][0]["timeouts"] == TIMEOUT
    assert after["spec"]["hostnames"] == delivery.git["spec"]["hostnames"]
    assert weights(await delivery.shop.ends()) == STABLE_ONLY


async def test_with_ignored_weights_an_interval_removes_header_rules_and_mirrors(delivery: Delivery) -> None:
    await delivery.starts("kustomization")
    await delivery.shop.runs(EVERYTHING)
    after = await delivery.goes_on()
    assert (weights(after), rule_names(after)) == (MID_CANARY, [""])
    assert "filters" not in after["spec"]["rules"][0]


async def test_a_rule_added_at_a_listed_position_gets_the_apis_weights(delivery: Delivery) -> None:
    recipe = delivery.shop.placed(page.block("kustomization"))
    paths = recipe["spec"]["ignore"][0]["paths"]
    paths += [path.replace("/0/", "/1/", 1) for path in paths]
    await delivery.flux.commit(NAME, delivery.shop.namespace, delivery.git)
    await delivery.flux.save(recipe)
    await delivery.goes_on()
    delivery.adds_rule(1)
    after = await delivery.pushes()
    assert (weights(after, 0), weights(after, 1)) == (STABLE_ONLY, HALF)


async def test_a_rule_added_at_a_position_that_is_not_listed_gets_gits_weights_and_then_the_canarys(
    delivery: Delivery,
) -> None:
    await delivery.starts("kustomization")
    await delivery.shop.runs(WEIGHTS_ONLY)
    delivery.adds_rule(1)
    after = await delivery.pushes()
    assert (weights(after, 0), weights(after, 1)) == (MID_CANARY, STABLE_ONLY)
    await delivery.shop.sets_weight(WEIGHTS_ONLY)
    after = await delivery.shop.route()
    assert (weights(after, 0), weights(after, 1)) == (MID_CANARY, MID_CANARY)


async def test_ignored_weights_stay_at_their_positions_when_git_reorders(delivery: Delivery) -> None:
    await delivery.starts("kustomization")
    await delivery.shop.runs(WEIGHTS_ONLY)
    delivery.git["spec"]["rules"][0]["backendRefs"].reverse()
    after = await delivery.pushes()
    names = [ref["name"] for ref in after["spec"]["rules"][0]["backendRefs"]]
    assert dict(zip(names, weights(after), strict=True)) == {
        "shop-canary": 100 - WEIGHT,
        "shop-stable": WEIGHT,
    }
    await delivery.shop.sets_weight(WEIGHTS_ONLY)
    assert weights(await delivery.shop.route()) == [WEIGHT, 100 - WEIGHT]


async def test_an_ignored_weight_that_git_does_not_have_fails_the_kustomization(delivery: Delivery) -> None:
    for ref in delivery.git["spec"]["rules"][0]["backendRefs"]:
        del ref["weight"]
    await delivery.starts("kustomization")
    live = await delivery.shop.runs(WEIGHTS_ONLY)
    delivery.adds_timeout()
    with pytest.raises(FluxError, match="replace operation does not apply: doc is missing key"):
        await delivery.pushes()
    assert await delivery.shop.route() == live


@pytest.mark.parametrize(
    "canary", [EVERYTHING, Canary(weight=0, header=True)], ids=["everything", "header at 0"]
)
async def test_with_ignored_rules_an_interval_changes_nothing(canary: Canary, delivery: Delivery) -> None:
    await delivery.starts("kustomization-rules")
    assert weights(await delivery.shop.route()) == STABLE_ONLY
    live = await delivery.shop.runs(canary)
    assert await delivery.goes_on() == live


async def test_with_ignored_rules_hostnames_arrive_and_rules_only_once_the_path_is_taken_out(
    delivery: Delivery,
) -> None:
    await delivery.starts("kustomization-rules")
    live = await delivery.shop.runs(EVERYTHING)
    delivery.adds_timeout()
    delivery.adds_hostname()
    after = await delivery.pushes()
    assert after["spec"]["hostnames"] == delivery.git["spec"]["hostnames"]
    assert after["spec"]["rules"] == live["spec"]["rules"]
    over = await delivery.shop.ends()
    assert (await delivery.pushes())["spec"]["rules"] == over["spec"]["rules"]
    without = {"spec": {"ignore": None}}
    await delivery.shop.admin.merge_patch(KUSTOMIZATION, NAME, delivery.shop.namespace, without)
    between_releases = await delivery.goes_on()
    assert between_releases["spec"]["rules"][0]["timeouts"] == TIMEOUT
    assert weights(between_releases) == STABLE_ONLY


async def test_a_route_created_once_keeps_the_canary_and_gets_nothing_more(delivery: Delivery) -> None:
    delivery = replace(delivery, git=page.laid_over(delivery.git, "route-once"))
    await delivery.starts()
    live = await delivery.shop.runs(WITH_HEADER)
    delivery.adds_hostname()
    delivery.adds_timeout()
    assert await delivery.pushes() == live


@pytest.mark.parametrize(("annotation", "value"), [(APPLY, "Ignore"), (RECONCILE, "disabled")])
async def test_a_route_that_git_takes_from_flux_is_not_even_created(
    annotation: str, value: str, delivery: Delivery
) -> None:
    delivery.git["metadata"]["annotations"] = {annotation: value}
    await delivery.starts()
    assert await delivery.shop.admin.find("HTTPRoute", NAME, delivery.shop.namespace) is None


async def test_a_live_route_taken_from_flux_for_a_release_keeps_the_canary(delivery: Delivery) -> None:
    await delivery.starts()
    by_hand = {"metadata": {"annotations": {RECONCILE: "disabled"}}}
    await delivery.shop.admin.merge_patch("HTTPRoute", NAME, delivery.shop.namespace, by_hand)
    live = await delivery.shop.runs(WITH_HEADER)
    delivery.adds_hostname()
    assert await delivery.pushes() == live
