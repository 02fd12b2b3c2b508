"""What is told of the Gateway API's release, by channel."""

import pytest
from tests.doctor import world
from tests.doctor.cluster import FakeCluster
from tests.doctor.test_looking import codes, looked

from rollouts_router.core.kinds import GROUP


def released(version: str, channel: str) -> FakeCluster:
    """A good world with HTTPRoutes of another release."""
    cluster = world.good()
    cluster.add("customresourcedefinitions", world.definition("httproutes", version, channel))
    return cluster


@pytest.mark.parametrize(
    ("version", "channel", "told"),
    [
        ("v1.4.0", "standard", []),
        ("v1.3.1", "standard", ["RR132"]),
        ("v1.2.0", "experimental", []),
        ("v1.1.0", "experimental", ["RR132"]),
        ("v1.3.0", "", ["RR132"]),
        ("v1.10.0", "standard", []),
        ("v0.8.1", "experimental", ["RR132"]),
        ("main", "standard", ["RR133"]),
    ],
)
async def test_names_of_rules_stay_since_a_release_of_each_channel(
    version: str, channel: str, told: list[str]
) -> None:
    assert codes(await looked(released(version, channel))) == told


async def test_a_definition_that_is_not_there_is_no_finding_while_no_rollout_names_its_kind() -> None:
    cluster = world.good()
    cluster.drop("customresourcedefinitions", f"grpcroutes.{GROUP}", "")
    cluster.groups[GROUP].pop("grpcroutes")
    assert codes(await looked(cluster)) == []


async def test_versions_that_nobody_knows_are_as_good_as_none() -> None:
    cluster = world.good()
    cluster.groups[GROUP] = {"httproutes": ("v9",)}
    assert "RR130" in codes(await looked(cluster))
