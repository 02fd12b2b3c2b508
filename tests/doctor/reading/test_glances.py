"""Reading once, and rights of oneself where nobody else's may be asked for."""

import pytest
from tests.doctor import world
from tests.doctor.cluster import FakeCluster

from rollouts_router.doctor.facts import Rights, Unread
from rollouts_router.doctor.reading.access import read_rights
from rollouts_router.doctor.reading.glances import Glances
from rollouts_router.doctor.rights import Purpose, rights_for
from rollouts_router.kube.errors import Unavailable
from rollouts_router.kube.resources import Resource

ROLLOUTS = Resource("argoproj.io", "v1alpha1", "rollouts")
NEEDED = [(right, "shop") for right in rights_for(Purpose.WRITTEN)]


def clock() -> float:
    """Time stands still."""
    return 0.0


async def test_what_was_read_is_not_read_again_and_what_failed_is() -> None:
    cluster = world.good()
    glances = Glances(cluster, clock)
    assert await glances.found(ROLLOUTS, "shop", "web") == await glances.found(ROLLOUTS, "shop", "web")
    assert len(cluster.calls) == 1
    cluster.forbidden.add(("list", "rollouts"))
    assert isinstance(await glances.listed(ROLLOUTS, "shop"), Unread)
    cluster.forbidden.clear()
    assert len(await glances.listed(ROLLOUTS, "shop")) == 1
    await glances.listed(ROLLOUTS, "")
    assert len(cluster.calls) == 4


async def test_what_does_not_exist_is_none_and_what_is_not_told_is_unread() -> None:
    cluster = world.good()
    glances = Glances(cluster, clock)
    assert await glances.found(ROLLOUTS, "shop", "gone") is None
    assert await glances.found(Resource("x.io", "v1", "things"), "shop", "a") is None
    cluster.failure = Unavailable
    assert await glances.found(ROLLOUTS, "shop", "another") == Unread(
        "broken (get rollouts.argoproj.io shop/another: HTTP 500)"
    )


async def asked(cluster: FakeCluster, account: tuple[str, str] | None) -> "Rights | Unread":
    """What is answered about rights to write routes."""
    return await read_rights(cluster, clock, account, NEEDED)


async def test_the_accounts_rights_are_asked_for() -> None:
    cluster = world.good()
    cluster.refused.add(("patch", "httproutes", "*"))
    answer = await asked(cluster, ("ns", "sa"))
    assert isinstance(answer, Rights)
    assert (answer.subject, answer.own) == ("ns/sa", "")
    assert [(each.right.resource, each.namespace) for each in answer.refused] == [("httproutes", "shop")]


@pytest.mark.parametrize(("account", "why"), [(None, "is not known"), (("ns", "sa"), "is forbidden")])
async def test_ones_own_rights_are_second_best(account: tuple[str, str] | None, why: str) -> None:
    cluster = world.good()
    cluster.forbidden.add(("create", "subjectaccessreviews"))
    cluster.refused.add(("patch", "tcproutes", "*"))
    answer = await asked(cluster, account)
    assert isinstance(answer, Rights)
    assert why in answer.own
    assert [each.right.resource for each in answer.refused] == ["tcproutes"]
    assert {each["kind"] for each in cluster.reviews} == {"SelfSubjectAccessReview"}


async def test_reviews_that_nobody_answers_are_unread() -> None:
    cluster = world.good()
    cluster.failure = Unavailable
    assert isinstance(await asked(cluster, ("ns", "sa")), Unread)
    assert isinstance(await asked(cluster, None), Unread)
