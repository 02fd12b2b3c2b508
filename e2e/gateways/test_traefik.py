"""Canaries behind Traefik."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.gateways import canaries, stepping
from e2e.gateways.traefik import Traefik

if TYPE_CHECKING:
    from e2e.gateways.bed_edge import BedEdge
    from e2e.gateways.gateway import Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def gateway() -> type[Gateway]:
    """The gateway of this module's bed."""
    return Traefik


async def test_at_every_weight_requests_split_by_it_and_none_fails(edge: BedEdge) -> None:
    await canaries.walks(edge)


async def test_an_aborted_canary_gets_no_request_and_none_fails(edge: BedEdge) -> None:
    await canaries.aborts(edge)


async def test_a_weight_waits_for_the_gateways_status(edge: BedEdge) -> None:
    await canaries.waits(edge)


async def test_who_has_a_steps_headers_gets_the_canary_and_none_fails(edge: BedEdge) -> None:
    await stepping.leads_by_header(edge)


async def test_it_knows_no_mirrors_so_a_step_that_asks_for_one_is_refused_and_everybody_is_served(
    edge: BedEdge,
) -> None:
    await stepping.refuses_to_mirror(edge)
