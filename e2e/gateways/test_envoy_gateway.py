"""Canaries behind Envoy Gateway."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.gateways import canaries
from e2e.gateways.envoy_gateway import EnvoyGateway

if TYPE_CHECKING:
    from e2e.gateways.edge import Edge
    from e2e.gateways.gateway import Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def gateway() -> type[Gateway]:
    """The gateway of this module's bed."""
    return EnvoyGateway


async def test_at_every_weight_requests_split_by_it_and_none_fails(edge: Edge) -> None:
    await canaries.walks(edge)


async def test_an_aborted_canary_gets_no_request_and_none_fails(edge: Edge) -> None:
    await canaries.aborts(edge)
