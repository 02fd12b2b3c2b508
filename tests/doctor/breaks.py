"""What can be wrong, one thing at a time: for each code a way to make a good world show it."""

import json
from collections.abc import Callable
from typing import Any

from tests.doctor import world
from tests.doctor.cluster import FakeCluster, Json

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.core.kinds import GROUP

Break = Callable[[FakeCluster], Any]

LABEL = "rollouts.argoproj.io/gatewayapi-canary"
CLAIMS = "rollouts.argoproj.io/gatewayapi-claims"
HOLD = "rollouts.argoproj.io/keda-hold"
RECORD = {
    "v": 1,
    "rollout": "web",
    "uid": "uid-1",
    "hash": "aaa",
    "wrote": {"autoscaling.keda.sh/force-activation": "true"},
    "prior": {"autoscaling.keda.sh/force-activation": None},
    "at": "2026-11-01T08:00:00Z",
}
WEIGHT = {"setWeight": 20}
HEADER = {"setHeaderRoute": {"name": "h", "match": [{"headerName": "a", "headerValue": {"exact": "b"}}]}}
MIRROR = {"setMirrorRoute": {"name": "m", "percentage": 5, "match": [{"path": {"prefix": "/"}}]}}


def registers(text: str) -> Break:
    """The list of plugins is this."""
    return lambda cluster: cluster.add("configmaps", world.config_map(text))


def entry(**fields: Any) -> Break:
    """The plugin's entry has other fields."""
    return registers(json.dumps([{"name": PLUGIN_NAME, "location": "file:///plugins/r", **fields}]))


def rolls(block: Json | None, *steps: Json, **canary: Any) -> Break:
    """The Rollout is written otherwise."""
    return lambda cluster: cluster.add("rollouts", world.rollout("web", block, *steps, **canary))


def routes(*rules: Json, **metadata: Any) -> Break:
    """The route is written otherwise."""
    return lambda cluster: cluster.add("httproutes", world.route("web", *rules, **metadata))


def scales(*objects: Json) -> Break:
    """These ScaledObjects are there."""
    return lambda cluster: [cluster.add("scaledobjects", each) for each in objects]


def both(*breaks: Break) -> Break:
    """One after the other."""
    return lambda cluster: [each(cluster) for each in breaks]


def says(**status: Any) -> Break:
    """The Rollout's status has this."""
    return lambda cluster: cluster.at("rollouts", "web")["status"].update(status)


def of_deployment(**fields: Any) -> Break:
    """The controller's container has this."""

    def change(cluster: FakeCluster) -> None:
        found = cluster.at("deployments", "argo-rollouts", world.SYSTEM)
        found["spec"]["template"]["spec"]["containers"][0].update(fields)

    return change


def of_service(**spec: Any) -> Break:
    """The canary Service has this."""
    return lambda cluster: cluster.at("services", "canary")["spec"].update(spec)


def forbids(verb: str, plural: str) -> Break:
    """Whoever looks may not do this."""
    return lambda cluster: cluster.forbidden.add((verb, plural))


def refuses(verb: str, plural: str) -> Break:
    """The controller's account may not do this."""
    return lambda cluster: cluster.refused.add((verb, plural, "*"))


def parent(**fields: Any) -> Break:
    """The Accepted condition of the route has this."""
    return lambda cluster: cluster.at("httproutes", "web")["status"]["parents"][0]["conditions"][0].update(
        fields
    )


def silent(cluster: FakeCluster) -> None:
    """No controller reports on the route."""
    cluster.at("httproutes", "web")["status"] = {}


def tracked(**spec: Any) -> Break:
    """Argo CD applies the route, by an Application with this spec."""

    def change(cluster: FakeCluster) -> None:
        made = world.route("web")
        made["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id": "app:x"}
        cluster.add("httproutes", made)
        cluster.add("applications", world.thing("app", "argocd", spec=spec))

    return change


def fluxed(cluster: FakeCluster) -> None:
    """Flux applies the route."""
    labels = {"kustomize.toolkit.fluxcd.io/name": "k", "kustomize.toolkit.fluxcd.io/namespace": "flux"}
    cluster.add("httproutes", world.route("web", labels=labels))


def elsewhere(cluster: FakeCluster) -> None:
    """The route is in another namespace than its Services."""
    refs = [world.backend(name, namespace="shop", weight=w) for name, w in (("stable", 100), ("canary", 0))]
    made = world.route("web", {"backendRefs": refs}, namespace="edge")
    cluster.add("httproutes", made)
    cluster.add("rollouts", world.rollout("web", {"httpRoute": "web", "namespace": "edge"}))


def claimed(name: str, **fields: Any) -> Break:
    """The route has a claim of this Rollout."""
    claims = json.dumps({f"shop/{name}": {"share": True, **fields}})
    return routes(annotations={CLAIMS: claims})


IGNORES = [{"group": GROUP, "kind": "*", "jqPathExpressions": [".spec.rules[]?.backendRefs[]?.weight"]}]
KEDA = {"httpRoute": "web", "keda": {}}

BREAKS: dict[str, Break] = {
    "RR100": forbids("get", "configmaps"),
    "RR101": lambda cluster: cluster.drop("configmaps", "argo-rollouts-config", world.SYSTEM),
    "RR102": registers("- name: argoproj-labs/nginx\n  location: file:///x\n"),
    "RR103": entry(name="argoproj-labs/gatewayApi"),
    "RR104": registers("name: {"),
    "RR105": entry(location="/plugins/rollouts-router"),
    "RR106": entry(location="https://files.example.com/r"),
    "RR107": entry(location="https://files.example.com/r", sha256="abc"),
    "RR108": entry(args=["-kedda=hold"]),
    "RR109": registers(world.ENTRY * 2),
    "RR110": of_deployment(image="quay.io/argoproj/kubectl-argo-rollouts:v1.10.1"),
    "RR111": lambda cluster: cluster.at("deployments", "argo-rollouts", world.SYSTEM).update(status={}),
    "RR112": of_deployment(image="quay.io/argoproj/argo-rollouts:v2.0.0"),
    "RR113": lambda cluster: cluster.add("configmaps", world.config_map(changed="2026-11-02T00:00:00Z")),
    "RR114": of_deployment(volumeMounts=[{"mountPath": "/home/argo-rollouts/plugin-bin"}]),
    "RR115": of_deployment(volumeMounts=[{"mountPath": "/plugins"}]),
    "RR120": refuses("patch", "httproutes"),
    "RR121": refuses("create", "events"),
    "RR122": forbids("create", "subjectaccessreviews"),
    "RR130": lambda cluster: cluster.groups.pop(GROUP),
    "RR131": both(rolls({"udpRoute": "web"}), lambda cluster: cluster.groups[GROUP].pop("udproutes")),
    "RR132": lambda cluster: cluster.add(
        "customresourcedefinitions", world.definition("httproutes", "v1.3.0")
    ),
    "RR133": lambda cluster: cluster.add("customresourcedefinitions", world.definition("httproutes", "")),
    "RR134": lambda cluster: cluster.groups["argoproj.io"].pop("rollouts"),
    "RR200": forbids("get", "services"),
    "RR201": lambda cluster: cluster.drop("rollouts", "web"),
    "RR202": rolls(None),
    "RR203": rolls({"httpRoutes": "web"}),
    "RR723": rolls({"httpRoute": "web", "httpRuotes": []}),
    "RR205": says(conditions=[{"type": "InvalidSpec", "status": "True", "message": "no"}]),
    "RR206": says(phase="Degraded", message="aborted"),
    "RR207": says(observedGeneration="3"),
    "RR208": lambda cluster: cluster.at("rollouts", "web")["spec"]["strategy"]["canary"]["trafficRouting"][
        "plugins"
    ].update({"team/other": {}}),
    "RR209": forbids("get", "rollouts"),
    "RR210": lambda cluster: cluster.drop("services", "canary"),
    "RR211": of_service(ports=[{"port": 8080}]),
    "RR212": of_service(selector={"app": "wbe", **world.HASH}),
    "RR213": of_service(selector={}),
    "RR214": of_service(selector=world.PODS),
    "RR215": lambda cluster: cluster.add("rollouts", world.rollout("other", None)),
    "RR220": rolls(
        {"httpRoutes": [{"name": "web"}]},
        WEIGHT,
        HEADER,
        trafficRouting={
            "managedRoutes": [{"name": "h"}],
            "plugins": {PLUGIN_NAME: {"httpRoutes": [{"name": "web"}]}},
        },
    ),
    "RR701": rolls({"httpRoute": "web"}, WEIGHT, HEADER),
    "RR222": rolls(
        {"httpRoute": "web"}, MIRROR
    ),  # a part of the requests, and the class lists whole mirrors only
    "RR230": rolls({"httpRoute": "web"}, {"analysis": {"templates": [{"templateName": "gone"}]}}),
    "RR231": lambda cluster: cluster.at("rollouts", "web")["spec"].update(replicas=0),
    "RR300": forbids("get", "httproutes"),
    "RR301": rolls({"httpRouteSelector": {"matchLabels": {"a": "b"}}}),
    "RR302": rolls({"httpRoute": "wbe"}),
    "RR303": routes({"backendRefs": [world.backend("stable")]}),
    "RR304": both(
        rolls({"httpRoute": "web", "httpRouteSelector": {"matchLabels": {"a": "b"}}}),
        lambda cluster: cluster.add(
            "httproutes", world.route("half", {"backendRefs": [world.backend("stable")]}, labels={"a": "b"})
        ),
    ),
    "RR305": lambda cluster: cluster.add("httproutes", world.route("unlabelled")),
    "RR306": claimed(
        "other",
        stable={"group": "", "kind": "Service", "namespace": "shop", "name": "stable"},
        canary={"group": "", "kind": "Service", "namespace": "shop", "name": "canary"},
    ),
    "RR307": both(
        rolls({"tcpRoute": "web"}),
        lambda cluster: cluster.add("tcproutes", world.route("web", world.rule(), world.rule())),
    ),
    "RR310": elsewhere,
    "RR311": both(elsewhere, forbids("list", "referencegrants")),
    "RR320": parent(status="False", reason="NotAllowedByListeners"),
    "RR321": parent(status="False", reason="UnsupportedValue"),
    "RR322": silent,
    "RR323": both(silent, lambda cluster: cluster.drop("gateways", "gateway")),
    "RR330": lambda cluster: cluster.add("rollouts", world.rollout("other", {"httpRoute": "web"})),
    "RR331": claimed("gone"),
    "RR332": routes(labels={LABEL: "in-progress"}),
    "RR333": routes(world.rule(50, 50)),
    "RR334": says(currentPodHash="bbb", canary={"weights": {"canary": {"weight": 20}}}),
    "RR400": forbids("list", "horizontalpodautoscalers"),
    "RR401": both(rolls(KEDA), lambda cluster: cluster.groups.pop("keda.sh")),
    "RR402": scales(world.scaled("one"), world.scaled("two")),
    "RR403": rolls({"httpRoute": "web", "keda": {"scaledObject": "gone"}}),
    "RR404": scales(world.scaled(paused="true")),
    "RR405": scales(world.scaled(spec={"minReplicaCount": 0})),
    "RR406": scales(_held := world.scaled()),
    "RR407": scales(_damaged := world.scaled()),
    "RR408": both(
        rolls(KEDA),
        scales(world.scaled(hpa="keda-hpa-so")),
        lambda cluster: cluster.add("horizontalpodautoscalers", world.autoscaler("keda-hpa-so", "2.17.0")),
    ),
    "RR409": scales(world.scaled(spec={"triggers": [{"type": "memory"}]})),
    "RR501": tracked(),
    "RR502": tracked(ignoreDifferences=IGNORES),
    "RR503": both(tracked(), forbids("get", "applications"), forbids("list", "applications")),
    "RR511": both(
        fluxed,
        lambda cluster: cluster.add("kustomizations", world.thing("k", "flux", spec={})),
    ),
    "RR512": fluxed,
}
_held["metadata"]["annotations"][HOLD] = json.dumps(RECORD)
_damaged["metadata"]["annotations"][HOLD] = "{"
