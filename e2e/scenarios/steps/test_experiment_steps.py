"""Experiment steps: Services that the controller makes for a while take a share beside stable and canary, on every kind."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects, waiting
from e2e.scenarios.application import PATIENCE
from e2e.scenarios.configs import AT_ONCE, by_name
from e2e.scenarios.routes import one_of_each_kind
from e2e.scenarios.steps.forgetting import remind
from e2e.scenarios.steps.stepping import Stepping

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.scenarios.routes import Making
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAUSE = objects.FOREVER
TEMPLATES = {"baseline": ("stable", 5), "candidate": ("canary", 10)}
EXPERIMENT: Object = {
    "experiment": {
        "templates": [
            {"name": name, "specRef": version, "weight": weight}
            for name, (version, weight) in TEMPLATES.items()
        ]
    }
}


async def test_two_templates_take_their_shares_on_every_kind_of_route_until_the_experiment_ends(
    site: Site,
) -> None:
    routes = one_of_each_kind("shop", site.namespace)
    steps = [{"setWeight": 20}, PAUSE, EXPERIMENT, {"setWeight": 40}, PAUSE]
    shop = _shop(site, by_name(*routes), steps)
    await shop.is_deployed(*routes)
    await shop.releases(2)
    await shop.pauses(0, weight=20)

    await shop.canary.promote()
    shop.expects(await _sharing(shop, stable=65))
    await shop.comes_to(20)
    await _ends_well(shop)
    shop.expects(None)
    await shop.pauses(1, weight=40)
    await shop.ends()


async def test_an_experiment_before_any_weight_takes_its_shares_from_stable_and_ends_with_an_abort(
    site: Site,
) -> None:
    routes = one_of_each_kind("shop", site.namespace)[:1]
    shop = _shop(site, by_name(*routes), [EXPERIMENT, {"setWeight": 40}, PAUSE])
    await shop.is_deployed(*routes)
    await shop.releases(2)
    shop.expects(await _sharing(shop, stable=85))
    await shop.comes_to(0)
    await shop.aborts()


async def test_an_experiment_whose_pods_have_no_port_gets_no_service_and_that_is_told(site: Site) -> None:
    routes = one_of_each_kind("shop", site.namespace)[:1]
    shop = _shop(site, by_name(*routes), [EXPERIMENT, {"setWeight": 40}, PAUSE])
    shop.ports = ()
    await shop.is_deployed(*routes)
    await shop.releases(2)
    await shop.complains(
        "failed to set weight via plugin: ",
        "a template of its experiment has a weight, and the controller names no Service for it. It makes one only for"
        " pods that declare a containerPort",
    )
    await shop.carries(0)
    await shop.aborts()


async def test_an_experiment_whose_service_the_controller_forgets_holds_the_shares_until_it_is_made_anew(
    site: Site,
) -> None:
    """It does so by itself when it writes the Experiment's status from a view that is a moment old."""
    routes = one_of_each_kind("shop", site.namespace)[:2]
    shop = _shop(site, by_name(*routes), [{"setWeight": 20}, EXPERIMENT, {"setWeight": 40}, PAUSE])
    await shop.is_deployed(*routes)
    await shop.releases(2)
    shop.expects(await _sharing(shop, stable=65))
    await shop.comes_to(20)

    experiment = await _running(shop)
    templates = experiment["status"]["templateStatuses"]
    del templates[1]["serviceName"]
    forgotten = {"status": {"templateStatuses": templates}}
    await site.admin.merge_patch("Experiment", experiment["metadata"]["name"], site.namespace, forgotten)
    await shop.complains(
        "Where they have some it has lost the name, which happens: abort and retry the Rollout"
    )
    await shop.carries(20)

    await shop.aborts()
    await shop.canary.retry()
    shop.expects(await _sharing(shop, stable=65))
    await shop.comes_to(20)
    await shop.aborts()


def _shop(site: Site, config: Object, steps: list[Object]) -> Stepping:
    return Stepping(site=site, name="shop", config={**config, **AT_ONCE}, steps=steps)


async def _sharing(shop: Stepping, *, stable: int) -> Making:
    """What the running experiment makes of rules: a backend more for each template, and this share for stable."""

    async def ask() -> dict[str, int] | None:
        shares = _shares(await shop.canary.status())
        if len(shares) < len(TEMPLATES):
            await remind(shop.site.admin, shop.site.namespace)
            return None
        return shares

    shares = await waiting.until(ask, within=PATIENCE, what="an experiment that takes its shares")
    added = [
        {
            "group": "",
            "kind": "Service",
            "namespace": shop.site.namespace,
            "name": service,
            "port": objects.PORT,
            "weight": weight,
        }
        for service, weight in shares.items()
    ]
    assert [ref["weight"] for ref in added] == [weight for _, weight in TEMPLATES.values()]

    def making(rules: list[Object]) -> list[Object]:
        for rule in rules:
            for ref in rule["backendRefs"]:
                if ref["name"] == "shop-stable":
                    ref["weight"] = stable
        return [{**rule, "backendRefs": [*rule["backendRefs"], *added]} for rule in rules]

    return making


def _shares(status: Object) -> dict[str, int]:
    weights = status.get("canary", {}).get("weights") or {}
    return {each["serviceName"]: each["weight"] for each in weights.get("additional", ())}


async def _running(shop: Stepping) -> Object:
    name = (await shop.canary.status())["canary"]["currentExperiment"]
    return await shop.site.admin.get("Experiment", name, shop.site.namespace)


async def _ends_well(shop: Stepping) -> None:
    """The team has seen enough."""
    name = (await _running(shop))["metadata"]["name"]
    await shop.site.admin.merge_patch("Experiment", name, shop.site.namespace, {"spec": {"terminate": True}})
