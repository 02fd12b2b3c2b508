"""Gates that ask New Relic, or rather a stand-in that answers rows of the recorded shape."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio
from aiohttp import web

from e2e.bed.control_plane import SYSTEM_NAMESPACE
from e2e.kit.gates.conftest import serving
from e2e.kit.gates.new_relic import ACCOUNT, KEY, NewRelic
from e2e.kit.gates.service import Behaviour

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.bed.api import Api
    from e2e.bed.kinds import Object
    from e2e.kit.gates.watched import Judged, Watch

pytestmark = pytest.mark.asyncio(loop_scope="session")

GOOD: Final[Object] = {
    "n": 400, "bad": 0, "stableN": 1600, "stableBad": 2, "p95": {"95": 0.12}, "stableP95": {"95": 0.11},
    "near": 380, "far": 398, "stableNear": 1520, "stableFar": 1590, "events": 41, "stableEvents": 160,
}  # fmt: skip
# With no traffic a count is 0 and a percentile null.
NOBODY: Final[Object] = {**dict.fromkeys(GOOD, 0), "p95": {"95": None}, "stableP95": {"95": None}}


@pytest_asyncio.fixture(loop_scope="session")
async def new_relic() -> AsyncIterator[tuple[NewRelic, str]]:
    """The stand-in and its URL."""
    stand_in = NewRelic()
    async with serving(web.post("/graphql", stand_in.answer)) as place:
        yield stand_in, f"http://{place}/graphql"


async def account(admin: Api, name: str, url: str) -> None:
    """The Secret of a profile, where the controller looks for it."""
    texts = {"personal-api-key": KEY, "account-id": str(ACCOUNT), "base-url-nerdgraph": url}
    data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    metadata = {"name": name, "namespace": SYSTEM_NAMESPACE}
    await admin.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})


async def test_rows_pass_abort_or_pause_a_release(watch: Watch, new_relic: tuple[NewRelic, str]) -> None:
    stand_in, url = new_relic
    profile = f"new-relic-{watch.kit.site.namespace}"
    await account(watch.kit.site.admin, profile, url)

    async def rolled(name: str, row: Object) -> Judged:
        application = f"{watch.kit.site.namespace}-{name}"
        stand_in.says(application, row)
        business = {"name": "orders", "event": "Order"}
        asked = {"provider": "newrelic", "newRelic": {"profile": profile, "appName": application}}
        return await watch.rolled(Behaviour(), given={"gates": {**asked, "business": business}}, name=name)

    good, bad, quiet = await asyncio.gather(
        rolled("good", GOOD), rolled("bad", {**GOOD, "bad": 60}), rolled("quiet", NOBODY)
    )
    await asyncio.gather(good.release.is_promoted(), bad.is_aborted(), quiet.is_paused_inconclusive())
    assert "errors" in await bad.results("Failed")
    assert not await quiet.results("Failed")
    assert await quiet.release.weight() == 20
    # The two versions were told apart by their hashes.
    asked = [nrql for nrql in stand_in.asked if f"-{good.canary}-" in nrql and f"-{good.stable}-" in nrql]
    assert asked
