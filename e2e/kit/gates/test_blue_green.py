"""Blue-green, judged before its switch and behind it."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from e2e.bed import waiting
from e2e.kit.gates.service import Behaviour
from e2e.kit.gates.watched import PATIENCE

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.kit.gates.watched import Judged, Watch

pytestmark = pytest.mark.asyncio(loop_scope="session")

BLUE_GREEN: Final[Object] = {
    "profile": "blue-green",
    "pace": None,
    "plugin": None,
    "gates": {"blueGreen": {"hold": "5s"}},
    "blueGreen": {"autoPromotionEnabled": True, "previewHost": "preview.example.com"},
}


async def serves(judged: Judged) -> str:
    """The hash of the version that the active Service leads to."""
    service = await judged.release.admin.get("Service", "shop-active", judged.release.namespace)
    return str(service["spec"]["selector"]["rollouts-pod-template-hash"])


async def test_a_good_version_passes_before_and_behind_the_switch(watch: Watch) -> None:
    judged = await watch.rolled(Behaviour(), given=BLUE_GREEN)
    await judged.release.is_promoted()
    assert [run["status"]["phase"] for run in await judged.runs()] == ["Successful"] * 2
    assert await serves(judged) == judged.canary


async def test_a_bad_version_never_becomes_active(watch: Watch) -> None:
    judged = await watch.rolled(Behaviour(errors=0.2), given=BLUE_GREEN)
    await judged.is_aborted()
    assert "errors" in await judged.results("Failed")
    assert await serves(judged) == judged.stable


async def test_a_version_that_is_bad_behind_the_switch_gives_way_to_the_old_one(watch: Watch) -> None:
    """Without gates before the switch somebody has to promote it."""
    late = {**BLUE_GREEN, "gates": {"blueGreen": {"hold": "5s", "pre": False}}, "blueGreen": {}}
    judged = await watch.rolled(Behaviour(errors=0.2), given=late)
    await judged.release.canary.wait(
        lambda status: (
            status.get("blueGreen", {}).get("previewSelector") == judged.canary
            and status.get("phase") == "Paused"
        ),
        "the new version waits to be promoted",
        PATIENCE,
    )
    await judged.release.canary.promote()
    await judged.is_aborted()
    assert "errors" in await judged.results("Failed")

    async def is_back() -> bool | None:
        return True if await serves(judged) == judged.stable else None

    await waiting.until(is_back, within=PATIENCE, what="the old version is active again")
