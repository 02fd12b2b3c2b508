"""No panel and no rule asks for a metric that does not exist: all are found in real scrapes of a real release."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from observability.dashboards.pages import PAGES
from observability.dashboards.questions import queries, series_of
from observability.notifications.config_map import NAME, triggers_and_templates
from observability.rules import names
from observability.rules.alerts import ALERTS
from observability.rules.delivery import DELIVERY, MONTHLY
from observability.rules.model import Recorded, rules_file

from e2e.bed import objects, waiting
from e2e.bed.control_plane import SYSTEM_NAMESPACE
from e2e.bed.errors import NotInTimeError
from e2e.kit.notifications.desk import Desk
from e2e.kit.rules.shop import gate, opened
from e2e.kit.rules.watched import watched

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.kit.rules.watched import Watched

SOON: Final = 60.0  # seconds
GROUPS: Final = (DELIVERY, MONTHLY, ALERTS)
NOT_HERE: Final = {names.COMMIT_TIME}  # of kube-state-metrics, which does not run in a bed
SUBSCRIBED: Final = {
    "notifications.argoproj.io/subscribe.on-rollout-aborted.webhook": "",
    "notifications.argoproj.io/subscribe.on-rollout-paused.nobody": "",  # which is an error, and is counted
}


def _asked_for() -> frozenset[str]:
    """What panels and rules read of others."""
    recorded = {rule.name for group in GROUPS for rule in group.rules if isinstance(rule, Recorded)}
    rules = (rule.expression for group in GROUPS for rule in group.rules)
    read = {name for query in rules for name in series_of(query)}
    read |= {name for page in PAGES for query in queries(page) for name in series_of(query)}
    return frozenset(read - recorded - NOT_HERE)


async def _shares(bed: Watched) -> list[float]:
    found = await bed.now(f'{names.WEIGHT}{{backend="canary",namespace="shop",rollout="web"}}')
    return [float(sample["value"][1]) for sample in found]


async def test_every_metric_that_is_asked_for_is_there_and_the_weight_is_the_route_s(tmp_path: Path) -> None:
    async with watched(tmp_path, scrapes="1s", rules=rules_file(GROUPS)) as bed, Desk({}) as desk:
        metadata = {"name": NAME, "namespace": SYSTEM_NAMESPACE}
        data = {**triggers_and_templates(), "service.webhook": f"url: {desk.url}/hook\n"}
        await bed.plane.admin.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
        )
        steps = ({"setWeight": 25}, objects.FOREVER, gate(), {"setWeight": 50})
        canary = await opened(bed, steps, SUBSCRIBED, errors="0.5")
        await canary.set_image("web:2")
        await canary.wait_paused(1)

        async def given() -> bool | None:
            return await _shares(bed) == [25.0] or None

        await waiting.until(given, within=SOON, what="Prometheus has the weight of the canary")
        await canary.promote()
        await canary.wait_degraded()

        async def lacking() -> bool | None:
            missing.clear()
            missing.extend(sorted(_asked_for() - await bed.names()))
            return not missing or None

        missing: list[str] = []
        try:
            await waiting.until(lacking, within=SOON, what="every metric that is asked for")
        except NotInTimeError:
            pytest.fail(f"nobody writes {missing}")

        async def taken_back() -> bool | None:
            return await _shares(bed) == [0.0] or None

        await waiting.until(taken_back, within=SOON, what="Prometheus has that the canary has no share")
        for page in PAGES:
            for query in queries(page):
                await bed.now(query)
