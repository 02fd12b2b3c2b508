"""Which rights a Rollout needs, and how a missing one is told."""

import pytest
from tests.doctor import world
from tests.doctor.cluster import Json
from tests.doctor.test_looking import looked

from rollouts_router.core.kinds import KINDS
from rollouts_router.doctor.checks.rights import of_kinds, rights
from rollouts_router.doctor.facts import Refused, Rights, Unread
from rollouts_router.doctor.rights import Purpose, rights_for


async def needed(block: Json, *steps: Json, args: str = "") -> set[str]:
    """What is asked for about a Rollout: verb, resource, namespace when it is refused everywhere."""
    cluster = world.good()
    cluster.add("configmaps", world.config_map(f"{world.ENTRY}  args: [{args}]\n"))
    cluster.add("rollouts", world.rollout("web", block, *steps))
    asked = {
        (verb, right.resource, "")
        for right in rights_for(*Purpose)
        for verb in ("get", "list", "patch", "create")
    }
    cluster.refused |= asked
    await looked(cluster)
    found = [each["spec"]["resourceAttributes"] for each in cluster.reviews]
    return {f"{each['verb']} {each['resource']} {each['namespace']}" for each in found if each["namespace"]}


EVENTS = {"create events shop", "patch events shop"}


async def test_a_named_route_is_read_and_written() -> None:
    assert await needed({"httpRoute": "web"}) == {*EVENTS, "get httproutes shop", "patch httproutes shop"}


async def test_a_selected_one_is_listed_where_the_block_says() -> None:
    block = {"grpcRouteSelector": {"matchLabels": {"a": "b"}}, "namespace": "edge"}
    assert await needed(block) == {
        *EVENTS,
        "list grpcroutes edge",
        "patch grpcroutes edge",
        "list referencegrants shop",
    }


async def test_experiments_mirrors_and_keda_need_more() -> None:
    plain = await needed({"httpRoute": "web"})
    experiment = await needed({"httpRoute": "web"}, {"setWeight": 5}, {"experiment": {"templates": []}})
    mirror = await needed({"httpRoute": "web"}, {"setMirrorRoute": {"name": "m"}})
    keda = await needed({"httpRoute": "web", "keda": {}})
    flag = await needed({"httpRoute": "web"}, args="-keda=gate")
    assert experiment - plain == {"get services shop"}
    assert mirror - plain == {"get gateways shop"}  # GatewayClasses have no namespace
    assert keda - plain == {
        "get scaledobjects shop",
        "list scaledobjects shop",
        "patch scaledobjects shop",
        "get horizontalpodautoscalers shop",
    }
    assert flag == keda


def test_before_there_is_a_rollout_what_most_need_is_asked_for() -> None:
    asked = {(right.verb, right.resource, where) for right, where in of_kinds(KINDS[:1], ["a", "b"])}
    assert asked == {(verb, "httproutes", where) for verb in ("get", "list", "patch") for where in ("a", "b")}


def test_what_is_missing_on_one_resource_is_one_finding_with_one_rule() -> None:
    refused = tuple(Refused(right, "shop") for right in rights_for(Purpose.SCALED, Purpose.SCALER_RELEASE))
    first, second = rights(Rights(subject="ns/sa", refused=refused))
    assert (first.rule.code, str(first.place)) == ("RR120", "ServiceAccount ns/sa")
    assert first.sentence == (
        "it may not get or list or patch scaledobjects.keda.sh in namespace shop; that is for the ScaledObject that"
        ' drives a Rollout. The rule: {apiGroups: ["keda.sh"], resources: ["scaledobjects"], verbs: ["get", "list",'
        ' "patch"]}'
    )
    assert second.rule.code == "RR121"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Unread("no"), ["RR100"]),
        (Rights(subject="yourself", own="nobody knows whose"), ["RR122"]),
        (Rights(subject="ns/sa"), []),
    ],
)
def test_what_could_not_be_asked_is_told(answer: "Rights | Unread", told: list[str]) -> None:
    assert [each.rule.code for each in rights(answer)] == told


def test_a_right_in_the_whole_cluster_is_called_that() -> None:
    (found,) = rights(Rights(subject="ns/sa", refused=(Refused(rights_for(Purpose.EXPERIMENTS)[0], ""),)))
    assert "may not get services in the whole cluster;" in found.sentence
