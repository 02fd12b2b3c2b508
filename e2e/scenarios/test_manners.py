"""How the plugin behaves as a guest: it writes only what changes, speaks at the right level."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from e2e.bed import objects, waiting
from e2e.scenarios import journal
from e2e.scenarios.application import PATIENCE, Application
from e2e.scenarios.configs import AT_ONCE, by_label
from e2e.scenarios.routes import one_of_each_kind

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.scenarios.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

RECONCILES = 10
LABELS = {"rollout-enabled": "true"}


async def test_reconciles_in_which_nothing_changes_write_nothing(site: Site) -> None:
    routes = one_of_each_kind("shop", site.namespace, LABELS)
    shop = Application(site=site, name="shop", config={**by_label(LABELS), **AT_ONCE}, weights=(20, 40))
    await shop.is_deployed(*routes)
    await shop.releases(2)
    await shop.reaches(20)

    before = [await site.seen(route) for route in shop.routes]
    audit = site.audit
    calls: Counter[str] = Counter()

    async def reconciled() -> bool | None:
        """One more change of the Rollout, until each of its routes was listed so often."""
        calls.clear()
        calls.update(journal.calls(audit, "plugin", site.namespace))
        await shop.is_reconciled()
        return True if calls["list"] >= RECONCILES * len(routes) else None

    await waiting.until(reconciled, within=PATIENCE, what=lambda: f"{RECONCILES} reconciles; calls: {calls}")
    assert set(calls) == {"list"}
    assert [await site.seen(route) for route in shop.routes] == before
    await shop.goes_on_to(40)
    await shop.finishes()


async def test_a_change_is_told_once_at_info_level_with_its_rollout_and_routes(site: Site) -> None:
    config = {"httpRoute": "web", "htpRoute": "x", **AT_ONCE}
    shop = Application(site=site, name="shop", config=config, weights=(30,))
    await shop.is_deployed(_web(site))
    await shop.releases(2)
    await shop.reaches(30)
    await shop.finishes()
    told = [
        line for line in journal.plugin_lines(site.journal) if f"rollout={site.namespace}/shop" in line.text
    ]

    changes = [line.text for line in told if line.level == "INFO"]
    assert [_weights(text) for text in changes] == [None, (30, 70), (100, 0), (0, 100)]
    assert '[SetWeight] plugin "argoproj-labs/gatewayAPI" controls HTTPRoutes: [web]' in changes[0]
    assert all(f'routes="HTTPRoute {site.namespace}/web"' in text for text in changes[1:])
    (hint,) = (line for line in told if line.level == "WARN")
    assert 'unknown key "htpRoute" is ignored, did you mean "httpRoute"?' in hint.text
    assert {line.level for line in told} == {"INFO", "WARN"}


def _weights(text: str) -> tuple[int, int] | None:
    """The canary's and the stable weight that a line tells; their order in the line is the controller's whim."""
    found = re.search(r"(?=.*\bcanary=(\d+))(?=.*\bstable=(\d+))", text)
    return (int(found[1]), int(found[2])) if found else None


def _web(site: Site) -> Object:
    return objects.route("HTTPRoute", "web", site.namespace, rules=[objects.rule("shop")])
