"""A whole look at a cluster in memory: a good one shows nothing, and each thing that is wrong shows its code."""

from collections.abc import Sequence

import pytest
from tests.doctor import world
from tests.doctor.breaks import BREAKS, both, forbids
from tests.doctor.cluster import FakeCluster

from rollouts_router.doctor.ailments.book import BOOK, CODES
from rollouts_router.doctor.checks.written import ASKED
from rollouts_router.doctor.judging import Group, findings_of
from rollouts_router.doctor.looking import look
from rollouts_router.doctor.options import Options, parse
from rollouts_router.kube.errors import ApiError, Unavailable
from rollouts_router.kube.resources import Verb

NAMED = ("shop/web",)


async def looked(cluster: FakeCluster, *arguments: str, home: str = "shop") -> tuple[Group, ...]:
    """What a command line shows."""
    options: Options = parse(arguments)
    return await look(cluster, options, home)


def codes(groups: Sequence[Group]) -> list[str]:
    """The codes of all that was found."""
    return [each.rule.code for each in findings_of(groups)]


async def test_a_good_world_shows_nothing_and_every_check_has_looked() -> None:
    groups = await looked(world.good(), *NAMED)
    assert codes(groups) == []
    assert [group.name for group in groups] == ["install", "Rollout shop/web"]
    assert all(check.findings is not None for group in groups for check in group.checks)


@pytest.mark.parametrize("code", sorted(BREAKS))
async def test_what_is_wrong_is_named_by_its_code(code: str) -> None:
    cluster = world.good()
    BREAKS[code](cluster)
    groups = await looked(cluster, *NAMED)
    assert code in codes(groups)
    assert all(str(each.place) and each.sentence for each in findings_of(groups))


def test_every_code_has_a_world_that_shows_it() -> None:
    assert set(BREAKS) - ASKED == CODES
    assert len(CODES) == len(BOOK)


ALONE = sorted(set(BREAKS) - {"RR100", "RR102", "RR103", "RR104", "RR110", "RR130", "RR134"})
"""Those that leave everything else as it is, or nearly."""


@pytest.mark.parametrize("code", ALONE)
async def test_one_thing_that_is_wrong_does_not_drag_many_others_along(code: str) -> None:
    cluster = world.good()
    BREAKS[code](cluster)
    assert len(set(codes(await looked(cluster, *NAMED)))) <= 3


async def test_nothing_is_asked_but_questions() -> None:
    cluster = world.good()
    await looked(cluster, *NAMED)
    assert {call.verb for call in cluster.calls} == {Verb.GET, Verb.LIST, Verb.CREATE}
    reviews = [call for call in cluster.calls if call.verb is Verb.CREATE]
    assert {str(call.resource) for call in reviews} == {"subjectaccessreviews.authorization.k8s.io"}


async def test_an_object_is_read_once_however_many_rollouts_it_concerns() -> None:
    cluster = world.good()
    for name in ("b", "c", "d"):
        cluster.add("rollouts", world.rollout(name, {"httpRoute": "web"}))
    await looked(cluster)
    asked = [str(call) for call in cluster.calls if call.verb is Verb.LIST]
    assert len(asked) == len(set(asked))


async def test_without_a_name_the_current_namespace_is_looked_through_for_rollouts_that_use_the_plugin() -> (
    None
):
    cluster = world.good()
    cluster.add("rollouts", world.rollout("plain", None, stableService="a", canaryService="b"))
    groups = await looked(cluster)
    assert [group.name for group in groups] == ["install", "Rollout shop/web"]


async def test_all_namespaces_are_looked_through_at_once() -> None:
    cluster = world.good()
    other = world.rollout("web", {"httpRoute": "web"})
    other["metadata"]["namespace"] = "lab"
    cluster.add("rollouts", other)
    groups = await looked(cluster, "-A", home="nowhere")
    assert {group.name for group in groups} == {"install", "Rollout shop/web", "Rollout lab/web"}


async def test_a_block_that_argo_rollouts_does_not_know_is_found_by_what_kubectl_applied() -> None:
    cluster = world.good()
    native = world.rollout("web", None)
    applied = '{"spec":{"strategy":{"canary":{"trafficRouting":{"gatewayAPI":{"httpRoute":"web"}}}}}}'
    native["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": applied}
    cluster.add("rollouts", native)
    groups = await looked(cluster)
    assert codes(groups) == ["RR202"]
    assert "gatewayAPI, which is no field" in findings_of(groups)[0].sentence


async def test_a_cluster_that_is_not_to_be_had_is_no_finding() -> None:
    cluster = world.good()
    cluster.failure = Unavailable
    with pytest.raises(ApiError, match="broken"):
        await looked(cluster)


async def test_whoever_may_read_nothing_gets_findings_and_no_traceback() -> None:
    cluster = world.good()
    everything = {plural for group in cluster.groups.values() for plural in group}
    both(*(forbids(verb, plural) for plural in everything for verb in ("get", "list", "create")))(cluster)
    groups = await looked(cluster, *NAMED)
    assert set(codes(groups)) == {"RR100", "RR209"}


async def test_rollouts_that_may_not_be_listed_are_an_error_for_nothing_is_known_of_them() -> None:
    cluster = world.good()
    cluster.forbidden.add(("list", "rollouts"))
    assert "RR209" in codes(await looked(cluster))


async def test_rights_are_asked_for_the_namespaces_of_the_routes_only_when_they_are_not_there_everywhere() -> (
    None
):
    cluster = world.good()
    cluster.refused.add(("patch", "httproutes", ""))
    assert codes(await looked(cluster, *NAMED)) == []
    asked = [each["spec"]["resourceAttributes"] for each in cluster.reviews]
    patches = [
        each["namespace"] for each in asked if each["verb"] == "patch" and each["resource"] == "httproutes"
    ]
    assert patches == ["", "shop"]


async def test_whose_rights_are_asked_for_can_be_said() -> None:
    cluster = world.good()
    await looked(cluster, *NAMED, "--as-service-account", "team/router")
    assert {each["spec"]["user"] for each in cluster.reviews} == {"system:serviceaccount:team:router"}
    assert "system:serviceaccounts:team" in cluster.reviews[0]["spec"]["groups"]


async def test_what_two_rollouts_have_in_common_is_one_finding() -> None:
    cluster = world.good()
    cluster.add("rollouts", world.rollout("other", {"httpRoute": "web"}))
    assert codes(await looked(cluster)) == ["RR215", "RR215", "RR330"]


async def test_rollouts_that_are_narrowed_to_different_rules_are_no_rivals() -> None:
    cluster = world.good()
    cluster.add("httproutes", world.route("web", world.rule(name="a"), world.rule(name="b")))
    for name, rule in (("web", "a"), ("other", "b")):
        cluster.add("rollouts", world.rollout(name, {"httpRoutes": [{"name": "web", "ruleName": rule}]}))
    assert "RR330" not in codes(await looked(cluster))
