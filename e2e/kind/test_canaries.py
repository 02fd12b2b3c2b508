"""Canaries in the kind cluster that `e2e/kind/<gateway> test` made; elsewhere they are skipped.

They are those of `e2e.gateways`, and this way of reaching a cluster is tried on the test bed, behind Envoy Gateway:
`e2e/gateways/test_envoy_gateway.py`.
"""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from e2e.gateways import canaries, stepping
from e2e.gateways.wires import WIRES
from e2e.kind.cluster import reached

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.kind.cluster import Cluster

GATEWAY = os.environ.get("ROLLOUTS_ROUTER_KIND", "")

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        not GATEWAY, reason="there is no kind cluster: `e2e/kind/envoy-gateway test` makes one"
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster() -> AsyncIterator[Cluster]:
    """The cluster that the script made."""
    async with reached(Path(os.environ["KUBECONFIG"]), GATEWAY) as cluster:
        yield cluster


async def test_at_every_weight_requests_split_by_it_and_none_fails(cluster: Cluster) -> None:
    await canaries.walks(cluster)


async def test_an_aborted_canary_gets_no_request_and_none_fails(cluster: Cluster) -> None:
    await canaries.aborts(cluster)


async def test_who_has_a_steps_headers_gets_the_canary_and_nobody_else_fails(cluster: Cluster) -> None:
    _carries_everything(cluster)
    await stepping.leads_by_header(cluster)


async def test_a_steps_share_is_copied_to_the_canary_and_none_fails(cluster: Cluster) -> None:
    _carries_everything(cluster)
    await stepping.mirrors(cluster)


def _carries_everything(cluster: Cluster) -> None:
    if set(cluster.gateway.wires) != set(WIRES):
        pytest.skip(f"{GATEWAY} does not carry every wire that this takes")
