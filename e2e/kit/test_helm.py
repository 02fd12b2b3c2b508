"""Helm 4 itself, which applies on the server's side, installs and upgrades a release before, in and after a canary."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest
from tests.charts import helm
from tests.charts.rendering import APPLICATION, built, render

from e2e.bed.rollouts import Canary
from e2e.kit.releases import NAME, Release, bed_values

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.kit.releases import Kit

CONFLICT: Final = r'conflict with "rollouts-router" .*: \.spec\.rules'

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """The chart without its `kubeVersion`: the API server that the bed builds from its module tells no release."""
    folder = tmp_path / APPLICATION
    shutil.copytree(built(APPLICATION), folder)
    metadata = folder / "Chart.yaml"
    metadata.write_text(re.sub(r"^kubeVersion:.*\n", "", metadata.read_text(), flags=re.MULTILINE))
    return folder


@dataclass(frozen=True, slots=True)
class Releasing:
    """Helm, as the bed's administrator, in the test's namespace."""

    kit: Kit

    async def __call__(self, action: str, *arguments: object) -> None:
        """Raises HelmError."""
        site = self.kit.site
        await asyncio.to_thread(
            helm.released, site.plane.kubeconfig("admin"), site.namespace, action, *arguments
        )


async def test_helm_upgrades_between_canaries_and_is_refused_within_one(kit: Kit, chart: Path) -> None:
    helm_does, packed = Releasing(kit), str(chart)
    values = bed_values({"pace": {"weights": [40, 100], "hold": "1h"}})
    shop = Release(
        site=kit.site,
        values=values,
        rendered=render(values, namespace=kit.site.namespace),
        canary=Canary(kit.site.plane, NAME, kit.site.namespace),
    )
    await helm_does("install", packed, NAME, values)
    await shop.canary.wait_healthy()

    # The Services are the controller's by now; that they have no selector in the chart keeps this from failing.
    await helm_does("upgrade", packed, NAME, {**values, "image": "shop:2"})
    await shop.canary.wait_paused(1)
    assert await shop.weight() == 40
    with pytest.raises(helm.HelmError, match=CONFLICT):
        await helm_does("upgrade", packed, NAME, {**values, "image": "shop:2"})
    assert await shop.weight() == 40

    await shop.canary.promote(full=True)
    await shop.is_promoted()
    await shop.comes_to(0)
    other_rules = {"routes": [{"kind": "http", "timeouts": {"request": "3s"}}]}
    with pytest.raises(helm.HelmError, match=CONFLICT):
        await helm_does("upgrade", packed, NAME, {**values, "image": "shop:2", **other_rules})
    await helm_does("upgrade", packed, NAME, {**values, "image": "shop:3"})
    await shop.canary.wait_paused(1)
    await helm_does("uninstall", NAME)
    for thing in shop.rendered.objects:
        await shop.admin.wait_gone(thing["kind"], thing["metadata"]["name"], kit.site.namespace)
