"""Weights that a gateway has to take before the canary goes on: late, never, not at all, or with somebody in between.

No gateway runs here; the tests write its status.
"""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects
from e2e.scenarios import gateways
from e2e.scenarios.journal import Journal
from e2e.scenarios.steps.stepping import Stepping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.bed.kinds import Object
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Nothing but a status lets a weight pass, however long it takes.
HELD: Object = {"settleSeconds": 0, "timeoutSeconds": 3600, "onTimeout": "block"}
SETTLED = 3.0  # seconds, unless a block says otherwise


async def test_a_weight_waits_for_its_gateway_and_so_does_the_end_of_the_old_version(site: Site) -> None:
    shop = _shop(site, verify=HELD, weights=(20, 40))
    await shop.is_deployed(_web(site))
    (web,) = shop.routes
    await gateways.catches_up(site, web)
    stable = (await shop.canary.status())["stableRS"]

    await shop.releases(2)
    await _is_held(shop, step=0, weight=20)
    await shop.says("INFO", "Accepted is True (Accepted) for generation", "the route is at generation")
    seen = await site.admin.get("HTTPRoute", "web", site.namespace)
    await gateways.reports(site, web, gateways.conditions(seen, ResolvedRefs="False"))
    await _is_held(shop, step=0, weight=20)
    await shop.says("INFO", "ResolvedRefs is False (BackendNotFound) for generation")
    await _is_taken(shop, 20)

    await shop.canary.promote()
    await shop.comes_to(40)
    await _is_taken(shop, 40)

    await shop.canary.promote()
    await site.controller_says("end of rollout, desired weight 100 not yet verified")
    await shop.carries(100)
    assert (await site.admin.get("ReplicaSet", f"shop-{stable}", site.namespace))["spec"]["replicas"] == 2
    await gateways.catches_up(site, web)
    await shop.is_reconciled()
    await shop.is_done()


async def test_a_weight_that_a_gateway_never_takes_goes_on_after_its_time_with_a_warning(site: Site) -> None:
    shop = _shop(site, verify={"settleSeconds": 0, "timeoutSeconds": 2}, weights=(20,))
    await shop.is_deployed(_web(site))
    await gateways.catches_up(site, *shop.routes)
    await shop.releases(2)
    await shop.reaches(20)
    await shop.says(
        "WARN",
        f"HTTPRoute {site.namespace}/web: Gateway {site.namespace}/gateway (example.com/gateway): Accepted is True",
        " 2 s ",
        "(verify.timeoutSeconds); the Rollout goes on (verify.onTimeout: proceed)",
    )
    await shop.finishes()


async def test_a_weight_that_a_gateway_never_takes_holds_where_it_is_told_to_and_an_abort_waits_for_nobody(
    site: Site,
) -> None:
    shop = _shop(site, verify={**HELD, "timeoutSeconds": 1}, weights=(20,))
    await shop.is_deployed(_web(site))
    await gateways.catches_up(site, *shop.routes)
    await shop.releases(2)
    await shop.says("WARN", "(verify.timeoutSeconds); the Rollout is held here (verify.onTimeout: block)")
    await _is_held(shop, step=0, weight=20)
    await shop.aborts()
    await shop.canary.wait(lambda status: status["canary"]["weights"].get("verified"), "verified")


async def test_a_weight_settles_where_no_gateway_says_anything(site: Site) -> None:
    """The controller notes the end of a step when it is verified, and nothing of that Rollout before."""
    shop = _shop(site, verify={}, weights=(20,))
    await shop.is_deployed(_web(site))
    audit = site.audit
    await shop.releases(2)
    await shop.reaches(20)
    patched = [call for call in _patches(audit, site) if call["user"]["username"] == "plugin"]
    written = _end(patched[-1])
    noted = [_end(call) for call in _patches(audit, site) if call["objectRef"]["resource"] == "rollouts"]
    assert min(each for each in noted if each > written) - written >= SETTLED
    await shop.finishes()


async def test_a_weight_whose_status_comes_late_settles_from_then_on(site: Site) -> None:
    """By then its generation is older than that; the proxies hear of it after the status all the same."""
    shop = _shop(site, verify={"timeoutSeconds": 3600, "onTimeout": "block"}, weights=(20,))
    await shop.is_deployed(_web(site))
    await gateways.catches_up(site, *shop.routes)
    audit = site.audit
    await shop.releases(2)
    for _ in range(2):  # one call takes almost as long as a weight settles
        await _is_held(shop, step=0, weight=20)
    await _is_taken(shop, 20)
    patched = list(_patches(audit, site))
    (written, *_) = [_end(call) for call in patched if call["user"]["username"] == "plugin"]
    of_status = [call for call in patched if call["objectRef"].get("subresource") == "status"]
    reported = _end([call for call in of_status if call["objectRef"]["resource"] == "httproutes"][-1])
    noted = [_end(call) for call in of_status if call["objectRef"]["resource"] == "rollouts"]
    assert reported - written >= SETTLED
    assert min(each for each in noted if each > reported) - reported >= SETTLED
    await shop.aborts()


async def test_whoever_puts_the_weights_back_in_mid_step_is_named_and_overruled_and_what_else_is_written_stays(
    site: Site,
) -> None:
    shop = _shop(site, verify=HELD, weights=(30, 60))
    await shop.is_deployed(_web(site))
    (web,) = shop.routes
    await gateways.catches_up(site, web)
    await shop.releases(2)
    await _is_held(shop, step=0, weight=30)

    edited = _web(site, hostnames=["shop.test"])
    await site.admin.apply(edited, manager="git")
    web.saved["spec"]["hostnames"] = ["shop.test"]
    await shop.is_reconciled()
    await shop.comes_to(30)
    await shop.says(
        "WARN",
        f"HTTPRoute {site.namespace}/web: its weights are not those that were set in this step",
        'field manager "git" (Apply) ',
        "wrote its spec last. They are put back",
    )
    await _is_held(shop, step=0, weight=30)  # the gateway has to see it anew
    await _is_taken(shop, 30)
    await shop.aborts()


def _shop(site: Site, *, verify: Object, weights: tuple[int, ...]) -> Stepping:
    return Stepping(site=site, name="shop", config={"httpRoute": "web", "verify": verify}, weights=weights)


def _web(site: Site, **spec: list[str]) -> Object:
    web = objects.route("HTTPRoute", "web", site.namespace, rules=[objects.rule("shop")])
    return {**web, "spec": {**web["spec"], **spec}}


async def _is_held(shop: Stepping, *, step: int, weight: int) -> None:
    """The route carries the weight, the controller is told that nobody has taken it, and the step is not over."""
    await shop.comes_to(weight)
    from_now = replace(shop.site, journal=Journal.from_now(shop.site.journal.path))
    await shop.is_reconciled()
    await from_now.controller_says(f"Desired weight (stepIdx: {step}) {weight} not yet verified")
    assert (await shop.canary.status())["currentStepIndex"] == step


async def _is_taken(shop: Stepping, weight: int) -> None:
    """The gateway takes the weight, and the canary goes on to its pause."""
    await gateways.catches_up(shop.site, *shop.routes)
    await shop.is_reconciled()
    await shop.reaches(weight)


def _patches(audit: Journal, site: Site) -> Iterator[Object]:
    """The patches in the namespace, as the API server has noted them."""
    for line in audit.lines():
        call = json.loads(line)
        is_here = (call.get("objectRef") or {}).get("namespace") == site.namespace
        if is_here and (call["stage"], call["verb"]) == ("ResponseComplete", "patch"):
            yield call


def _end(call: Object) -> float:
    return datetime.fromisoformat(call["stageTimestamp"]).timestamp()
