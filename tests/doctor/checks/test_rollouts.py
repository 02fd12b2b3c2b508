"""Rollouts, their Services, weights and steps: what is right although it looks odd."""

import pytest
from tests.doctor import world
from tests.doctor.breaks import BREAKS, CLAIMS, HEADER, LABEL, WEIGHT, entry
from tests.doctor.test_looking import codes, looked

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.doctor.checks.analysis import template_refs
from rollouts_router.doctor.checks.backends import services_of
from rollouts_router.doctor.checks.rollouts import seems_to_use
from rollouts_router.doctor.facts import TemplateRef
from rollouts_router.doctor.judging import findings_of


@pytest.mark.parametrize(
    ("name", "seems"),
    [
        (PLUGIN_NAME, True),
        ("argoproj-labs/gateway-api", True),
        ("argoproj-labs/GatewayApi", True),
        ("argoproj-labs/nginx", False),
    ],
)
def test_who_seems_to_have_meant_the_plugin(name: str, *, seems: bool) -> None:
    made = world.rollout("web", None, trafficRouting={"plugins": {name: {}}})
    assert seems_to_use(made) is seems


def test_odd_manifests_use_nothing() -> None:
    for odd in (
        {},
        {"spec": None},
        {"spec": {"strategy": {"blueGreen": {}}}},
        {"metadata": {"annotations": 7}},
    ):
        assert not seems_to_use(odd)
        assert services_of(odd) == set()
        assert template_refs(odd) == ()


def test_all_services_and_templates_that_a_rollout_names_are_known() -> None:
    made = world.rollout(
        "web",
        None,
        {"analysis": {"templates": [{"templateName": "a"}, {"templateName": "b", "clusterScope": True}]}},
        {"experiment": {"analyses": [{"name": "x", "templateName": "c"}]}},
        pingPong={"pingService": "ping", "pongService": "pong"},
        analysis={"templates": [{"templateName": "a"}, {"templateName": ""}]},
    )
    assert services_of(made) == {"stable", "canary", "ping", "pong"}
    assert template_refs(made) == (TemplateRef("a", False), TemplateRef("b", True), TemplateRef("c", False))


async def test_templates_of_the_cluster_are_looked_for_there() -> None:
    cluster = world.good()
    refs = {"templates": [{"templateName": "a", "clusterScope": True}, {"templateName": "a"}]}
    cluster.add("rollouts", world.rollout("web", {"httpRoute": "web"}, analysis=refs))
    cluster.add("clusteranalysistemplates", world.thing("a", ""))
    groups = await looked(cluster)
    assert [str(each.place) for each in findings_of(groups)] == ["AnalysisTemplate shop/a"]


async def test_pods_of_a_workload_that_is_referred_to_are_not_known_and_not_missed() -> None:
    cluster = world.good()
    cluster.at("rollouts", "web")["spec"]["template"] = {}
    cluster.at("rollouts", "web")["spec"]["workloadRef"] = {"kind": "Deployment", "name": "old"}
    assert codes(await looked(cluster)) == []


async def test_before_the_first_version_is_stable_nothing_is_missed_of_weights_and_selectors() -> None:
    cluster = world.good()
    cluster.at("rollouts", "web")["status"] = {"observedGeneration": "4"}
    cluster.at("services", "canary")["spec"]["selector"] = world.PODS
    cluster.add("httproutes", world.route("web", world.rule(1, 1)))
    assert codes(await looked(cluster)) == []


async def test_a_canary_under_way_carries_its_weight_its_label_and_its_claim() -> None:
    cluster = world.good()
    cluster.at("rollouts", "web")["status"].update(
        currentPodHash="bbb", canary={"weights": {"canary": {"weight": 20}}}
    )
    claims = {CLAIMS: '{"shop/web": {"share": true, "label": "' + LABEL + '"}}'}
    marked = world.route("web", world.rule(80, 20), labels={LABEL: "in-progress"}, annotations=claims)
    cluster.add("httproutes", marked)
    assert codes(await looked(cluster)) == []
    cluster.at("rollouts", "web")["status"].update(currentPodHash="aaa", canary={})
    assert codes(await looked(cluster)) == ["RR333", "RR332"]


async def test_an_aborted_canary_is_at_its_end_as_well() -> None:
    cluster = world.good()
    cluster.at("rollouts", "web")["status"].update(currentPodHash="bbb", abort=True, phase="Degraded")
    cluster.add("httproutes", world.route("web", world.rule(80, 20)))
    assert codes(await looked(cluster)) == ["RR206", "RR333"]


async def test_rules_that_are_not_the_rollouts_are_not_compared() -> None:
    cluster = world.good()
    cluster.add("rollouts", world.rollout("web", {"httpRoutes": [{"name": "web", "ruleName": "ours"}]}))
    cluster.add("httproutes", world.route("web", world.rule(name="ours"), world.rule(50, 50, name="theirs")))
    assert codes(await looked(cluster)) == []


async def test_claims_of_rollouts_elsewhere_are_not_called_stray() -> None:
    cluster = world.good()
    cluster.add("httproutes", world.route("web", annotations={CLAIMS: '{"lab/web": {"share": true}}'}))
    assert codes(await looked(cluster)) == []


async def test_a_header_step_is_taken_by_a_route_that_is_named_alone() -> None:
    cluster = world.good()
    routing = {"managedRoutes": [{"name": "h"}], "plugins": {PLUGIN_NAME: {"httpRoute": "web"}}}
    cluster.add("rollouts", world.rollout("web", None, WEIGHT, HEADER, {"pause": {}}, trafficRouting=routing))
    assert codes(await looked(cluster)) == []


async def test_tcp_routes_take_no_header_steps() -> None:
    cluster = world.good()
    routing = {"managedRoutes": [{"name": "h"}], "plugins": {PLUGIN_NAME: {"tcpRoute": "web"}}}
    cluster.add("rollouts", world.rollout("web", None, WEIGHT, HEADER, {"pause": {}}, trafficRouting=routing))
    cluster.drop("httproutes", "web")
    cluster.add("tcproutes", world.route("web"))
    assert codes(await looked(cluster)) == ["RR220"]


async def test_a_configuration_that_cannot_be_used_leaves_checks_of_routes_unlooked_not_well() -> None:
    cluster = world.good()
    BREAKS["RR203"](cluster)
    (_, group) = await looked(cluster)
    states = {check.title: check.findings for check in group.checks}
    assert states["it has routes"] is None
    assert states["gateways take its routes"] is None
    assert states["its Services are there and lead to its pods"] == ()


async def test_a_parent_that_is_no_gateway_is_not_looked_for() -> None:
    cluster = world.good()
    made = world.route("web")
    made["spec"]["parentRefs"] = [{"group": "", "kind": "Service", "name": "web"}]
    made["status"] = {}
    cluster.add("httproutes", made)
    assert codes(await looked(cluster)) == ["RR322"]


async def test_a_namespace_that_the_plugins_args_do_not_allow_is_told() -> None:
    cluster = world.good()
    entry(location="file:///plugins/r", args=["-allowed-namespaces=lab"])(cluster)
    assert codes(await looked(cluster)) == ["RR203"]


async def test_a_gateway_that_nobody_has_come_to_yet_is_not_called_broken() -> None:
    cluster = world.good()
    waiting = [{"type": "Programmed", "status": "Unknown", "reason": "Pending"}]
    cluster.at("gateways", "gateway")["status"] = {"conditions": waiting}
    assert codes(await looked(cluster)) == []


async def test_gateways_that_may_not_be_read_are_told() -> None:
    cluster = world.good()
    BREAKS["RR322"](cluster)
    cluster.forbidden.add(("get", "gateways"))
    assert set(codes(await looked(cluster))) == {"RR322", "RR300"}
