"""docs/migrating.md: what the existing plugin leaves in the middle of a canary is taken over, and nothing of ours stays.

The existing plugin is not run: its part is played by a route put into the state that its documents describe.
"""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import contextlib
import json
import uuid
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio
import yaml

from e2e.bed import waiting
from e2e.bed.controller import Plugin, RolloutsController, Settings
from e2e.bed.objects import weights_of
from e2e.bed.rollouts import Canary
from e2e.install import stock
from e2e.install.pages import Page
from e2e.scenarios.sharing import command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.bed.kinds import Object
    from e2e.install.conftest import Cluster

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE: Final = Page.of("migrating.md")
LABEL: Final = "rollouts.argoproj.io/gatewayapi-canary"
CLAIMS: Final = "rollouts.argoproj.io/gatewayapi-claims"
IMAGE: Final = "registry.k8s.io/e2e-test-images/agnhost:2.53"
WITH_TESTERS, HALF = 5, 8  # steps of examples/header-step
SOON: Final = 45.0  # seconds


@pytest_asyncio.fixture(loop_scope="session")
async def namespace(cluster: Cluster) -> AsyncIterator[str]:
    """With the example of a header step."""
    await cluster.shell.run(PAGE["overlay"])
    name = f"moving-{uuid.uuid4().hex[:8]}"
    await cluster.shell.run(f"kubectl create namespace {name}")
    await cluster.shell.run(f"kubectl apply -n {name} -f examples/header-step")
    yield name
    await cluster.shell.run(f"kubectl delete namespace {name} --wait=false")


async def test_the_entries_of_the_page_differ_in_one_line_and_both_have_the_flags_of_the_other() -> None:
    before, after = (PAGE[name].splitlines() for name in ("before", "after"))
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1
    assert set(PAGE.blocks) == {"before", "after", "restart", "overlay", "annotation"}


async def test_a_canary_of_the_existing_plugin_is_taken_over_and_ends_as_if_it_had_been_ours(
    cluster: Cluster, namespace: str
) -> None:
    canary = Canary(cluster.plane, "shop", namespace)
    async with _controller(cluster, "before"):
        await canary.wait_healthy()
        before = await _route(cluster, namespace)
        await canary.set_image(IMAGE)
        await canary.wait_paused(2)
        await canary.promote()
        await canary.wait_paused(WITH_TESTERS)
        ours = await _route(cluster, namespace)
    _is_what_the_existing_plugin_goes_by(ours)

    await cluster.shell.run(PAGE["annotation"].replace("-n shop", f"-n {namespace}"))
    theirs = await _route(cluster, namespace)
    assert CLAIMS not in _annotations(theirs)
    assert theirs["spec"] == ours["spec"]

    async with _controller(cluster, "after"):
        await canary.promote()
        await canary.wait_paused(HALF)
        half = await _route(cluster, namespace)
        assert weights_of(half) == {"shop-stable": 50, "shop-canary": 50}
        assert [rule["name"] for rule in half["spec"]["rules"]] == ["shop"]
        await canary.promote()
        await _comes_back_to(cluster, namespace, before)


async def test_an_abort_takes_out_what_the_existing_plugin_left(cluster: Cluster, namespace: str) -> None:
    canary = Canary(cluster.plane, "shop", namespace)
    async with _controller(cluster, "before"):
        await canary.wait_healthy()
        before = await _route(cluster, namespace)
        await canary.set_image(IMAGE)
        await canary.wait_paused(2)
        await canary.promote()
        await canary.wait_paused(WITH_TESTERS)
    await cluster.shell.run(PAGE["annotation"].replace("-n shop", f"-n {namespace}"))

    async with _controller(cluster, "after"):
        await canary.abort()
        await canary.wait_degraded()
        await _comes_back_to(cluster, namespace, before)


@contextlib.asynccontextmanager
async def _controller(cluster: Cluster, block: str) -> AsyncIterator[RolloutsController]:
    """A fresh process with the arguments of a block of the page; the file is ours either way."""
    (row,) = yaml.safe_load(yaml.safe_load(PAGE[block])["trafficRouterPlugins"])
    plugin = Plugin(executable=command(), name=row["name"], arguments=tuple(row["args"]))
    settings = Settings(name=f"controller-{block}", plugin_identity=await stock.account(cluster.plane))
    async with RolloutsController(cluster.plane, plugin, settings=settings) as controller:
        yield controller


def _is_what_the_existing_plugin_goes_by(route: Object) -> None:
    """Its label; and a rule of the managed route's name, with the canary as the only backend."""
    assert route["metadata"]["labels"][LABEL] == "in-progress"
    own, testers = route["spec"]["rules"]
    assert testers["name"] == "testers"
    (backend,) = testers["backendRefs"]
    assert backend == {"group": "", "kind": "Service", "name": "shop-canary", "port": 80, "weight": 1}
    (match,) = testers["matches"]
    assert match == {**own["matches"][0], "headers": [{"type": "Exact", "name": "x-tester", "value": "yes"}]}


async def _comes_back_to(cluster: Cluster, namespace: str, before: Object) -> None:
    """Soon the route is what it was before the canary."""
    seen: Object = {}

    async def ask() -> bool | None:
        seen.update(await _route(cluster, namespace))
        same = seen["spec"] == before["spec"] and _marks(seen) == _marks(before)
        return True if same else None

    await waiting.until(ask, within=SOON, what=lambda: f"as before; found {json.dumps(seen)}")


def _marks(route: Object) -> tuple[Object, Object]:
    return route["metadata"].get("labels") or {}, _annotations(route)


def _annotations(route: Object) -> Object:
    return dict(route["metadata"].get("annotations") or {})


async def _route(cluster: Cluster, namespace: str) -> Object:
    return await cluster.plane.admin.get("HTTPRoute", "shop", namespace)
