"""Canaries behind Envoy Gateway, with the router as a user installs it: the executable of `make dist`, our manifests."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bundle import arches, outputs
from e2e.gateways import canaries, stepping
from e2e.gateways.envoy_gateway import EnvoyGateway
from e2e.gateways.installed import run
from e2e.kind.cluster import reached

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.gateways.bed_edge import BedEdge
    from e2e.gateways.gateway import Gateway
    from e2e.kind.cluster import Cluster

KIND = Path(__file__).parents[1] / "kind"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def gateway() -> type[Gateway]:
    """The gateway of this module's bed."""
    return EnvoyGateway


@pytest.fixture(scope="module")
def executable() -> Path:
    """What `make dist` builds for this machine; in minutes, where something changed that decides its bytes."""
    arch = arches.of_this_machine()
    return outputs.cached(arch) / outputs.name_for(arch)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(edge: BedEdge) -> AsyncIterator[Cluster]:
    """The same edge as the tests of a kind cluster see theirs: by its kubeconfig file alone."""
    async with reached(edge.plane.kubeconfig("admin"), EnvoyGateway.name) as cluster:
        yield cluster


@pytest.mark.parametrize("file", sorted(KIND.glob("gateways/*.yaml")), ids=lambda file: file.stem)
async def test_what_a_kind_cluster_is_given_is_such_as_the_api_server_takes(
    edge: BedEdge, file: Path
) -> None:
    tried = ("kubectl", "apply", "--server-side", "--force-conflicts", "--dry-run=server", "--filename")
    await run(edge.plane, *tried, str(file))


async def test_at_every_weight_requests_split_by_it_and_none_fails(cluster: Cluster) -> None:
    await canaries.walks(cluster)


async def test_an_aborted_canary_gets_no_request_and_none_fails(cluster: Cluster) -> None:
    await canaries.aborts(cluster)


async def test_a_weight_waits_for_the_gateways_status(edge: BedEdge) -> None:
    await canaries.waits(edge)


async def test_who_has_a_steps_headers_gets_the_canary_and_nobody_else_fails(edge: BedEdge) -> None:
    await stepping.leads_by_header(edge)


async def test_a_steps_share_is_copied_to_the_canary_and_none_fails(edge: BedEdge) -> None:
    await stepping.mirrors(edge)


async def test_in_rule_mode_only_what_a_step_means_is_copied(edge: BedEdge) -> None:
    await stepping.mirrors_by_rule(edge)


async def test_in_rule_mode_what_is_all_of_a_rule_is_copied_as_well(cluster: Cluster) -> None:
    await stepping.mirrors_by_rule_in_front(cluster)
