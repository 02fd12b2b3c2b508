"""What every module of KEDA's scenarios uses: a namespace of the test's own, and a shop in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypedDict, Unpack

import pytest
import pytest_asyncio

from e2e.keda.shop import Shop
from e2e.scenarios.configs import AT_ONCE
from e2e.scenarios.site import Site, fresh_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Mapping

    from e2e.bed.kinds import Object
    from e2e.keda.ground import Ground

LINES_SHOWN = 60


class Fields(TypedDict, total=False):
    """What a test may say of its shop, see `Shop`."""

    weights: tuple[int, ...]
    steps: list[Object]
    replicas: int
    scaling: Mapping[str, object]
    annotations: Mapping[str, str]
    canary_spec: Mapping[str, object]
    rollout_spec: Mapping[str, object]


class Opens(Protocol):
    """Makes a shop: with a `keda` block, or without one for None."""

    def __call__(self, keda: Object | None, name: str = "shop", **fields: Unpack[Fields]) -> Shop:
        """The shop; nothing of it exists yet."""


@pytest_asyncio.fixture(loop_scope="module")
async def site(ground: Ground) -> AsyncIterator[Site]:
    """A namespace of the test's own."""
    async with fresh_site(ground.plane, ground.controller.log, granted=False) as site:
        yield site


@pytest.fixture
def opens(site: Site, ground: Ground) -> Opens:
    """A maker of shops in the test's namespace."""

    def make(keda: Object | None, name: str = "shop", **fields: Unpack[Fields]) -> Shop:
        config: Object = {"httpRoute": name, **AT_ONCE, **({} if keda is None else {"keda": keda})}
        trigger = ground.triggers.of(f"{site.namespace}/{name}")
        fields.setdefault("weights", (20, 50))
        return Shop(site=site, name=name, config=config, trigger=trigger, **fields)

    return make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed scenario shows what the controller and the plugin said about its namespace."""
    report = yield
    site = getattr(item, "funcargs", {}).get("site")
    if report.failed and isinstance(site, Site) and site.journal.path.exists():
        lines = [line for line in site.journal.lines() if site.namespace in line]
        report.sections.append(("the controller's last lines", "\n".join(lines[-LINES_SHOWN:])))
    return report
